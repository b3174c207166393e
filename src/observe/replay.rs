//! Replays ticket files through the detector: event time, no network, no model.

mod why;

use super::detect::{DetectOptions, Detector as _, OnlineDetector, RestoreError};
use crate::domain::{
    Alert, MerchantId, PatternId, Problem, Provenance, Severity, SourceName, Ticket, TicketId,
    TicketMerchant,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, VecDeque};

/// A detector with what a file needs around it: the tickets' own ids, and the time of the last
/// ticket for one that has none.
pub struct Replay {
    detector: OnlineDetector,
    /// The ids of the newest tickets, the newest last.
    ids: VecDeque<String>,
    taken: u64,
    last: Timestamp,
}

/// What one line of input became.
#[derive(Clone, Debug, PartialEq)]
pub struct Replayed {
    /// The ticket's own id.
    pub ticket_id: String,
    /// Its pattern; none where there is nothing to compare.
    pub pattern: Option<PatternId>,
    /// The line for the assignments file.
    pub assignment: String,
    /// The line for the alerts file, where this ticket set one off.
    pub alert: Option<String>,
}

/// Why no answer could be written for a line.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The stored state is unusable.
    #[error(transparent)]
    Detector(#[from] RestoreError),
    /// The stored state is no replay's.
    #[error("the replay's stored state cannot be read ({0}): remove it to start anew")]
    Unreadable(#[from] serde_json::Error),
}

/// Alerts name tickets of at most so many lines ago.
const MAX_IDS: usize = 100_000;

/// The first line of a snapshot.
#[derive(Serialize, Deserialize)]
struct Stored<'a> {
    taken: u64,
    last: Timestamp,
    ids: std::borrow::Cow<'a, VecDeque<String>>,
}

#[derive(Serialize)]
struct AssignmentLine<'a> {
    ticket_id: &'a str,
    pattern_id: Option<PatternId>,
}

#[derive(Serialize)]
struct AlertLine<'a> {
    pattern_id: PatternId,
    at: Timestamp,
    ticket_ids: Vec<String>,
    merchants: u32,
    expected: f64,
    reason: &'a str,
}

impl Replay {
    /// A replay that starts with no patterns.
    pub fn new(options: DetectOptions) -> Self {
        Self {
            detector: OnlineDetector::new(options),
            ids: VecDeque::new(),
            taken: 0,
            last: Timestamp::UNIX_EPOCH,
        }
    }

    /// A replay that goes on where [`Replay::snapshot`] was taken.
    ///
    /// # Errors
    /// When the bytes are no snapshot of this version.
    pub fn restore(options: DetectOptions, bytes: &[u8]) -> Result<Self, ReplayError> {
        let cut = bytes
            .iter()
            .position(|byte| *byte == b'\n')
            .unwrap_or(bytes.len());
        let (head, detector) = bytes.split_at(cut);
        let stored: Stored<'_> = serde_json::from_slice(head)?;
        Ok(Self {
            detector: OnlineDetector::restore(options, detector)?,
            ids: stored.ids.into_owned(),
            taken: stored.taken,
            last: stored.last,
        })
    }

    /// Everything that a later run needs to go on: a line about the replay, then the detector's
    /// own snapshot.
    ///
    /// # Errors
    /// When the state cannot be written as JSON, which plain values can always be.
    pub fn snapshot(&self) -> Result<Vec<u8>, ReplayError> {
        let stored = Stored {
            taken: self.taken,
            last: self.last,
            ids: std::borrow::Cow::Borrowed(&self.ids),
        };
        let mut bytes = serde_json::to_vec(&stored)?;
        bytes.push(b'\n');
        bytes.extend(self.detector.snapshot());
        Ok(bytes)
    }

    /// Takes one line; none for an empty one.
    ///
    /// # Errors
    /// When the line is no ticket: what is wrong with it. The replay can go on.
    pub fn feed(&mut self, line: &str) -> Result<Option<Replayed>, Problem> {
        if line.trim().is_empty() {
            return Ok(None);
        }
        let raw: RawTicket = serde_json::from_str(line).map_err(|_| why::why_not(line))?;
        let (ticket_id, ticket) = raw.ticket(self.taken + 1, self.last)?;
        self.taken += 1;
        self.last = ticket.occurred_at;
        self.ids.push_back(ticket_id.clone());
        if self.ids.len() > MAX_IDS {
            self.ids.pop_front();
        }
        let detection = self.detector.observe(&ticket);
        let pattern = detection.assignment.pattern;
        let assignment = AssignmentLine {
            ticket_id: &ticket_id,
            pattern_id: pattern,
        };
        let assignment = in_json(&assignment)?;
        let alert = detection
            .alert
            .map(|alert| self.alert_line(&alert))
            .transpose()?;
        Ok(Some(Replayed {
            ticket_id,
            pattern,
            assignment,
            alert,
        }))
    }

