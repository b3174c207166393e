//! Every topic at its own rate, no incident.

use super::arrivals::Arrivals;
use super::facts::Facts;
use super::random::Random;
use super::ticket::{Outline, write};
use super::topics::{ERROR_TYPES, Topic, UNRELATED};
use super::{Generated, Options, merchants};
use jiff::Timestamp;

/// Tickets a day at least.
const PER_DAY: u64 = 400;
/// Days that a long stream spans.
const DAYS: u64 = 14;
/// In a hundred: tickets of the seed's error types; the rest is unrelated.
const ERROR_TYPE_PERCENT: u64 = 88;

/// The endless stream.
pub struct Steady {
    options: Options,
    arrivals: Arrivals,
    number: u64,
}

impl Steady {
    /// The stream from its beginning.
    pub fn new(options: Options) -> Self {
        let per_day = (options.count / DAYS).max(PER_DAY);
        Self {
            options,
            arrivals: Arrivals::new(options.seed, options.start, per_day),
            number: 0,
        }
    }
}

impl Iterator for Steady {
    type Item = Generated;

    fn next(&mut self) -> Option<Generated> {
        let at = self.arrivals.next()?;
        self.number += 1;
        let id = format!("G{}-{:06}", self.options.seed, self.number);
        let mut random = Random::new(self.options.seed, "steady ticket", self.number);
        let start = self.options.start;
        Some(background(id, start, at, ERROR_TYPE_PERCENT, &mut random))
    }
}

/// One ticket that belongs to no incident.
pub fn background(
    id: String,
    start: Timestamp,
    at: Timestamp,
    error_type_percent: u64,
    random: &mut Random,
) -> Generated {
    let facts = Facts::draw(random);
    let topic = topic(error_type_percent, random);
    let merchant = merchants::any(random, start, at);
    let outline = Outline {
        id,
        topic,
        facts: &facts,
        merchant,
        at,
        start,
        logs_percent: 60,
        anonymous: random.percent(2),
    };
    Generated {
        ticket: write(outline, random),
        pattern: topic.name,
        root_cause: topic.root_cause,
        incident: None,
        at,
        repeat: false,
    }
}

fn topic(error_type_percent: u64, random: &mut Random) -> &'static Topic {
    let unrelated = &UNRELATED[random.below(UNRELATED.len() as u64) as usize];
    let error_type = ERROR_TYPES[random.below(ERROR_TYPES.len() as u64) as usize];
    if random.percent(error_type_percent) {
        error_type
    } else {
        unrelated
    }
}
