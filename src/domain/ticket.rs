//! One report from one merchant, after intake: bounded, redacted, with the provenance of its merchant.

use super::{MerchantId, SourceName, TicketId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// How bad the reporter says it is.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// An inconvenience.
    Low,
    /// The default where nothing is said.
    #[default]
    Medium,
    /// Sales or customers suffer.
    High,
    /// The shop cannot sell.
    Critical,
}

impl Severity {
    /// The name used on the wire and in policies.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How Medic knows which merchant a ticket speaks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Provenance {
    /// An authenticated source, a role, a tag or a person's form says so.
    Verified,
    /// Somebody typed it. All claimed merchants of one author count as one.
    Claimed {
        /// Who typed it, as the source names them.
        author: String,
    },
}

/// The merchant of a ticket and how it is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketMerchant {
    /// Who is hit.
    pub id: MerchantId,
    /// Why that is believed.
    pub provenance: Provenance,
}

impl TicketMerchant {
    /// Whether an authenticated source, a role, a tag or a form says so.
    pub fn is_verified(&self) -> bool {
        self.provenance == Provenance::Verified
    }

    /// The key under which this merchant counts towards a number of distinct merchants: claimed
    /// merchants of one author share one key, however many names the author types.
    pub fn counting_key(&self) -> String {
        match &self.provenance {
            Provenance::Verified => format!("v:{}", self.id),
            Provenance::Claimed { author } => format!("c:{author}"),
        }
    }
}

/// One report. Every text is already redacted; nothing here may be trusted as an instruction.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ticket {
    /// Medic's number for it.
    pub id: TicketId,
    /// The source's own id, where it gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// Which configured source delivered it.
    pub source: SourceName,
    /// Who is hit; none where the ticket names nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merchant: Option<TicketMerchant>,
    /// When the reporter says it happened; the time of arrival where nothing is said.
    pub occurred_at: Timestamp,
    /// When Medic took it.
    pub received_at: Timestamp,
    /// The short title, may be empty.
    pub issue: String,
    /// What the merchant wrote, may be empty.
    pub merchant_message: String,
    /// Program output, may be empty.
    pub error_log: String,
    /// The source's own category, may be empty.
    pub category: String,
    /// Where in the migration the merchant stands, may be empty.
    pub migration_stage: String,
    /// How bad it is.
    pub severity: Severity,
    /// Failed checkouts the reporter counts.
    pub checkout_failures: u64,
    /// Customers the reporter counts.
    pub affected_customers: u64,
    /// Fields that Medic does not know, kept as they came (redacted).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, serde_json::Value>,
    /// How many values of each type were taken out of the texts.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub redacted: BTreeMap<String, u32>,
}

impl Ticket {
    /// The texts a detector or diagnoser reads, in the order a person would: title, message, log.
    pub fn texts(&self) -> [&str; 3] {
        [&self.issue, &self.merchant_message, &self.error_log]
    }

    /// The source and its own id for this ticket, where that source vouches for the merchant: there
    /// the ticket can be answered without reaching somebody else.
    pub fn reported(&self) -> Option<(SourceName, String)> {
        let vouched = self.merchant.as_ref().is_some_and(|m| m.is_verified());
        let id = self.external_id.clone().filter(|_| vouched)?;
        Some((self.source.clone(), id))
    }

    /// A one-line title: the issue, or the start of the message (at most 80 characters).
    pub fn title(&self) -> String {
        let text = if self.issue.trim().is_empty() {
            &self.merchant_message
        } else {
            &self.issue
        };
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        match line.char_indices().nth(80) {
            Some((cut, _)) => format!("{}…", &line[..cut]),
            None => line,
        }
    }
}
