//! `medic demo`: a migration morning on one machine, without account, key or network.

mod people;
mod setup;

use super::signals::asked_to_stop;
use crate::app::{App, Build};
use crate::data::DataFiles;
use crate::demo::receiver::Receiver;
use crate::demo::sender::Sender;
use crate::demo::story::{Story, paragraph};
use crate::domain::{Person, WorkspaceId};
use crate::engine::handle::Handle;
use crate::engine::{Clock, ManualClock};
use crate::generate::{
    Aftermath, Generated, Options, PlannedIncident, Scenario, demo_incidents, stream,
};
use crate::store::embedded;
use anyhow::Context as _;
use clap::{Args, ValueEnum};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::collections::BTreeSet;
use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

/// How long the morning takes when a person watches.
const MORNING: Duration = Duration::from_secs(30);
/// How much story time passes at each step after the morning.
const STEP: SignedDuration = SignedDuration::from_mins(10);
/// How long the story goes on after the morning: long enough for every answer.
const AFTERNOON: SignedDuration = SignedDuration::from_hours(3);
/// How long a step of the afternoon takes when a person watches.
const STEP_SHOWN: Duration = Duration::from_millis(400);
/// An untreated merchant of the afternoon writes about so often.
const WRITES_EVERY_MINUTES: u32 = 60;
/// Show the whole job in about a minute: a generated migration morning, read, understood, decided,
/// delivered, verified and recorded, by the real engine, in a temporary folder.
#[derive(Args, Clone, Debug)]
pub struct DemoArgs {
    /// Do it without a person and without pauses, and end.
    #[arg(long)]
    exit_when_done: bool,
    /// What the demo's two people answer when nobody watches.
    #[arg(long, value_enum, default_value_t = Approve::All, requires = "exit_when_done")]
    approve: Approve,
    /// End with one JSON line instead of the story.
    #[arg(long, requires = "exit_when_done")]
    json: bool,
    /// Another seed, another morning.
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
}

#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum Approve {
    /// Every plan that asks is approved.
    All,
    /// Nobody answers.
    None,
}

/// Runs the demo.
///
/// # Errors
/// When the machine does not let it: no port, no room in the temporary folder.
pub fn run(args: &DemoArgs) -> anyhow::Result<bool> {
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        let folder = tempfile::Builder::new()
            .prefix("medic-demo-")
            .tempdir()
            .context("cannot make a temporary folder")?;
        let mut demo = Demo::start(args.clone(), folder.path()).await?;
        tokio::select! {
            done = demo.play() => done?,
            told = asked_to_stop() => {
                told?;
                demo.app.stop().await;
                anyhow::ensure!(!args.exit_when_done, "stopped before the story was over");
                return Ok(true);
            }
        }
        demo.end(folder.path()).await
    })
}

struct Demo {
    args: DemoArgs,
    app: App,
    clock: Arc<ManualClock>,
    sender: Sender,
    receiver: Arc<Receiver>,
    workspace: WorkspaceId,
    people: Vec<Person>,
    incidents: Vec<PlannedIncident>,
    morning: Vec<Generated>,
    story: Story,
}

impl Demo {
    async fn start(args: DemoArgs, folder: &std::path::Path) -> anyhow::Result<Self> {
        let start: Timestamp = Options::DEFAULT_START.parse()?;
        let options = Options {
            scenario: Scenario::Demo,
            count: crate::generate::DEMO_TICKETS,
            seed: args.seed,
            start,
        };
        let morning: Vec<Generated> = stream(options).collect();
        let first = morning.first().map_or(start, |ticket| ticket.at);
        let clock = Arc::new(ManualClock::at(first));
        let secret = setup::random_secret()?;
        let receiver = {
            let clock = Arc::clone(&clock);
            Arc::new(Receiver::start(&secret, Arc::new(move || clock.now())).await?)
        };
        let config = setup::config(folder, &secret, &receiver)?;
        let workspace = config.workspace.clone();
        let people = setup::people(&config);
        let app = App::start(Build {
            config,
            data: DataFiles::built_in(),
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            received: Some(Arc::new(setup::Shown(Arc::clone(&receiver)))),
        })
        .await?;
        Ok(Self {
            sender: Sender::new(app.address(), &secret)?,
            incidents: demo_incidents(args.seed, start),
            args,
            app,
            clock,
            receiver,
            workspace,
            people,
            morning,
            story: Story::default(),
        })
    }

    async fn play(&mut self) -> anyhow::Result<()> {
        self.introduce()?;
        let morning = std::mem::take(&mut self.morning);
        let (Some(first), Some(last)) = (morning.first(), morning.last()) else {
            return Ok(());
        };
        let (first, last) = (first.at, last.at);
        let real = tokio::time::Instant::now();
        for ticket in morning {
            if !self.args.exit_when_done {
                let share = seconds(ticket.at, first) / seconds(last, first).max(1.0);
                tokio::time::sleep_until(real + MORNING.mul_f64(share)).await;
            }
            self.arrive(ticket).await?;
        }
        self.say("The morning is over: nobody new is hit.")?;
        self.wait_for_person().await?;
        self.afternoon(last).await
    }

    /// One ticket comes in, unless what was delivered has mended its cause at this merchant.
    async fn arrive(&mut self, ticket: Generated) -> anyhow::Result<()> {
        self.clock.move_to(ticket.at);
        self.app.engine().tick().await;
        if !self.mended(&ticket) {
            self.sender.post(ticket.ticket.to_line(), ticket.at).await?;
        }
        self.settle().await
    }

