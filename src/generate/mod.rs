//! Tickets for trying Medic out and for measuring it: the seed's seven error types and eight
//! migration stages, worded in very many ways, with known incidents.
//!
//! Pure and seeded: the same options give the same bytes on every platform. Texts are put
//! together from phrases with alternatives (`topics`), so each error type has far more surface
//! forms than a stream has tickets. Every name, address and number is invented: hosts lie under
//! `.example` (RFC 2606), phone numbers in a range kept free for fiction.

mod topics;

mod dress;
mod facts;
mod merchants;
mod phrase;
mod random;
mod ticket;

mod aftermath;
mod arrivals;
mod demo;
mod steady;
mod surge;

pub use aftermath::Aftermath;
pub use demo::{DEMO_TICKETS, PlannedIncident, demo_incidents, demo_loud_merchant};
pub use ticket::GeneratedTicket;

use crate::domain::RootCause;
use jiff::Timestamp;
use std::fmt;
use std::str::FromStr;

/// A kind of stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scenario {
    /// Every topic at its own rate, with day rhythm and no incident: any alert on it is false.
    /// About 400 tickets a day; longer streams get more a day, so as to span about 14 days.
    #[default]
    Steady,
    /// 150 tickets a day of background; about one incident a day (8–60 tickets of 5–40 merchants
    /// within 1–6 hours); now and then one loud merchant; about 1 % repeated deliveries.
    Surge,
    /// One morning, 08:00–11:00, of [`DEMO_TICKETS`] tickets: four incidents, one loud merchant,
    /// unrelated problems and repeats. A lower count cuts it off; a higher one does not extend it.
    Demo,
}

impl Scenario {
    /// All of them, the default first.
    pub const ALL: [Self; 3] = [Self::Steady, Self::Surge, Self::Demo];

    /// Its name on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Steady => "steady",
            Self::Surge => "surge",
            Self::Demo => "demo",
        }
    }
}

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Scenario {
    type Err = UnknownScenario;

    fn from_str(text: &str) -> Result<Self, UnknownScenario> {
        Self::ALL
            .into_iter()
            .find(|scenario| scenario.as_str() == text)
            .ok_or_else(|| UnknownScenario(text.to_owned()))
    }
}

/// There is no scenario of this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no scenario {0:?}; use steady, surge or demo")]
pub struct UnknownScenario(String);

/// What to generate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Which kind of stream.
    pub scenario: Scenario,
    /// How many tickets, repeats included.
    pub count: u64,
    /// Another seed, another stream.
    pub seed: u64,
    /// When it starts; the demo's morning is that of this day.
    pub start: Timestamp,
}

impl Options {
    /// When a stream starts unless something else is asked for: a Monday.
    pub const DEFAULT_START: &'static str = "2026-01-05T00:00:00Z";
}

/// A ticket, and what only its author knows about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generated {
    /// The ticket as a helpdesk hands it over.
    pub ticket: GeneratedTicket,
    /// The underlying problem: what a detector should group by.
    pub pattern: &'static str,
    /// The cause that a fair reader would give.
    pub root_cause: RootCause,
    /// The incident it belongs to: `inc-001`, counted from the stream's start.
    pub incident: Option<String>,
    /// When it comes.
    pub at: Timestamp,
    /// Whether it is an earlier ticket delivered again, byte for byte.
    pub repeat: bool,
}

/// The stream, in order of time; made as it is read, so its length costs no memory. It ends early
/// only where the calendar does (year 9999).
pub fn stream(options: Options) -> Box<dyn Iterator<Item = Generated> + Send> {
    let count = usize::try_from(options.count).unwrap_or(usize::MAX);
    match options.scenario {
        Scenario::Steady => Box::new(steady::Steady::new(options).take(count)),
        Scenario::Surge => Box::new(surge::Surge::new(options).take(count)),
        Scenario::Demo => Box::new(demo::morning(options).into_iter().take(count)),
    }
}
