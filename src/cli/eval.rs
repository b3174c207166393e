//! `medic eval`: how right, how silent and how honest a diagnoser is on labelled tickets.

use super::{Place, tickets};
use crate::app;
use crate::domain::{Diagnosis, RootCause};
use crate::engine::{Clock as _, SystemClock};
use crate::reason::Question;
use anyhow::Context as _;
use clap::Args;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Write as _};
use std::path::PathBuf;

/// Classes with fewer labelled tickets are left out of macro-F1: one lucky hit would decide it.
const MACRO_MINIMUM: usize = 5;
/// From this confidence on an answer claims to be sure.
const CONFIDENT: u8 = 70;

/// What a ticket's label says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The right class.
    pub root_cause: RootCause,
    /// What the label stands on, empty where the file does not say.
    pub basis: String,
}

/// A line of a label file that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "line {line}: no column names a root cause; a labels file is tab-separated: ticket id first, then a class such as platform_bug or unknown in any column"
)]
pub struct LabelError {
    /// From 1.
    pub line: usize,
}

/// Reads labels: ticket id in the first column, the class in whichever column names one, and the
/// basis in the column that a header line calls `basis`. Lines that cannot be used are reported
/// beside the others.
pub fn labels(text: &str) -> (BTreeMap<String, Label>, Vec<LabelError>) {
    let mut out = BTreeMap::new();
    let mut errors = Vec::new();
    let mut basis_column = None;
    for (index, line) in text.lines().enumerate() {
        let columns: Vec<&str> = line.split('\t').map(str::trim).collect();
        if columns.iter().all(|column| column.is_empty()) {
            continue;
        }
        let class = columns.iter().skip(1).find_map(|column| {
            RootCause::ALL
                .into_iter()
                .find(|class| class.as_str() == *column)
        });
        match class {
            Some(root_cause) => {
                let basis = basis_column.and_then(|column: usize| columns.get(column));
                let label = Label {
                    root_cause,
                    basis: basis.copied().unwrap_or("").to_owned(),
                };
                out.insert(columns[0].to_owned(), label);
            }
            None if index == 0 => basis_column = columns.iter().position(|name| *name == "basis"),
            None => errors.push(LabelError { line: index + 1 }),
        }
    }
    (out, errors)
}

/// Figures over a set of tickets. Shares are in thousandths.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Figures {
    /// Labelled tickets that were diagnosed.
    pub tickets: usize,
    /// Right answers, `unknown` included where the label says so.
    pub accuracy_milli: u64,
    /// Mean F1 over the classes with at least five labelled tickets.
    pub macro_f1_milli: u64,
    /// Share answered `unknown`.
    pub abstained_milli: u64,
    /// Share answered with a confidence of at least 70.
    pub confident_milli: u64,
    /// Of those, the share that is right.
    pub confident_right_milli: u64,
    /// Tickets answered wrongly with a confidence of at least 70.
    pub confident_wrong: usize,
}

/// Precision, recall and F1 of one class, in thousandths.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ClassFigures {
    /// Labelled so.
    pub labelled: usize,
    /// Answered so.
    pub answered: usize,
    /// Both.
    pub right: usize,
    /// Of those answered so, the share that is right.
    pub precision_milli: u64,
    /// Of those labelled so, the share that was answered so.
    pub recall_milli: u64,
    /// The harmonic mean of both.
    pub f1_milli: u64,
}

/// What `medic eval` prints.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Over all tickets.
    pub all: Figures,
    /// For each basis that the labels name.
    pub by_basis: BTreeMap<String, Figures>,
    /// For each class.
    pub by_class: BTreeMap<&'static str, ClassFigures>,
    /// Tickets without a label, not counted.
    pub unlabelled: usize,
    /// Cost in millionths of a US dollar.
    pub cost_micros: u64,
}

/// Scores diagnoses, each with its ticket's id, against labels.
pub fn score<'d>(
    diagnoses: impl IntoIterator<Item = (&'d str, &'d Diagnosis)>,
    labels: &BTreeMap<String, Label>,
) -> Report {
    let mut answers = Vec::new();
    let mut unlabelled = 0;
    let mut cost_micros = 0;
    for (id, diagnosis) in diagnoses {
        cost_micros += diagnosis.cost_micros;
        match labels.get(id) {
            Some(label) => answers.push((label, diagnosis.root_cause, diagnosis.confidence)),
            None => unlabelled += 1,
        }
    }
    let mut bases: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for answer in answers.iter().filter(|(label, ..)| !label.basis.is_empty()) {
        bases
            .entry(answer.0.basis.clone())
            .or_default()
            .push(*answer);
    }
    Report {
        all: figures(&answers),
        by_basis: bases
            .into_iter()
            .map(|(basis, answers)| (basis, figures(&answers)))
            .collect(),
        by_class: RootCause::ALL
            .into_iter()
            .map(|class| (class.as_str(), class_figures(&answers, class)))
            .collect(),
        unlabelled,
        cost_micros,
    }
}

type Answer<'l> = (&'l Label, RootCause, u8);

