//! What happens after the morning: who is not treated goes on writing.

use super::Generated;
use super::demo::PlannedIncident;
use super::merchants::Merchant;
use super::random::Random;
use super::ticket::{Outline, write};
use jiff::Timestamp;

const MINUTE_MS: i64 = 60_000;

/// The tickets that follow from an incident as long as it is not mended.
///
/// A pure function of who is untreated and of the time: each merchant's tickets depend on nothing
/// but the seed, the incident, the merchant and the time. So treating one changes nothing for the
/// others, and a span of time gives the same tickets whole or in pieces.
#[derive(Clone, Debug)]
pub struct Aftermath {
    seed: u64,
    start: Timestamp,
    incident: PlannedIncident,
    every_minutes: u32,
}

impl Aftermath {
    /// The aftermath of this incident: an untreated merchant writes about every `every_minutes`
    /// (at least 1). `start` is the stream's start, which decides migration stages.
    pub fn new(seed: u64, start: Timestamp, incident: PlannedIncident, every_minutes: u32) -> Self {
        Self {
            seed,
            start,
            incident,
            every_minutes: every_minutes.max(1),
        }
    }

    /// The tickets of these merchants from `from` on until just before `to`, in order of time.
    /// Ids that are no merchant of this incident give none.
    pub fn tickets(&self, untreated: &[String], from: Timestamp, to: Timestamp) -> Vec<Generated> {
        let cell_ms = i64::from(self.every_minutes) * MINUTE_MS;
        let (from_ms, to_ms) = (from.as_millisecond(), to.as_millisecond());
        if from_ms >= to_ms {
            return Vec::new();
        }
        let mut tickets: Vec<Generated> = untreated
            .iter()
            .filter(|id| self.incident.merchants.contains(id))
            .filter_map(|id| Merchant::from_id(id))
            .flat_map(|merchant| {
                (from_ms.div_euclid(cell_ms)..=to_ms.div_euclid(cell_ms))
                    .filter_map(move |cell| self.ticket(merchant, cell, cell_ms))
            })
            .filter(|ticket| (from..to).contains(&ticket.at))
            .collect();
        tickets.sort_by(|a, b| (a.at, &a.ticket.ticket_id).cmp(&(b.at, &b.ticket.ticket_id)));
        tickets.dedup_by(|a, b| a.ticket.ticket_id == b.ticket.ticket_id);
        tickets
    }

    /// The merchant's one ticket in this stretch of time.
    fn ticket(&self, merchant: Merchant, cell: i64, cell_ms: i64) -> Option<Generated> {
        let purpose = format!("aftermath {} {}", self.incident.id, merchant.id());
        let mut random = Random::new(self.seed, &purpose, cell.unsigned_abs());
        let ms = cell * cell_ms + random.below(cell_ms.unsigned_abs()) as i64;
        let at = Timestamp::from_millisecond(ms).ok()?;
        let topic = self.incident.topic;
        let outline = Outline {
            id: format!(
                "A{}-{}-{}-{cell}",
                self.seed,
                self.incident.id,
                merchant.id()
            ),
            topic,
            facts: &self.incident.facts,
            merchant,
            at,
            start: self.start,
            logs_percent: 70,
            anonymous: false,
        };
        Some(Generated {
            ticket: write(outline, &mut random),
            pattern: topic.name,
            root_cause: topic.root_cause,
            incident: Some(self.incident.id.clone()),
            at,
            repeat: false,
        })
    }
}
