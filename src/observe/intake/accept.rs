//! Checks a ticket, takes its secrets out, and decides how its merchant is known.

use super::super::redact::Redactor;
use super::clean::clean;
use super::{RawTicket, check::check, keys};
use crate::domain::{
    Digest, Origin, Problem, Provenance, Severity, SourceName, Ticket, TicketId, TicketMerchant,
    WorkspaceId,
};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// What is known about where a ticket comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceRules {
    /// The team it belongs to.
    pub workspace: WorkspaceId,
    /// The source's name in the config.
    pub name: SourceName,
    /// Whether the source is authenticated and vouches for its `merchant_id`.
    pub verified_merchants: bool,
    /// Who wrote the ticket, as the source names them; counts only where merchants are claimed.
    pub author: Option<String>,
    /// The workspace's random key for [`merchant_id`](super::merchant_id).
    pub pseudonym_key: [u8; 32],
}

impl SourceRules {
    /// A source that nobody vouches for: its merchants are claimed, and all count as one.
    pub fn new(workspace: WorkspaceId, name: SourceName) -> Self {
        Self {
            workspace,
            name,
            verified_merchants: false,
            author: None,
            pseudonym_key: [0; 32],
        }
    }
}

/// A checked and redacted ticket that has no number yet.
#[derive(Clone, PartialEq)]
pub struct TicketDraft {
    /// The source's own id, where it gave one.
    pub external_id: Option<String>,
    /// Which source delivered it.
    pub source: SourceName,
    /// Who is hit, and how that is known.
    pub merchant: Option<TicketMerchant>,
    /// When it happened; the time of arrival where nothing was said.
    pub occurred_at: Timestamp,
    /// When it arrived.
    pub received_at: Timestamp,
    /// Short title.
    pub issue: String,
    /// What the merchant wrote.
    pub merchant_message: String,
    /// Program output.
    pub error_log: String,
    /// The source's category.
    pub category: String,
    /// Where in the migration the merchant stands.
    pub migration_stage: String,
    /// How bad it is.
    pub severity: Severity,
    /// Failed checkouts.
    pub checkout_failures: u64,
    /// Customers hit.
    pub affected_customers: u64,
    /// Unknown fields.
    pub attributes: BTreeMap<String, Value>,
    /// How many values of each type were taken out.
    pub redacted: BTreeMap<String, u32>,
    /// Where it was posted; only [`accept_posted`](super::accept_posted) sets it.
    pub origin: Option<Origin>,
    /// Digest of workspace, source and the source's id; none where there is no such id. Two
    /// tickets with one identity are one report.
    pub identity: Option<Digest>,
    /// Digest of the redacted content, for records.
    pub content_digest: Digest,
    /// How to reach whoever wrote: unredacted, for connectors only, never part of the ticket.
    pub contact: BTreeMap<String, String>,
}

impl TicketDraft {
    /// The ticket with its number. The contact stays behind.
    pub fn into_ticket(self, id: TicketId) -> Ticket {
        Ticket {
            id,
            external_id: self.external_id,
            source: self.source,
            merchant: self.merchant,
            occurred_at: self.occurred_at,
            received_at: self.received_at,
            issue: self.issue,
            merchant_message: self.merchant_message,
            error_log: self.error_log,
            category: self.category,
            migration_stage: self.migration_stage,
            severity: self.severity,
            checkout_failures: self.checkout_failures,
            affected_customers: self.affected_customers,
            attributes: self.attributes,
            redacted: self.redacted,
        }
    }
}

