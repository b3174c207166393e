//! The store keeps its promises: whatever happens to the process, the disk or sled's files.

mod audit;
mod codec;
mod conformance;

use jiff::Timestamp;
use medic::domain::{Actor, RecordDraft, TicketId, WorkspaceId};
use medic::store::{Batch, Change, Key};
use std::sync::Arc;

pub fn workspace() -> WorkspaceId {
    WorkspaceId::new("acme")
}

pub fn draft(kind: &str, what: &str) -> RecordDraft {
    RecordDraft {
        at: Timestamp::from_second(1_790_000_000).unwrap(),
        workspace: workspace(),
        actor: Actor::Medic,
        kind: kind.to_owned(),
        ticket: None,
        subject: None,
        plan: None,
        what: what.to_owned(),
        why: serde_json::Map::new(),
        result: serde_json::Map::new(),
    }
}

pub fn ticket_draft(number: u64) -> RecordDraft {
    RecordDraft {
        ticket: Some(TicketId::new(number)),
        ..draft("ticket.received", &format!("took ticket {number}"))
    }
}

pub fn key(id: &str) -> Key {
    Key::new(&workspace(), "thing", id)
}

pub fn put(id: &str, value: &str) -> Change {
    Change {
        key: key(id),
        value: Some(Arc::from(value)),
    }
}

pub fn remove(id: &str) -> Change {
    Change {
        key: key(id),
        value: None,
    }
}

pub fn batch(changes: Vec<Change>) -> Batch {
    Batch {
        records: vec![draft("thing.changed", "changed things")],
        changes,
    }
}
