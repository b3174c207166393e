//! A simulated morning, 08:00–11:00: four incidents, one loud merchant, unrelated problems, and
//! tickets that are delivered twice.

use super::facts::Facts;
use super::merchants::{self, Merchant};
use super::random::Random;
use super::surge::spread;
use super::ticket::{Outline, write};
use super::topics::{
    AUTH_FAILURE, CART_PERSISTENCE, IMAGE_404, INVENTORY_SYNC, PAYMENT_GATEWAY,
    SHIPPING_CALCULATION, Topic, UNRELATED, WEBHOOK_TIMEOUT,
};
use super::{Generated, Options};
use jiff::{Timestamp, ToSpan as _};
use std::collections::BTreeMap;

/// Tickets of the whole morning, repeats included.
pub const DEMO_TICKETS: u64 = 200;

const MINUTE_MS: i64 = 60_000;
const MORNING_MINUTES: u64 = 180;
const LOUD_TICKETS: u64 = 25;
const REPEATS: usize = 8;

struct Script {
    topic: &'static Topic,
    /// Minutes after 08:00.
    from: i64,
    lasts: i64,
    merchants: usize,
    tickets: u64,
    /// Days since the cut-over of the wave it hits hardest.
    cohort: (i64, i64),
}

/// One incident each for a guide (webhook configuration), an escalation (what the move
/// broke), a change of the documentation, and a merchant's own settings.
static SCRIPTS: [Script; 4] = [
    Script {
        topic: &WEBHOOK_TIMEOUT,
        from: 45,
        lasts: 40,
        merchants: 24,
        tickets: 44,
        cohort: (0, 1),
    },
    Script {
        topic: &CART_PERSISTENCE,
        from: 80,
        lasts: 45,
        merchants: 11,
        tickets: 26,
        cohort: (2, 3),
    },
    Script {
        topic: &AUTH_FAILURE,
        from: 112,
        lasts: 35,
        merchants: 9,
        tickets: 20,
        cohort: (-1, -1),
    },
    Script {
        topic: &PAYMENT_GATEWAY,
        from: 145,
        lasts: 30,
        merchants: 8,
        tickets: 16,
        cohort: (6, 9),
    },
];

/// The one who posts about one thing again and again: a single merchant, so no incident.
static LOUD: &Topic = &SHIPPING_CALCULATION;

/// An incident of the demo's morning, as its author planned it.
#[derive(Clone, Debug)]
pub struct PlannedIncident {
    /// `inc-001`.
    pub id: String,
    /// The underlying problem.
    pub pattern: &'static str,
    /// When its first ticket may come.
    pub from: Timestamp,
    /// When its last ticket may come.
    pub to: Timestamp,
    /// Who is hit, in the order of their numbers. Nobody is hit by two.
    pub merchants: Vec<String>,
    pub(super) topic: &'static Topic,
    pub(super) facts: Facts,
    group: Vec<Merchant>,
}

/// Who and what the morning is about, settled before any ticket is worded.
struct Cast {
    incidents: Vec<PlannedIncident>,
    loud: Merchant,
}

/// The incidents of the demo under this seed and start.
pub fn demo_incidents(seed: u64, start: Timestamp) -> Vec<PlannedIncident> {
    cast(seed, eight_o_clock(start)).incidents
}

/// The id of the merchant who posts again and again.
pub fn demo_loud_merchant(seed: u64, start: Timestamp) -> String {
    cast(seed, eight_o_clock(start)).loud.id()
}

/// 08:00 UTC of the day of `start`; `start` itself at the calendar's very end.
fn eight_o_clock(start: Timestamp) -> Timestamp {
    let midnight = start.as_second() - start.as_second().rem_euclid(86_400);
    Timestamp::from_second(midnight + 8 * 3600).unwrap_or(start)
}

fn later(from: Timestamp, ms: i64) -> Timestamp {
    from.checked_add(ms.milliseconds()).unwrap_or(from)
}

fn cast(seed: u64, morning: Timestamp) -> Cast {
    let mut random = Random::new(seed, "demo cast", 0);
    let mut taken: Vec<Merchant> = Vec::new();
    let mut incidents = Vec::new();
    for (number, script) in SCRIPTS.iter().enumerate() {
        // Twice as many as needed, so that enough are left once those of other incidents are out.
        let mut group = merchants::group(
            &mut random,
            morning,
            morning,
            script.merchants * 2,
            script.cohort,
        );
        group.retain(|merchant| !taken.contains(merchant));
        group.truncate(script.merchants);
        group.sort_unstable();
        taken.extend(&group);
        incidents.push(PlannedIncident {
            id: format!("inc-{:03}", number + 1),
            pattern: script.topic.name,
            from: later(morning, script.from * MINUTE_MS),
            to: later(morning, (script.from + script.lasts) * MINUTE_MS),
            merchants: group.iter().map(|merchant| merchant.id()).collect(),
            topic: script.topic,
            facts: Facts::draw(&mut random),
            group,
        });
    }
    let loud = (0..100)
        .map(|_| merchants::cohort_member(&mut random, morning, morning, 4, 9))
        .find(|merchant| !taken.contains(merchant));
    Cast {
        incidents,
        // A hundred draws from hundreds of merchants, of which at most 42 are taken, always find one.
        loud: loud.unwrap_or_else(|| merchants::any(&mut random, morning, morning)),
    }
}

