//! The command line, one file a command.

pub mod audit;
pub mod console;
pub mod demo;
pub mod diagnose;
pub mod doctor;
pub mod eval;
pub mod generate;
pub mod invite;
pub mod patterns;
pub mod policy;
pub mod redact;
pub mod replay;
pub mod run;
pub mod simulate;
pub mod stats;

mod signals;
mod terminal;
mod tickets;

use crate::config::{Config, EnvSource};
use crate::data::DataFiles;
use clap::{Args, Parser, Subcommand};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Reads every ticket, sees which are one problem, acts safely, asks before risk, proves it.
#[derive(Parser, Debug)]
#[command(name = "medic", version, about)]
pub struct Cli {
    #[command(flatten)]
    place: Place,
    #[command(subcommand)]
    command: Command,
}

/// Where config and data files lie.
#[derive(Args, Clone, Debug)]
pub struct Place {
    /// The config file; `./config.toml` if there is one, the built-in one otherwise.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Folder of data files that replace the built-in ones, and of the store unless the config
    /// names another; `./data` if left out.
    #[arg(long, global = true, value_name = "DIR")]
    data: Option<PathBuf>,
}

#[derive(Subcommand, Debug)]
enum Command {
    Demo(demo::DemoArgs),
    Run(run::RunArgs),
    Replay(replay::ReplayArgs),
    Diagnose(diagnose::DiagnoseArgs),
    Redact(redact::RedactArgs),
    Generate(generate::GenerateArgs),
    Audit(audit::AuditArgs),
    Console(console::ConsoleArgs),
    Doctor(doctor::DoctorArgs),
    Invite(invite::InviteArgs),
    Eval(eval::EvalArgs),
    Stats(stats::StatsArgs),
    Patterns(patterns::PatternsArgs),
    Policy(policy::PolicyArgs),
    Simulate(simulate::SimulateArgs),
}

impl Cli {
    /// What is logged where `MEDIC_LOG` says nothing: a server tells what it does, a command only
    /// what went wrong.
    pub const fn default_log(&self) -> &'static str {
        match self.command {
            Command::Run(_) => "info",
            _ => "error",
        }
    }
}

/// Runs the command. 0 is success, 1 failure; a wrong usage has ended the process with 2 already.
pub fn main(cli: Cli) -> ExitCode {
    let place = &cli.place;
    let done = match cli.command {
        Command::Demo(args) => demo::run(&args),
        Command::Run(args) => run::run(&args, place),
        Command::Replay(args) => replay(&args, place),
        Command::Diagnose(args) => diagnose::run(&args, place),
        Command::Redact(args) => redact_stdio(&args),
        Command::Generate(args) => generate::run(&args, io::stdout().lock()).map(|()| true),
        Command::Audit(args) => audit::run(&args, place),
        Command::Console(args) => console::run(&args, place),
        Command::Doctor(args) => doctor::run(&args, place),
        Command::Invite(args) => invite::run(&args, place),
        Command::Eval(args) => eval::run(&args, place),
        Command::Stats(args) => stats::run(&args, place),
        Command::Patterns(args) => patterns::run(&args, place),
        Command::Policy(args) => policy::run(&args, place),
        Command::Simulate(args) => simulate::run(&args, io::stdout().lock()),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            // Standard error may be gone too; the exit code still tells.
            let _ = writeln!(io::stderr(), "medic: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn redact_stdio(args: &redact::RedactArgs) -> anyhow::Result<bool> {
    let out = BufWriter::new(io::stdout().lock());
    Ok(redact::run(args, io::stdin().lock(), out, io::stderr())?)
}

/// Replays with the config's detector; Ctrl-C ends it after the current line.
fn replay(args: &replay::ReplayArgs, place: &Place) -> anyhow::Result<bool> {
    let options = place.config()?.detect;
    let stop = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&stop);
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .build();
        if let Ok(runtime) = runtime
            && runtime.block_on(tokio::signal::ctrl_c()).is_ok()
        {
            asked.store(true, Ordering::Relaxed);
        }
    });
    replay::run(args, options, &stop, &mut io::stdout().lock())
}

/// A reader that has had enough (`| head`) is no error.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause
            .downcast_ref::<io::Error>()
            .is_some_and(|io| io.kind() == io::ErrorKind::BrokenPipe)
    })
}

impl Place {
    /// The config with the environment and `.env` of the working directory.
    ///
    /// # Errors
    /// When anything in it is wrong.
    pub fn config(&self) -> anyhow::Result<Config> {
        let env = EnvSource::process(Path::new("."))?;
        let here = Path::new("config.toml");
        let path = match &self.config {
            Some(path) => Some(path.as_path()),
            None => here.exists().then_some(here),
        };
        let mut config = Config::load(path, &env)?;
        if let (Some(data), true) = (&self.data, config.store.dir == Path::new("data/db")) {
            config.store.dir = data.join("db");
        }
        Ok(config)
    }

    /// Another config, read as the one Medic runs with would be.
    ///
    /// # Errors
    /// When anything in it is wrong.
    pub fn other_config(&self, path: &Path) -> anyhow::Result<Config> {
        let env = EnvSource::process(Path::new("."))?;
        Ok(Config::load(Some(path), &env)?)
    }

    /// The data files.
    pub fn data(&self) -> DataFiles {
        DataFiles::over(self.data.clone().unwrap_or_else(|| PathBuf::from("data")))
    }
}
