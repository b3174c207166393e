//! Background, and incidents at known times on top of it.

use super::arrivals::{Arrivals, moment};
use super::facts::Facts;
use super::merchants::{self, Merchant};
use super::random::Random;
use super::steady::background;
use super::ticket::{Outline, write};
use super::topics::{ERROR_TYPES, Topic};
use super::{Generated, Options};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// Background tickets a working day.
const PER_DAY: u64 = 150;
/// In a hundred of the background: the seed's error types, so that an incident has to stand out
/// from tickets of its own kind.
const ERROR_TYPE_PERCENT: u64 = 40;
const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 86_400_000;

/// The endless stream. It looks one day ahead, never further.
pub struct Surge {
    options: Options,
    arrivals: Arrivals,
    /// The next background ticket's time; none at the calendar's end.
    background_at: Option<Timestamp>,
    /// Tickets that are settled but not yet due, by time and number.
    planned: BTreeMap<(Timestamp, u64), Planned>,
    planned_until_ms: i64,
    plans: u64,
    incidents: u64,
    number: u64,
}

enum Planned {
    Ticket {
        topic: &'static Topic,
        facts: Facts,
        merchant: Merchant,
        incident: Option<String>,
    },
    Repeat(Box<Generated>),
}

/// Several tickets about one thing.
struct Burst {
    topic: &'static Topic,
    incident: Option<String>,
    merchants: Vec<Merchant>,
    tickets: u64,
    from_ms: i64,
    lasts_ms: i64,
}

impl Surge {
    /// The stream from its beginning.
    pub fn new(options: Options) -> Self {
        let mut arrivals = Arrivals::new(options.seed, options.start, PER_DAY);
        Self {
            options,
            background_at: arrivals.next(),
            arrivals,
            planned: BTreeMap::new(),
            planned_until_ms: options.start.as_millisecond(),
            plans: 0,
            incidents: 0,
            number: 0,
        }
    }

    /// Settles the incidents of the day that begins at `day_ms`.
    fn plan_day(&mut self, day_ms: i64) {
        let day = (day_ms - self.options.start.as_millisecond()).div_euclid(DAY_MS);
        let mut random = Random::new(self.options.seed, "surge day", day.unsigned_abs());
        // Different types on one day and the next, so that two incidents of one type never touch:
        // even days draw from the first four types, odd days from the last three.
        let (even, odd) = ERROR_TYPES.split_at(4);
        let mut types = if day % 2 == 0 {
            even.to_vec()
        } else {
            odd.to_vec()
        };
        random.shuffle(&mut types);
        let count = match random.below(100) {
            0..=14 => 0,
            15..=79 => 1,
            _ => 2,
        };
        let mut types = types.into_iter();
        for topic in types.by_ref().take(count) {
            self.incidents += 1;
            let tickets = random.between(8, 60);
            let merchants = random.between(5, 40.min(tickets)) as usize;
            let cohort = *random
                .pick(&[(-1, 0), (0, 1), (2, 3), (4, 5), (6, 9)])
                .unwrap_or(&(0, 1));
            let from_ms = moment(&mut random, day_ms);
            let Ok(at) = Timestamp::from_millisecond(from_ms) else {
                continue;
            };
            let burst = Burst {
                topic,
                incident: Some(format!("inc-{:03}", self.incidents)),
                merchants: merchants::group(&mut random, self.options.start, at, merchants, cohort),
                tickets,
                from_ms,
                lasts_ms: random.between(60, 360) as i64 * MINUTE_MS,
            };
            self.plan(burst, &mut random);
        }
        if let (true, Some(topic)) = (random.percent(35), types.next()) {
            let from_ms = moment(&mut random, day_ms);
            let Ok(at) = Timestamp::from_millisecond(from_ms) else {
                return;
            };
            let burst = Burst {
                topic,
                incident: None,
                merchants: vec![merchants::any(&mut random, self.options.start, at)],
                tickets: random.between(8, 20),
                from_ms,
                lasts_ms: 60 * MINUTE_MS,
            };
            self.plan(burst, &mut random);
        }
    }

