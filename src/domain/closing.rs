//! What a reporter reads where they reported, once it is verified healed. One place for the words,
//! so that what a card shows beforehand is what is sent. English, as all that Medic says.

use super::{AffectedMerchant, Incident, MerchantId, SubjectId, TicketId};

/// Stands for a rule on the plan that tells reporters; no rule of the config can be called so.
pub const RULE: &str = "(healed)";

/// What became of the merchant of a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reporter {
    /// A fix reached them.
    Treated,
    /// None did.
    Untreated,
    /// The ticket names no merchant.
    Unnamed,
}

impl Reporter {
    /// What became of this merchant in the incident.
    pub fn of(incident: &Incident, merchant: Option<&MerchantId>) -> Self {
        match merchant.map(|id| incident.merchants.get(id)) {
            None => Self::Unnamed,
            Some(Some(AffectedMerchant {
                treated_at: Some(_),
                ..
            })) => Self::Treated,
            Some(_) => Self::Untreated,
        }
    }
}

/// The sentence for the reporter of this ticket, after what names incident and ticket.
pub const fn healed_words(reporter: Reporter) -> &'static str {
    match reporter {
        Reporter::Treated => "Its merchant was treated: you can tell them that it works again.",
        Reporter::Untreated => {
            "Its merchant was not treated: ask them whether it works again before you tell them so."
        }
        Reporter::Unnamed => {
            "It names no merchant, so nothing was sent to one: ask whether it works again before you tell them so."
        }
    }
}

/// The whole message: `**INC-4** is verified healed, and T-12 with it. …`, in Markdown.
pub fn healed_message(subject: SubjectId, ticket: TicketId, reporter: Reporter) -> String {
    format!(
        "**{subject}** is verified healed, and {ticket} with it. {}",
        healed_words(reporter)
    )
}