    /// Tickets taken so far, those before a restore included.
    pub const fn taken(&self) -> u64 {
        self.taken
    }

    /// The tickets' own ids, the newest last; of those before the newest 100,000 nothing is known.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.ids.iter().map(String::as_str)
    }

    fn alert_line(&self, alert: &Alert) -> Result<String, Problem> {
        in_json(&AlertLine {
            pattern_id: alert.pattern,
            at: alert.at,
            ticket_ids: alert
                .tickets
                .iter()
                .map(|ticket| self.own_id(*ticket))
                .collect(),
            merchants: alert.merchants,
            expected: alert.expected_milli as f64 / 1000.0,
            reason: &alert.reason,
        })
    }

    fn own_id(&self, ticket: TicketId) -> String {
        let back = self.taken.saturating_sub(ticket.number());
        let at = usize::try_from(back)
            .ok()
            .and_then(|back| self.ids.len().checked_sub(back + 1));
        match at.and_then(|at| self.ids.get(at)) {
            Some(own) => own.clone(),
            None => ticket.to_string(),
        }
    }
}

fn in_json(line: &impl Serialize) -> Result<String, Problem> {
    serde_json::to_string(line).map_err(|error| Problem::whole("not_writable", error.to_string()))
}

/// A ticket as files hold it: only a text is required, unknown fields are kept.
#[derive(Deserialize)]
struct RawTicket {
    #[serde(default)]
    ticket_id: Value,
    #[serde(default)]
    merchant_id: Value,
    #[serde(default)]
    timestamp: Option<String>,
    #[serde(default)]
    issue: Option<String>,
    #[serde(default)]
    merchant_message: Option<String>,
    #[serde(default)]
    error_log: Option<String>,
    #[serde(default)]
    category: Option<String>,
    #[serde(default)]
    migration_stage: Option<String>,
    #[serde(default)]
    severity: Option<Severity>,
    #[serde(default)]
    checkout_failures: Option<u64>,
    #[serde(default)]
    affected_customers: Option<u64>,
    #[serde(flatten)]
    attributes: BTreeMap<String, Value>,
}

impl RawTicket {
    fn ticket(self, number: u64, last: Timestamp) -> Result<(String, Ticket), Problem> {
        let id = TicketId::new(number);
        let own = text_id("ticket_id", self.ticket_id)?.unwrap_or_else(|| id.to_string());
        let merchant = text_id("merchant_id", self.merchant_id)?.map(|merchant| TicketMerchant {
            id: MerchantId::new(merchant),
            provenance: Provenance::Verified,
        });
        let at = match self.timestamp.as_deref() {
            None | Some("") => last,
            Some(text) => text.parse().map_err(|_| {
                Problem::field(
                    "timestamp",
                    "not_a_time",
                    "write it as RFC 3339, like 2026-01-05T09:30:00Z",
                )
            })?,
        };
        if self.issue.is_none() && self.merchant_message.is_none() {
            let reason = "a ticket needs `issue` or `merchant_message`";
            return Err(Problem::field("issue", "missing", reason));
        }
        let ticket = Ticket {
            id,
            external_id: None,
            source: SourceName::new("replay"),
            merchant,
            occurred_at: at,
            received_at: at,
            issue: self.issue.unwrap_or_default(),
            merchant_message: self.merchant_message.unwrap_or_default(),
            error_log: self.error_log.unwrap_or_default(),
            category: self.category.unwrap_or_default(),
            migration_stage: self.migration_stage.unwrap_or_default(),
            severity: self.severity.unwrap_or_default(),
            checkout_failures: self.checkout_failures.unwrap_or_default(),
            affected_customers: self.affected_customers.unwrap_or_default(),
            attributes: self.attributes,
            redacted: BTreeMap::new(),
        };
        Ok((own, ticket))
    }
}

fn text_id(field: &str, value: Value) -> Result<Option<String>, Problem> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) if text.is_empty() => Ok(None),
        Value::String(text) => Ok(Some(text)),
        Value::Number(number) => Ok(Some(number.to_string())),
        _ => Err(Problem::field(field, "wrong_type", "write it as a text")),
    }
}