    /// Whether the guide has reached this merchant: who got it has mended the setting and is silent
    /// about it.
    fn mended(&self, ticket: &Generated) -> bool {
        ticket.incident.is_some() && self.reached().contains(&ticket.ticket.merchant_id)
    }

    fn reached(&self) -> BTreeSet<String> {
        self.receiver
            .received()
            .into_iter()
            .filter_map(|received| {
                let rest = received.path.split("/merchants/").nth(1)?.to_owned();
                Some(rest.split('/').next()?.to_owned())
            })
            .collect()
    }

    /// Lets everything that follows happen, and lets the demo's people answer if they are to.
    async fn settle(&mut self) -> anyhow::Result<()> {
        loop {
            self.app.engine().quiet().await;
            if !self.args.exit_when_done
                || self.args.approve == Approve::None
                || !self.approve_all().await?
            {
                break;
            }
        }
        self.tell()
    }

    /// Hours after the morning, in steps: who was treated is silent, the others go on writing.
    async fn afternoon(&mut self, from: Timestamp) -> anyhow::Result<()> {
        self.say("Some hours pass. Who was helped is silent, the others go on writing.")?;
        let start: Timestamp = Options::DEFAULT_START.parse()?;
        let aftermath: Vec<Aftermath> = self
            .incidents
            .iter()
            .map(|incident| {
                Aftermath::new(
                    self.args.seed,
                    start,
                    incident.clone(),
                    WRITES_EVERY_MINUTES,
                )
            })
            .collect();
        let end = from + AFTERNOON;
        let mut now = from;
        while now < end {
            let next = now + STEP;
            let reached = self.reached();
            let mut tickets: Vec<Generated> = aftermath
                .iter()
                .zip(&self.incidents)
                .flat_map(|(after, incident)| {
                    let untreated: Vec<String> = incident
                        .merchants
                        .iter()
                        .filter(|merchant| !reached.contains(*merchant))
                        .cloned()
                        .collect();
                    after.tickets(&untreated, now, next)
                })
                .collect();
            tickets.sort_by_key(|ticket| ticket.at);
            for ticket in tickets {
                self.arrive(ticket).await?;
            }
            now = next;
            self.clock.move_to(now);
            self.app.engine().tick().await;
            self.settle().await?;
            if !self.args.exit_when_done {
                tokio::time::sleep(STEP_SHOWN).await;
                self.wait_for_person().await?;
            }
        }
        Ok(())
    }

    async fn end(self, folder: &std::path::Path) -> anyhow::Result<bool> {
        let figures = self.app.handle().overview(&self.workspace)?.figures;
        if !self.args.exit_when_done {
            self.say(
                "That was the story. The console stays open to look around; Ctrl-C ends it and \
                 removes the temporary folder.",
            )?;
            asked_to_stop().await?;
        }
        self.app.stop().await;
        let verified = embedded::verify(&setup::store_dir(folder), None);
        let (records, chain_ok) = match &verified {
            Ok(verified) => (verified.records, true),
            Err(_) => (0, false),
        };
        let [auto, ask, refuse] = figures.decisions;
        let [healed, no_difference, worse, cannot_tell] = figures.outcomes;
        let summary = json!({
            "tickets": figures.tickets,
            "duplicates": figures.duplicates,
            "patterns": figures.patterns,
            "incidents": figures.incidents,
            "cases": figures.cases,
            "decisions": { "auto": auto, "ask": ask, "refuse": refuse },
            "executions": figures.executions,
            "deliveries": figures.deliveries,
            "outcomes": {
                "healed": healed,
                "no_difference": no_difference,
                "worse": worse,
                "cannot_tell": cannot_tell,
            },
            "records": records,
            "chain_ok": chain_ok,
        });
        if self.args.json {
            writeln!(std::io::stdout(), "{summary}")?;
        } else if self.args.exit_when_done {
            writeln!(
                std::io::stdout(),
                "{} tickets, {} incidents, {} deliveries; {records} audit records, the chain {}.",
                figures.tickets,
                figures.incidents,
                figures.deliveries,
                if chain_ok { "holds" } else { "is broken" }
            )?;
        }
        Ok(chain_ok)
    }

    fn introduce(&self) -> anyhow::Result<()> {
        if self.args.json {
            return Ok(());
        }
        let mut out = std::io::stdout();
        writeln!(
            out,
            "A shop platform moves its merchants from hosted to headless storefronts. It is eight\n\
             in the morning, and support begins to fill up. Everything happens on this machine.\n"
        )?;
        for person in &self.people {
            let link =
                self.app
                    .login_link(&self.workspace, &person.id, SignedDuration::from_hours(72))?;
            writeln!(out, "  Watch and decide as {}:  {link}", person.name)?;
        }
        writeln!(out)?;
        Ok(())
    }

    fn say(&self, text: &str) -> anyhow::Result<()> {
        if !self.args.json {
            writeln!(std::io::stdout(), "{}", paragraph(self.clock.now(), text))?;
        }
        Ok(())
    }

    fn tell(&mut self) -> anyhow::Result<()> {
        let handle: Handle = self.app.handle();
        for text in self.story.go_on(&handle, &self.workspace)? {
            if !self.args.json {
                writeln!(std::io::stdout(), "{text}")?;
            }
        }
        Ok(())
    }
}

fn seconds(at: Timestamp, from: Timestamp) -> f64 {
    at.duration_since(from).as_secs_f64()
}