/// A ticket that is settled but not yet worded.
struct Part<'a> {
    at: Timestamp,
    topic: &'static Topic,
    facts: Option<&'a Facts>,
    merchant: Merchant,
    incident: Option<&'a str>,
}

/// The whole morning, in order of time.
pub fn morning(options: Options) -> Vec<Generated> {
    let morning = eight_o_clock(options.start);
    let cast = cast(options.seed, morning);
    let mut random = Random::new(options.seed, "demo morning", 0);
    let mut parts = Vec::new();

    for (script, incident) in SCRIPTS.iter().zip(&cast.incidents) {
        let lasts_ms = script.lasts * MINUTE_MS;
        for (offset, merchant) in spread(&mut random, &incident.group, script.tickets, lasts_ms) {
            parts.push(Part {
                at: later(incident.from, offset),
                topic: incident.topic,
                facts: Some(&incident.facts),
                merchant,
                incident: Some(&incident.id),
            });
        }
    }
    let loud_facts = Facts::draw(&mut random);
    let loud_from = later(morning, 65 * MINUTE_MS);
    for (offset, merchant) in spread(&mut random, &[cast.loud], LOUD_TICKETS, 50 * MINUTE_MS) {
        parts.push(Part {
            at: later(loud_from, offset),
            topic: LOUD,
            facts: Some(&loud_facts),
            merchant,
            incident: None,
        });
    }
    let unrelated = DEMO_TICKETS as usize - parts.len() - REPEATS;
    for topic in unrelated_topics(&mut random, unrelated) {
        let at = later(morning, random.below(MORNING_MINUTES * 60_000) as i64);
        let merchant = merchants::any(&mut random, morning, at);
        parts.push(Part {
            at,
            topic,
            facts: None,
            merchant,
            incident: None,
        });
    }
    parts.sort_by_key(|part| part.at);

    let tickets: Vec<Generated> = parts
        .iter()
        .zip(1..)
        .map(|(part, number)| word(part, options.seed, number, morning))
        .collect();
    with_repeats(tickets, &mut random)
}

/// Single problems: each small topic at most twice, and two tickets each of the error types that
/// are no incident this morning. Too few of a kind, of too few merchants, for an incident.
fn unrelated_topics(random: &mut Random, count: usize) -> Vec<&'static Topic> {
    let mut topics: Vec<&Topic> = vec![&IMAGE_404, &IMAGE_404, &INVENTORY_SYNC, &INVENTORY_SYNC];
    let mut small: Vec<&Topic> = UNRELATED.iter().collect();
    random.shuffle(&mut small);
    topics.extend(small.iter().copied().cycle().take(small.len() * 2));
    topics.truncate(count);
    topics
}

fn word(part: &Part<'_>, seed: u64, number: u64, morning: Timestamp) -> Generated {
    let mut random = Random::new(seed, "demo ticket", number);
    let own_facts = Facts::draw(&mut random);
    let outline = Outline {
        id: format!("D{seed}-{number:04}"),
        topic: part.topic,
        facts: part.facts.unwrap_or(&own_facts),
        merchant: part.merchant,
        at: part.at,
        start: morning,
        logs_percent: 80,
        anonymous: false,
    };
    Generated {
        ticket: write(outline, &mut random),
        pattern: part.topic.name,
        root_cause: part.topic.root_cause,
        incident: part.incident.map(str::to_owned),
        at: part.at,
        repeat: false,
    }
}

/// Some tickets again, byte for byte, a few minutes later: the helpdesk's delivery was retried.
fn with_repeats(tickets: Vec<Generated>, random: &mut Random) -> Vec<Generated> {
    let mut repeated: BTreeMap<usize, Timestamp> = BTreeMap::new();
    while repeated.len() < REPEATS && repeated.len() < tickets.len() {
        let index = random.below(tickets.len() as u64) as usize;
        let delay_ms = random.between(1, 6) as i64 * MINUTE_MS;
        repeated.insert(index, later(tickets[index].at, delay_ms));
    }
    let repeats: Vec<Generated> = repeated
        .into_iter()
        .map(|(index, at)| Generated {
            at,
            repeat: true,
            ..tickets[index].clone()
        })
        .collect();
    let mut all = tickets;
    all.extend(repeats);
    // Stable: a repeat never stands before its original.
    all.sort_by_key(|ticket| ticket.at);
    all
}
