//! Everything that a person may want beside approving and rejecting. The same words stand in the
//! button or menu entry that opens a form, and in the form itself.

use super::{UnknownPress, hex, id};
use crate::domain::{IncidentId, PlanId, RootCause, SubjectId, TicketId};
use std::fmt;

/// What is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Be asked about a plan later.
    PutOff {
        /// Which.
        plan: PlanId,
    },
    /// Take one's own approval back.
    Withdraw {
        /// Of which plan.
        plan: PlanId,
    },
    /// Send something else instead.
    Edit {
        /// Instead of which plan.
        plan: PlanId,
        /// Start of the digest that was shown.
        digest: String,
    },
    /// Send something else to one of a plan's targets.
    EditOne {
        /// Instead of which plan.
        plan: PlanId,
        /// Start of the digest that was shown.
        digest: String,
        /// Which delivery.
        index: u32,
    },
    /// Let somebody else decide in one's place.
    StandIn,
    /// Read the plans that are like this one.
    Alike {
        /// Which.
        plan: PlanId,
    },
    /// Approve the plans that are like this one, as listed.
    ApproveAlike {
        /// Which.
        plan: PlanId,
        /// Start of a digest over everything that was listed.
        digest: String,
    },
    /// The cause on a card is wrong.
    WrongCause {
        /// Of which incident or case.
        subject: SubjectId,
    },
    /// It is another one, or an unknown one.
    OtherCause {
        /// Of which incident or case.
        subject: SubjectId,
        /// Which it is.
        cause: RootCause,
    },
    /// More patterns are the same problem.
    Merge {
        /// As that of which incident or case.
        subject: SubjectId,
    },
    /// Some tickets are another problem.
    Split {
        /// Than that of which incident or case.
        subject: SubjectId,
    },
    /// Another pattern is a different problem.
    NotTheSame {
        /// Than that of which incident or case.
        subject: SubjectId,
    },
    /// Let automation go on that fixes without effect have stopped.
    GoOn {
        /// For the pattern of which incident.
        incident: IncidentId,
    },
    /// Ask the merchant of a ticket.
    AskMerchant {
        /// Which ticket.
        ticket: TicketId,
    },
    /// Try other rules on what has happened.
    TryRules,
}

impl fmt::Display for Wish {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PutOff { plan } => write!(f, "put-off:{plan}"),
            Self::Withdraw { plan } => write!(f, "withdraw:{plan}"),
            Self::Edit { plan, digest } => write!(f, "edit:{plan}:{digest}"),
            Self::EditOne {
                plan,
                digest,
                index,
            } => write!(f, "edit-one:{plan}:{digest}:{index}"),
            Self::StandIn => f.write_str("stand-in"),
            Self::Alike { plan } => write!(f, "alike:{plan}"),
            Self::ApproveAlike { plan, digest } => write!(f, "approve-alike:{plan}:{digest}"),
            Self::WrongCause { subject } => write!(f, "wrong-cause:{subject}"),
            Self::OtherCause { subject, cause } => write!(f, "other-cause:{subject}:{cause}"),
            Self::Merge { subject } => write!(f, "merge:{subject}"),
            Self::Split { subject } => write!(f, "split:{subject}"),
            Self::NotTheSame { subject } => write!(f, "not-the-same:{subject}"),
            Self::GoOn { incident } => write!(f, "go-on:{incident}"),
            Self::AskMerchant { ticket } => write!(f, "ask-merchant:{ticket}"),
            Self::TryRules => f.write_str("try-rules"),
        }
    }
}

/// Reads the parts behind the version.
pub(super) fn parse(verb: &str, rest: &[&str]) -> Result<Wish, UnknownPress> {
    let wish = match (verb, rest) {
        ("put-off", [plan]) => Wish::PutOff { plan: id(plan)? },
        ("withdraw", [plan]) => Wish::Withdraw { plan: id(plan)? },
        ("edit", [plan, digest]) => Wish::Edit {
            plan: id(plan)?,
            digest: hex(digest)?,
        },
        ("edit-one", [plan, digest, index]) => Wish::EditOne {
            plan: id(plan)?,
            digest: hex(digest)?,
            index: id(index)?,
        },
        ("stand-in", []) => Wish::StandIn,
        ("alike", [plan]) => Wish::Alike { plan: id(plan)? },
        ("approve-alike", [plan, digest]) => Wish::ApproveAlike {
            plan: id(plan)?,
            digest: hex(digest)?,
        },
        ("wrong-cause", [subject]) => Wish::WrongCause {
            subject: id(subject)?,
        },
        ("other-cause", [subject, cause]) => Wish::OtherCause {
            subject: id(subject)?,
            cause: id(cause)?,
        },
        ("merge", [subject]) => Wish::Merge {
            subject: id(subject)?,
        },
        ("split", [subject]) => Wish::Split {
            subject: id(subject)?,
        },
        ("not-the-same", [subject]) => Wish::NotTheSame {
            subject: id(subject)?,
        },
        ("go-on", [incident]) => Wish::GoOn {
            incident: id(incident)?,
        },
        ("ask-merchant", [ticket]) => Wish::AskMerchant {
            ticket: id(ticket)?,
        },
        ("try-rules", []) => Wish::TryRules,
        _ => return Err(UnknownPress),
    };
    Ok(wish)
}
