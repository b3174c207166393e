//! How well the assignments agree with labels, and over which tickets that can be said.

use crate::cli::terminal::counted;
use crate::observe::score::{Scores, read_labels, score};
use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, Write};
use std::path::{Path, PathBuf};

/// Each labelled ticket's pattern; none for a ticket that has nothing to compare.
type Assigned = BTreeMap<String, Option<String>>;

/// The labels, and what became of their tickets so far.
pub(super) struct Scoring {
    file: PathBuf,
    labels: BTreeMap<String, String>,
    /// Labelled tickets of earlier runs, as far as the state remembers them.
    earlier: BTreeSet<String>,
    assigned: Assigned,
}

/// The scores with what they stand on.
#[derive(Serialize)]
pub(super) struct Scored {
    scores: Scores,
    labelled: Labelled,
}

/// How many of the labelled tickets were scored.
#[derive(Serialize)]
struct Labelled {
    /// In the label file.
    given: usize,
    /// Scored.
    scored: usize,
    /// Left out because an earlier run read them.
    of_earlier_runs: usize,
}

#[derive(Deserialize)]
struct Line {
    ticket_id: String,
    pattern_id: Option<String>,
}

impl Scoring {
    /// Reads the labels; `earlier` are the tickets that the state remembers.
    pub(super) fn new<'a>(
        file: &Path,
        earlier: impl Iterator<Item = &'a str>,
    ) -> anyhow::Result<Self> {
        let text = fs::read_to_string(file)
            .with_context(|| format!("the labels {} cannot be read", file.display()))?;
        let labels = read_labels(&text);
        if labels.is_empty() {
            bail!(
                "{} holds no labels: a line is a ticket id, a tab and a label",
                file.display()
            );
        }
        let earlier = earlier.filter(|id| labels.contains_key(*id));
        Ok(Self {
            file: file.to_owned(),
            earlier: earlier.map(str::to_owned).collect(),
            labels,
            assigned: Assigned::new(),
        })
    }

    /// Notes where this run put a ticket.
    pub(super) fn note(&mut self, ticket: &str, pattern: Option<String>) {
        if self.labels.contains_key(ticket) {
            self.assigned.insert(ticket.to_owned(), pattern);
        }
    }

    /// The scores of this run's tickets, and of those that earlier runs left in `assignments`.
    pub(super) fn scored(mut self, assignments: Option<&Path>) -> anyhow::Result<Scored> {
        if let Some(path) = assignments {
            let mut all = self.read(path).with_context(|| {
                format!(
                    "the assignments {} cannot be read for the scores",
                    path.display()
                )
            })?;
            all.append(&mut self.assigned);
            self.assigned = all;
        }
        let given = self.labels.len();
        self.labels.retain(|id, _| self.assigned.contains_key(id));
        let unscored = |id: &&String| !self.assigned.contains_key(*id);
        let of_earlier_runs = self.earlier.iter().filter(unscored).count();
        let file = self.file.display();
        if self.labels.is_empty() && of_earlier_runs > 0 {
            bail!(
                "the tickets of {file} were read in earlier runs, so there is nothing to score: give \
                 the --assignments of those runs, or start anew without --state"
            );
        }
        if self.labels.is_empty() {
            bail!(
                "no ticket of {file} was read, so there is nothing to score: is it of other tickets?"
            );
        }
        Ok(Scored {
            labelled: Labelled {
                given,
                scored: self.labels.len(),
                of_earlier_runs,
            },
            scores: score(&self.labels, &self.assigned),
        })
    }

    /// The labelled tickets of an assignments file. What is no regular file cannot be read again.
    fn read(&self, path: &Path) -> io::Result<Assigned> {
        let mut found = Assigned::new();
        if !fs::metadata(path)?.is_file() {
            return Ok(found);
        }
        for line in BufReader::new(File::open(path)?).lines() {
            let line: Line = serde_json::from_str(&line?)?;
            if self.labels.contains_key(&line.ticket_id) {
                found.insert(line.ticket_id, line.pattern_id);
            }
        }
        Ok(found)
    }
}

impl Scored {
    /// The scores for a person.
    pub(super) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let (scores, labelled) = (&self.scores, &self.labelled);
        let of = if labelled.scored < labelled.given {
            format!(" of {}", labelled.given)
        } else {
            String::new()
        };
        writeln!(
            out,
            "over {}{of} labelled tickets, {}, {}:",
            scores.tickets,
            counted(scores.labels as u64, "label"),
            counted(scores.patterns as u64, "pattern")
        )?;
        let figures = [
            ("AMI", scores.ami),
            ("ARI", scores.ari),
            ("V-measure", scores.v_measure),
            ("BCubed precision", scores.bcubed_precision),
            ("BCubed recall", scores.bcubed_recall),
            ("BCubed F1", scores.bcubed_f1),
        ];
        for (name, value) in figures {
            writeln!(out, "  {name:17} {value:.4}")?;
        }
        let earlier = labelled.of_earlier_runs;
        if earlier > 0 {
            writeln!(
                out,
                "left out: {} that earlier runs read; with the --assignments of those runs they \
                 count",
                counted(earlier as u64, "labelled ticket")
            )?;
        }
        let absent = labelled.given - labelled.scored - earlier;
        if absent > 0 {
            let absent = counted(absent as u64, "labelled ticket");
            writeln!(out, "left out: {absent} that no line holds")?;
        }
        Ok(())
    }
}
