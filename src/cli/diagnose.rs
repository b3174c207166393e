//! `medic diagnose`: one line a ticket. What the policy makes of a diagnosis (action, risk,
//! decision) is flattened in beside [`Row`] by the command, which has the policy.

use super::{Place, tickets};
use crate::app;
use crate::domain::{Diagnosis, RootCause, Verdict};
use crate::engine::{Clock, Preview, SystemClock};
use crate::net::EndpointOptions;
use crate::observe::detect::OnlineDetector;
use crate::reason::Question;
use clap::{Args, ValueEnum};
use serde::Serialize;
use std::io::{self, BufWriter, Write as _};
use std::path::PathBuf;
use std::sync::Arc;

/// The part of a line that comes from the diagnosis.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row<'d> {
    /// The id that the ticket's source gave, or Medic's own.
    pub ticket_id: &'d str,
    /// The class.
    pub root_cause: RootCause,
    /// 0–100.
    pub confidence: u8,
    /// How far the evidence carries.
    pub verdict: Verdict,
    /// The quotes of the hypothesis that the class rests on; empty where the class is unknown.
    pub evidence: Vec<RowEvidence<'d>>,
}

/// One quote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RowEvidence<'d> {
    /// Where it stands: `ticket T-1`, `runbook webhook-timeout`.
    pub source: String,
    /// The words.
    pub quote: &'d str,
}

impl<'d> Row<'d> {
    /// The line's part for one ticket.
    pub fn of(ticket_id: &'d str, diagnosis: &'d Diagnosis) -> Self {
        let best = diagnosis
            .hypotheses
            .first()
            .filter(|best| best.root_cause == diagnosis.root_cause);
        let evidence = best.into_iter().flat_map(|best| &best.evidence);
        Self {
            ticket_id,
            root_cause: diagnosis.root_cause,
            confidence: diagnosis.confidence,
            verdict: diagnosis.verdict,
            evidence: evidence
                .map(|item| RowEvidence {
                    source: item.source.to_string(),
                    quote: &item.quote,
                })
                .collect(),
        }
    }
}

/// Diagnose tickets and say what the policy would do about each, as if it were the only one.
/// Nothing is stored or sent.
#[derive(Args, Clone, Debug)]
pub struct DiagnoseArgs {
    /// Ticket files, one JSON object a line; `-` reads standard input.
    #[arg(required = true, value_name = "TICKETS.jsonl")]
    tickets: Vec<PathBuf>,
    /// Who is asked. `offline` needs no network.
    #[arg(long, value_enum, default_value_t = Provider::Offline)]
    provider: Provider,
}

#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum Provider {
    /// Signatures, rules and retrieval over the runbooks.
    Offline,
}

/// What the policy would do.
#[derive(Serialize)]
struct Decided<'a> {
    action: &'a str,
    risk: &'a str,
    decision: &'a str,
}

/// One line of the answer.
#[derive(Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    row: Row<'a>,
    #[serde(flatten)]
    decided: Decided<'a>,
}

/// Writes one line a ticket. Of several plans the first that the policy makes is shown.
///
/// # Errors
/// When config, data or a ticket file cannot be read.
pub fn run(args: &DiagnoseArgs, place: &Place) -> anyhow::Result<bool> {
    let Provider::Offline = args.provider;
    let mut config = place.config()?;
    // Rendering needs an address even where nothing is sent.
    for name in std::mem::take(&mut config.endpoints_off) {
        let nowhere = EndpointOptions::new("https://not-set-up.invalid");
        config.endpoints.insert(name, nowhere);
    }
    let data = place.data();
    let offline = app::offline(&data)?;
    for broken in offline.broken() {
        writeln!(io::stderr(), "{broken}")?;
    }
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let now = clock.now();
    let all = app::rules(&config, &data, &offline, &clock, &app::no_chat())?;
    let Some(rules) = all.get(&config.workspace) else {
        anyhow::bail!("the config names no workspace");
    };
    let detector = Box::new(OnlineDetector::new(config.detect.clone()));
    let mut preview = Preview::new(rules, &config.workspace, detector);
    let mut out = BufWriter::new(io::stdout().lock());
    let mut good = offline.broken().is_empty();
    for path in &args.tickets {
        let (tickets, whole) = tickets::read(path, now)?;
        good &= whole;
        for ticket in tickets {
            let diagnosis = offline.answer(&Question::about(ticket.clone(), Vec::new()));
            let plans = preview.plans(&ticket, diagnosis.clone(), now);
            let plan = plans.first();
            let own_id = ticket.id.to_string();
            let id = ticket.external_id.as_deref().unwrap_or(&own_id);
            let line = Line {
                row: Row::of(id, &diagnosis),
                decided: Decided {
                    action: plan.map_or("", |plan| plan.action.as_str()),
                    risk: plan.map_or("", |plan| plan.risk.level.as_str()),
                    decision: plan.map_or("", |plan| plan.decision.as_str()),
                },
            };
            serde_json::to_writer(&mut out, &line)?;
            out.write_all(b"\n")?;
        }
    }
    out.flush()?;
    Ok(good)
}