fn figures(answers: &[Answer<'_>]) -> Figures {
    let right = |(label, class, _): &&Answer<'_>| label.root_cause == *class;
    let confident: Vec<Answer<'_>> = answers
        .iter()
        .filter(|a| a.2 >= CONFIDENT)
        .copied()
        .collect();
    let confident_right = confident.iter().filter(right).count();
    let f1: Vec<u64> = RootCause::ALL
        .into_iter()
        .map(|class| class_figures(answers, class))
        .filter(|figures| figures.labelled >= MACRO_MINIMUM)
        .map(|figures| figures.f1_milli)
        .collect();
    Figures {
        tickets: answers.len(),
        accuracy_milli: milli(answers.iter().filter(right).count(), answers.len()),
        macro_f1_milli: f1
            .iter()
            .sum::<u64>()
            .checked_div(f1.len() as u64)
            .unwrap_or(0),
        abstained_milli: milli(
            answers.iter().filter(|a| a.1 == RootCause::Unknown).count(),
            answers.len(),
        ),
        confident_milli: milli(confident.len(), answers.len()),
        confident_right_milli: milli(confident_right, confident.len()),
        confident_wrong: confident.len() - confident_right,
    }
}

fn class_figures(answers: &[Answer<'_>], class: RootCause) -> ClassFigures {
    let labelled = answers.iter().filter(|a| a.0.root_cause == class).count();
    let answered = answers.iter().filter(|a| a.1 == class).count();
    let right = answers
        .iter()
        .filter(|a| a.1 == class && a.0.root_cause == class)
        .count();
    ClassFigures {
        labelled,
        answered,
        right,
        precision_milli: milli(right, answered),
        recall_milli: milli(right, labelled),
        f1_milli: milli(2 * right, labelled + answered),
    }
}

/// `part` of `whole` in thousandths, rounded; 0 where there is nothing.
fn milli(part: usize, whole: usize) -> u64 {
    ((part * 1000 + whole / 2) as u64)
        .checked_div(whole as u64)
        .unwrap_or(0)
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} tickets: accuracy {}, macro-F1 {}, unknown {}, confident {} of which right {} ({} wrong)",
            self.tickets,
            Share(self.accuracy_milli),
            Share(self.macro_f1_milli),
            Share(self.abstained_milli),
            Share(self.confident_milli),
            Share(self.confident_right_milli),
            self.confident_wrong
        )
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.all)?;
        for (basis, figures) in &self.by_basis {
            writeln!(f, "  basis {basis}: {figures}")?;
        }
        for (class, figures) in &self.by_class {
            writeln!(
                f,
                "  {class:<24} {:>4} labelled {:>4} answered {:>4} right  P {} R {} F1 {}",
                figures.labelled,
                figures.answered,
                figures.right,
                Share(figures.precision_milli),
                Share(figures.recall_milli),
                Share(figures.f1_milli)
            )?;
        }
        if self.unlabelled > 0 {
            writeln!(
                f,
                "  {} tickets have no label and were not counted",
                self.unlabelled
            )?;
        }
        Ok(())
    }
}

/// Thousandths as 0.123.
struct Share(u64);

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:03}", self.0 / 1000, self.0 % 1000)
    }
}

/// Score the offline diagnoser on labelled tickets: accuracy, silence, and how often it was sure
/// and wrong.
#[derive(Args, Clone, Debug)]
pub struct EvalArgs {
    /// A ticket file, one JSON object a line; `-` reads standard input.
    #[arg(value_name = "TICKETS.jsonl")]
    tickets: PathBuf,
    /// Ticket id in the first column, the class in any other, tab-separated.
    #[arg(long, value_name = "L.tsv")]
    labels: PathBuf,
    /// Print one JSON line instead of a table.
    #[arg(long)]
    json: bool,
}

/// Prints the figures. Answers whether every line could be used.
///
/// # Errors
/// When a file cannot be read.
pub fn run(args: &EvalArgs, place: &Place) -> anyhow::Result<bool> {
    let offline = app::offline(&place.data())?;
    let text = std::fs::read_to_string(&args.labels)
        .with_context(|| format!("{} cannot be read", args.labels.display()))?;
    let (labels, errors) = labels(&text);
    for error in &errors {
        writeln!(io::stderr(), "{}: {error}", args.labels.display())?;
    }
    let (tickets, whole) = tickets::read(&args.tickets, SystemClock.now())?;
    let answers: Vec<(String, Diagnosis)> = tickets
        .into_iter()
        .map(|ticket| {
            let id = ticket.external_id.clone();
            let id = id.unwrap_or_else(|| ticket.id.to_string());
            (id, offline.answer(&Question::about(ticket, Vec::new())))
        })
        .collect();
    let report = score(
        answers.iter().map(|(id, found)| (id.as_str(), found)),
        &labels,
    );
    if args.json {
        writeln!(io::stdout(), "{}", serde_json::to_string(&report)?)?;
    } else {
        write!(io::stdout(), "{report}")?;
    }
    Ok(errors.is_empty() && whole)
}