    fn plan(&mut self, burst: Burst, random: &mut Random) {
        let facts = Facts::draw(random);
        for (offset, merchant) in spread(random, &burst.merchants, burst.tickets, burst.lasts_ms) {
            let Ok(at) = Timestamp::from_millisecond(burst.from_ms + offset) else {
                continue;
            };
            self.plans += 1;
            let ticket = Planned::Ticket {
                topic: burst.topic,
                facts: facts.clone(),
                merchant,
                incident: burst.incident.clone(),
            };
            self.planned.insert((at, self.plans), ticket);
        }
    }

    /// Sometimes a helpdesk delivers a ticket again, minutes later.
    fn perhaps_repeat(&mut self, ticket: &Generated, random: &mut Random) {
        if !random.percent(1) {
            return;
        }
        let later_ms = ticket.at.as_millisecond() + random.between(1, 15) as i64 * MINUTE_MS;
        let Ok(at) = Timestamp::from_millisecond(later_ms) else {
            return;
        };
        self.plans += 1;
        let repeat = Generated {
            at,
            repeat: true,
            ..ticket.clone()
        };
        self.planned
            .insert((at, self.plans), Planned::Repeat(Box::new(repeat)));
    }

    fn next_number(&mut self) -> (String, Random) {
        self.number += 1;
        (
            format!("S{}-{:06}", self.options.seed, self.number),
            Random::new(self.options.seed, "surge ticket", self.number),
        )
    }
}

impl Iterator for Surge {
    type Item = Generated;

    fn next(&mut self) -> Option<Generated> {
        let background_at = self.background_at?;
        while self.planned_until_ms <= background_at.as_millisecond() {
            self.plan_day(self.planned_until_ms);
            self.planned_until_ms += DAY_MS;
        }
        let start = self.options.start;
        let due = self
            .planned
            .first_entry()
            .filter(|entry| entry.key().0 <= background_at)
            .map(|entry| entry.remove_entry());
        let Some(((at, _), planned)) = due else {
            self.background_at = self.arrivals.next();
            let (id, mut random) = self.next_number();
            let ticket = background(id, start, background_at, ERROR_TYPE_PERCENT, &mut random);
            self.perhaps_repeat(&ticket, &mut random);
            return Some(ticket);
        };
        let (topic, facts, merchant, incident) = match planned {
            Planned::Repeat(ticket) => return Some(*ticket),
            Planned::Ticket {
                topic,
                facts,
                merchant,
                incident,
            } => (topic, facts, merchant, incident),
        };
        let (id, mut random) = self.next_number();
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
        let ticket = Generated {
            ticket: write(outline, &mut random),
            pattern: topic.name,
            root_cause: topic.root_cause,
            incident,
            at,
            repeat: false,
        };
        self.perhaps_repeat(&ticket, &mut random);
        Some(ticket)
    }
}

/// Offsets in milliseconds with merchants, in order of time: each merchant at least once, quick to
/// rise and slow to fade, as reports of one fault come in.
pub fn spread(
    random: &mut Random,
    merchants: &[Merchant],
    tickets: u64,
    lasts_ms: i64,
) -> Vec<(i64, Merchant)> {
    let end = lasts_ms.max(1).unsigned_abs();
    let mut offsets: Vec<i64> = (0..tickets)
        .map(|_| random.below(end).min(random.below(end)) as i64)
        .collect();
    offsets.sort_unstable();
    // Who writes first is not who is listed first; later tickets are anybody's.
    let mut writers: Vec<Merchant> = (0..tickets)
        .filter_map(|n| match merchants.get(n as usize) {
            Some(merchant) => Some(*merchant),
            None => random.pick(merchants).copied(),
        })
        .collect();
    random.shuffle(&mut writers);
    offsets.into_iter().zip(writers).collect()
}