/// Checks one ticket and makes it fit to be stored.
///
/// # Errors
/// The first thing wrong with it: `missing_text`, `too_long`, `bad_id`, `bad_time`, `bad_contact`,
/// `too_many`.
pub fn accept(raw: RawTicket, rules: &SourceRules, now: Timestamp) -> Result<TicketDraft, Problem> {
    check(&raw, now)?;
    let mut redactor = Redactor::new();
    let mut redacted = |text: String| redactor.redact_owned(clean(text));
    let issue = redacted(raw.issue);
    let merchant_message = redacted(raw.merchant_message);
    let error_log = redacted(raw.error_log);
    let category = redacted(raw.category);
    let migration_stage = redacted(raw.migration_stage);
    let attributes = raw
        .attributes
        .into_iter()
        .map(|(name, value)| attribute(&mut redactor, name, value))
        .collect();
    let key = &rules.pseudonym_key;
    let external_id = given(raw.ticket_id).map(|id| keys::pseudonym(&id, key));
    let merchant = given(raw.merchant_id).map(|id| TicketMerchant {
        id: keys::merchant_id(&id, key),
        provenance: provenance(rules),
    });
    let mut draft = TicketDraft {
        identity: external_id
            .as_ref()
            .map(|id| keys::identity(&rules.workspace, &rules.name, id)),
        external_id,
        source: rules.name.clone(),
        merchant,
        occurred_at: raw.timestamp.unwrap_or(now),
        received_at: now,
        issue,
        merchant_message,
        error_log,
        category,
        migration_stage,
        severity: raw.severity,
        checkout_failures: raw.checkout_failures,
        affected_customers: raw.affected_customers,
        attributes,
        redacted: redactor
            .counts()
            .iter()
            .map(|(kind, count)| (kind.word().to_owned(), *count))
            .collect(),
        content_digest: Digest::ZERO,
        contact: raw.contact,
        origin: None,
    };
    draft.content_digest = content_digest(&draft, raw.timestamp);
    Ok(draft)
}

fn provenance(rules: &SourceRules) -> Provenance {
    if rules.verified_merchants {
        return Provenance::Verified;
    }
    let author = match &rules.author {
        Some(author) => keys::pseudonym(author, &rules.pseudonym_key),
        // Nobody knows who typed it, so all that was typed there counts as one.
        None => format!("source {}", rules.name),
    };
    Provenance::Claimed { author }
}

fn given(id: String) -> Option<String> {
    (!id.is_empty()).then_some(id)
}

/// Redacts a field, reading its name as the words before its value: `{"password": …}`.
fn attribute(redactor: &mut Redactor, name: String, value: Value) -> (String, Value) {
    let name = clean(name);
    match value {
        Value::String(text) => {
            let (name, text) = redactor.redact_field(name, clean(text));
            (name, Value::String(text))
        }
        Value::Number(number) => {
            let text = number.to_string();
            let (name, redacted) = redactor.redact_field(name, text.clone());
            let kept = redacted == text;
            let value = if kept {
                Value::Number(number)
            } else {
                Value::String(redacted)
            };
            (name, value)
        }
        Value::Array(items) => {
            let items = items
                .into_iter()
                .map(|item| attribute(redactor, name.clone(), item).1)
                .collect();
            (redactor.redact_owned(name), Value::Array(items))
        }
        Value::Object(members) => {
            let members = members
                .into_iter()
                .map(|(name, value)| attribute(redactor, name, value))
                .collect::<Map<_, _>>();
            (redactor.redact_owned(name), Value::Object(members))
        }
        other => (redactor.redact_owned(name), other),
    }
}

/// What counts as a ticket's content. The fields stand in the order of their names, so that its
/// JSON is canonical as it is written.
#[derive(Serialize)]
struct Content<'a> {
    affected_customers: u64,
    attributes: &'a BTreeMap<String, Value>,
    category: &'a str,
    checkout_failures: u64,
    error_log: &'a str,
    issue: &'a str,
    merchant: Option<&'a TicketMerchant>,
    merchant_message: &'a str,
    migration_stage: &'a str,
    /// Only where the source said it: a repeat that came later has the same content.
    occurred_at: Option<Timestamp>,
    severity: Severity,
}

fn content_digest(draft: &TicketDraft, said: Option<Timestamp>) -> Digest {
    let content = Content {
        affected_customers: draft.affected_customers,
        attributes: &draft.attributes,
        category: &draft.category,
        checkout_failures: draft.checkout_failures,
        error_log: &draft.error_log,
        issue: &draft.issue,
        merchant: draft.merchant.as_ref(),
        merchant_message: &draft.merchant_message,
        migration_stage: &draft.migration_stage,
        occurred_at: said,
        severity: draft.severity,
    };
    // Texts, whole numbers and maps with texts as keys always have a JSON form.
    Digest::of(serde_json::to_vec(&content).unwrap_or_default())
}
