//! Tickets that were answered as cases, in case an incident turns out to be theirs.

use crate::domain::{
    CaseId, Language, Origin, Severity, SourceName, Ticket, TicketId, TicketMerchant,
};
use crate::observe::language;
use jiff::Timestamp;

/// What an incident needs to know of a ticket that came before it was opened.
#[derive(Clone, Debug)]
pub struct RecentTicket {
    /// Which.
    pub ticket: TicketId,
    /// The case that answers it.
    pub case: Option<CaseId>,
    /// Its merchant.
    pub merchant: Option<TicketMerchant>,
    /// Where it can be answered; see [`Ticket::reported`].
    pub reported: Option<(SourceName, String)>,
    /// Where it was posted.
    pub origin: Option<Origin>,
    /// In which language it is written.
    pub language: Language,
    /// When it was reported.
    pub occurred_at: Timestamp,
    /// Its severity.
    pub severity: Severity,
    /// Its migration stage, may be empty.
    pub stage: String,
    /// Failed checkouts it reports.
    pub checkout_failures: u64,
    /// Customers it reports.
    pub affected_customers: u64,
}

impl RecentTicket {
    /// What is remembered of this ticket.
    pub fn of(ticket: &Ticket, origin: Option<&Origin>) -> Self {
        Self {
            ticket: ticket.id,
            case: None,
            merchant: ticket.merchant.clone(),
            reported: ticket.reported(),
            origin: origin.cloned(),
            language: language::of(ticket),
            occurred_at: ticket.occurred_at,
            severity: ticket.severity,
            stage: ticket.migration_stage.clone(),
            checkout_failures: ticket.checkout_failures,
            affected_customers: ticket.affected_customers,
        }
    }
}
