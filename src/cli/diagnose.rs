//! `medic diagnose`: one line a ticket. What the policy makes of a diagnosis (action, risk,
//! decision) is flattened in beside [`Row`] by the command, which has the policy.

use super::{Place, stats, tickets};
use crate::app;
use crate::config::Config;
use crate::data::DataFiles;
use crate::domain::{Diagnosis, RootCause, Verdict};
use crate::engine::{Clock, Preview, SystemClock};
use crate::net::EndpointOptions;
use crate::observe::detect::OnlineDetector;
use crate::reason::budget::{Spent, usd};
use crate::reason::chain::OFFLINE;
use crate::reason::gemini::GEMINI;
use crate::reason::openai::OPENAI;
use crate::reason::{Diagnose as _, Question};
use clap::{Args, ValueEnum};
use jiff::Timestamp;
use serde::Serialize;
use std::fmt;
use std::io::{self, BufWriter, Write};
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
            .leading()
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
    /// Google's Gemini, with the offline rules beside it.
    Gemini,
    /// An OpenAI-compatible server, with the offline rules beside it.
    Openai,
}

impl Provider {
    const fn name(self) -> &'static str {
        match self {
            Self::Offline => OFFLINE,
            Self::Gemini => GEMINI,
            Self::Openai => OPENAI,
        }
    }
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
    let mut out = BufWriter::new(io::stdout().lock());
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let (config, data) = (place.config()?, place.data());
    run_with(args, config, &data, &clock, &mut out, &mut io::stderr())
}

/// The same with config, data and time at hand, into any outputs.
///
/// # Errors
/// When the data or a ticket file cannot be read.
pub fn run_with(
    args: &DiagnoseArgs,
    mut config: Config,
    data: &DataFiles,
    clock: &Arc<dyn Clock>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> anyhow::Result<bool> {
    // Rendering needs an address even where nothing is sent.
    for name in std::mem::take(&mut config.endpoints_off) {
        let nowhere = EndpointOptions::new("https://not-set-up.invalid");
        config.endpoints.insert(name, nowhere);
    }
    let offline = Arc::new(app::offline(data)?);
    for broken in offline.broken() {
        writeln!(err, "{broken}")?;
    }
    let now = clock.now();
    let all = app::rules(&config, data, &offline, clock, &app::no_chat())?;
    let Some(rules) = all.get(&config.workspace) else {
        anyhow::bail!("the config names no workspace");
    };
    let detector = Box::new(OnlineDetector::new(config.detect.clone()));
    let mut preview = Preview::new(rules, &config.workspace, detector);
    let models = app::models(&config, &[args.provider.name()])?;
    if let Some(why) = models.left_out.first() {
        anyhow::bail!("{why}; `medic doctor` says what is set up");
    }
    let mut secret = [0; 32];
    getrandom::fill(&mut secret)?;
    let spent = spent(args.provider, &config, now, err)?;
    let chain = app::chain(
        &config,
        data,
        Arc::clone(&offline),
        models,
        clock,
        secret,
        spent,
    )?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut good = offline.broken().is_empty();
    let mut used = Used::default();
    for path in &args.tickets {
        let (tickets, whole) = tickets::read(path, now)?;
        good &= whole;
        for ticket in tickets {
            let question = Question::about(ticket.clone(), Vec::new());
            let diagnosis = runtime.block_on(chain.diagnose(&question));
            used.add(&diagnosis);
            let plans = preview.plans(&ticket, diagnosis.clone(), now);
            let plan = plans.first();
            let own_id = ticket.id.to_string();
            let id = ticket.external_id.as_deref().unwrap_or(&own_id);
            if args.provider != Provider::Offline && diagnosis.provider == OFFLINE {
                writeln!(err, "{id}: {}", diagnosis.provider_note)?;
            }
            let line = Line {
                row: Row::of(id, &diagnosis),
                decided: Decided {
                    action: plan.map_or("", |plan| plan.action.as_str()),
                    risk: plan.map_or("", |plan| plan.risk.level.as_str()),
                    decision: plan.map_or("", |plan| plan.decision.as_str()),
                },
            };
            serde_json::to_writer(&mut *out, &line)?;
            out.write_all(b"\n")?;
        }
    }
    out.flush()?;
    if args.provider != Provider::Offline {
        writeln!(err, "{used}")?;
    }
    Ok(good)
}

/// What the day's budget has less of: what the store's ledger says was used today.
fn spent(
    provider: Provider,
    config: &Config,
    now: Timestamp,
    err: &mut dyn Write,
) -> anyhow::Result<Spent> {
    if provider == Provider::Offline {
        return Ok(Spent::default());
    }
    let spent = stats::spent_today(config, now)?;
    let reason = &config.reason;
    writeln!(
        err,
        "Today's budget: {} of {} tokens and {} of {:.2} USD are used, by the ledger in {}.",
        spent.tokens,
        reason.day_tokens,
        usd(spent.micros),
        reason.day_usd,
        config.store.dir.display()
    )?;
    Ok(spent)
}

/// What this run used. It is told, because nothing is stored.
#[derive(Default)]
struct Used {
    calls: usize,
    tokens: u64,
    micros: u64,
}

impl Used {
    fn add(&mut self, diagnosis: &Diagnosis) {
        self.calls += diagnosis.calls.len();
        self.tokens += diagnosis.tokens;
        self.micros += diagnosis.cost_micros;
    }
}

impl fmt::Display for Used {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Model calls of this run: {} ({} tokens, {}). They are not in the ledger, because this \
             command stores nothing.",
            self.calls,
            self.tokens,
            usd(self.micros)
        )
    }
}
