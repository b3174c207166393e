//! From a request's bytes to tickets: bounds, types, redaction, provenance, keys.
//!
//! [`parse_body`] turns bytes into [`RawTicket`]s, item by item. [`accept`] checks one, takes the
//! secrets out, decides how its merchant is known, and computes the keys that drop repeats.
//! Nothing here reads a clock or a configuration.

mod accept;
mod body;
mod check;
mod clean;
mod json;
mod keys;
mod posted;
mod raw;

pub use accept::{SourceRules, TicketDraft, accept};
pub use body::{Item, parse_body};
pub use keys::{DeliveryId, delivery_key, merchant_id};
pub use posted::{accept_posted, posted_identity};
pub use raw::RawTicket;

/// Characters of an id that a source gives (ticket, merchant).
pub const LONGEST_ID: usize = 200;
/// Characters of `issue`.
pub const LONGEST_ISSUE: usize = 2_000;
/// Characters of `merchant_message` and of `error_log`: with JSON around them, the limit of the
/// whole ticket is reached first.
pub const LONGEST_TEXT: usize = 64 * 1024;
/// Characters of `category` and of `migration_stage`.
pub const LONGEST_LABEL: usize = 200;
/// Characters of one contact address: the longest mail address is 254, a URL may be longer.
pub const LONGEST_CONTACT: usize = 500;
/// Named contact addresses of one ticket.
pub const MOST_CONTACTS: usize = 8;
/// Unknown fields of one ticket.
pub const MOST_ATTRIBUTES: usize = 100;
/// Characters of an unknown field's name.
pub const LONGEST_ATTRIBUTE_NAME: usize = 200;
/// Greatest value of `checkout_failures` and `affected_customers`.
pub const MOST_COUNTED: u64 = 1_000_000_000;
/// How far ahead of its arrival a ticket's time may lie, in hours: a wrong time zone, not more.
pub const MOST_HOURS_AHEAD: i64 = 26;
/// How far back a ticket's time may lie, in days: ten years.
pub const MOST_DAYS_BACK: i64 = 3_653;

/// What one request may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one ticket's JSON.
    pub ticket_bytes: usize,
    /// Bytes of one request's body.
    pub request_bytes: usize,
    /// Tickets in one request.
    pub tickets: usize,
    /// Levels of arrays and objects, the array of tickets not counted.
    pub depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            ticket_bytes: 64 * 1024,
            request_bytes: 1024 * 1024,
            tickets: 1_000,
            depth: 128,
        }
    }
}
