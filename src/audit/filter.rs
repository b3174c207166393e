//! Which records somebody wants to see.

use crate::domain::{Actor, PlanId, RecordDraft, SubjectId, TicketId, WorkspaceId};
use jiff::Timestamp;

/// A record passes if it meets every condition that is set; without any, all pass.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordFilter {
    /// Only of this workspace.
    pub workspace: Option<WorkspaceId>,
    /// Only at or after this time.
    pub since: Option<Timestamp>,
    /// Only before this time.
    pub until: Option<Timestamp>,
    /// Only kinds that are this or lie below it: `plan` passes `plan` and `plan.approved`, not
    /// `planned`. A trailing dot changes nothing.
    pub kind: Option<String>,
    /// Only about this incident or case.
    pub subject: Option<SubjectId>,
    /// Only about this ticket.
    pub ticket: Option<TicketId>,
    /// Only about this plan.
    pub plan: Option<PlanId>,
    /// Only by this actor: a person's id or name, a source's name, or `medic`; case does not count.
    pub actor: Option<String>,
    /// Only with this text in what was done, why, or what came of it; case does not count.
    pub text: Option<String>,
}

impl RecordFilter {
    /// Whether every record passes.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether this record passes.
    pub fn passes(&self, record: &RecordDraft) -> bool {
        fn is<T: PartialEq>(wanted: Option<&T>, value: Option<&T>) -> bool {
            wanted.is_none() || wanted == value
        }
        is(self.workspace.as_ref(), Some(&record.workspace))
            && is(self.subject.as_ref(), record.subject.as_ref())
            && is(self.ticket.as_ref(), record.ticket.as_ref())
            && is(self.plan.as_ref(), record.plan.as_ref())
            && self.since.is_none_or(|since| record.at >= since)
            && self.until.is_none_or(|until| record.at < until)
            && self
                .kind
                .as_ref()
                .is_none_or(|kind| is_below(&record.kind, kind))
            && self
                .actor
                .as_ref()
                .is_none_or(|actor| is_by(&record.actor, actor))
            && self
                .text
                .as_ref()
                .is_none_or(|text| speaks_of(record, text))
    }
}

fn is_below(kind: &str, wanted: &str) -> bool {
    let wanted = wanted.trim_end_matches('.');
    kind.strip_prefix(wanted)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.') || wanted.is_empty())
}

fn is_by(actor: &Actor, wanted: &str) -> bool {
    let is = |name: &str| name.to_lowercase() == wanted.to_lowercase();
    match actor {
        Actor::Medic => is("medic"),
        Actor::Source { name } => is(name.as_str()),
        Actor::Person { id, name, .. } => is(id.as_str()) || is(name),
    }
}

fn speaks_of(record: &RecordDraft, wanted: &str) -> bool {
    let wanted = wanted.to_lowercase();
    let within = |text: &str| text.to_lowercase().contains(&wanted);
    within(&record.what)
        || [&record.why, &record.result].into_iter().any(|map| {
            map.iter()
                .any(|(key, value)| within(key) || holds(value, &within))
        })
}

fn holds(value: &serde_json::Value, within: &impl Fn(&str) -> bool) -> bool {
    match value {
        serde_json::Value::String(text) => within(text),
        serde_json::Value::Array(items) => items.iter().any(|item| holds(item, within)),
        serde_json::Value::Object(map) => map
            .iter()
            .any(|(key, value)| within(key) || holds(value, within)),
        scalar => within(&scalar.to_string()),
    }
}
