//! What a button, a menu or a form carries back: version, verb, and whom it is about. Whatever
//! stands behind it lies in the store, so a press works after a restart and on the oldest message.
//!
//! `v1:approve:PLAN-17:0123456789abcdef`: the last part is the start of the digest that the person
//! saw, so that a vote never counts for anything else.

mod wish;

pub use wish::Wish;

use crate::domain::{IncidentId, PlanId, SubjectId};
use std::fmt;

/// Raised whenever an older press would be read as something else.
const VERSION: &str = "v1";
/// Most digits of a digest that a press carries.
const DIGEST: usize = 32;
/// Most characters of a page's list and cursor, each.
const PAGE_PART: usize = 40;

/// What was pressed, chosen or sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CustomId {
    /// Approve a plan as shown.
    Approve {
        /// The plan.
        plan: PlanId,
        /// Start of the digest that was shown.
        digest: String,
    },
    /// Reject a plan as shown; opens the form for the reason.
    Reject {
        /// The plan.
        plan: PlanId,
        /// Start of the digest that was shown.
        digest: String,
    },
    /// The form with the reason of a rejection.
    RejectReason {
        /// The plan.
        plan: PlanId,
        /// Start of the digest that was shown.
        digest: String,
    },
    /// The menu with everything else about an incident or case.
    More {
        /// Which.
        subject: SubjectId,
    },
    /// Show a plan whole.
    Plan {
        /// Which.
        plan: PlanId,
        /// Of which incident or case.
        subject: SubjectId,
    },
    /// Show the diagnosis whole.
    Why {
        /// Of which incident or case.
        subject: SubjectId,
    },
    /// Show what support can say now.
    Say {
        /// About which incident or case.
        subject: SubjectId,
    },
    /// Say what became of a delivery whose outcome is not known.
    Settle {
        /// Of which plan.
        plan: PlanId,
        /// Which delivery.
        index: u32,
        /// Whether it arrived.
        arrived: bool,
    },
    /// Anything else that a person may want.
    Wish(Wish),
    /// Close an incident by hand; opens the form for the reason.
    Close {
        /// Which.
        incident: IncidentId,
    },
    /// The form with the reason of a closure.
    CloseReason {
        /// Which.
        incident: IncidentId,
    },
    /// Another page of a list.
    Page {
        /// Which list, with its filter.
        list: String,
        /// Where the page begins.
        from: String,
    },
    /// The form of a new ticket.
    Ticket,
    /// The form that makes a ticket of a message.
    Forward {
        /// The message's channel.
        channel: u64,
        /// The message.
        message: u64,
        /// Whose words it holds.
        author: u64,
    },
}

/// A press that this version does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a press of this version")]
pub struct UnknownPress;

impl fmt::Display for CustomId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{VERSION}:")?;
        match self {
            Self::Approve { plan, digest } => write!(f, "approve:{plan}:{digest}"),
            Self::Reject { plan, digest } => write!(f, "reject:{plan}:{digest}"),
            Self::RejectReason { plan, digest } => write!(f, "reject-reason:{plan}:{digest}"),
            Self::More { subject } => write!(f, "more:{subject}"),
            Self::Plan { plan, subject } => write!(f, "plan:{plan}:{subject}"),
            Self::Why { subject } => write!(f, "why:{subject}"),
            Self::Say { subject } => write!(f, "say:{subject}"),
            Self::Settle {
                plan,
                index,
                arrived,
            } => {
                let arrived = if *arrived { "yes" } else { "no" };
                write!(f, "settle:{plan}:{index}:{arrived}")
            }
            Self::Wish(wish) => wish.fmt(f),
            Self::Close { incident } => write!(f, "close:{incident}"),
            Self::CloseReason { incident } => write!(f, "close-reason:{incident}"),
            Self::Page { list, from } => write!(f, "page:{list}:{from}"),
            Self::Ticket => f.write_str("ticket"),
            Self::Forward {
                channel,
                message,
                author,
            } => write!(f, "forward:{channel}:{message}:{author}"),
        }
    }
}

impl std::str::FromStr for CustomId {
    type Err = UnknownPress;

    fn from_str(text: &str) -> Result<Self, UnknownPress> {
        let parts: Vec<&str> = text.split(':').collect();
        let [VERSION, verb, rest @ ..] = parts.as_slice() else {
            return Err(UnknownPress);
        };
        let press = match (*verb, rest) {
            ("approve", [plan, digest]) => Self::Approve {
                plan: id(plan)?,
                digest: hex(digest)?,
            },
            ("reject", [plan, digest]) => Self::Reject {
                plan: id(plan)?,
                digest: hex(digest)?,
            },
            ("reject-reason", [plan, digest]) => Self::RejectReason {
                plan: id(plan)?,
                digest: hex(digest)?,
            },
            ("more", [subject]) => Self::More {
                subject: id(subject)?,
            },
            ("plan", [plan, subject]) => Self::Plan {
                plan: id(plan)?,
                subject: id(subject)?,
            },
            ("why", [subject]) => Self::Why {
                subject: id(subject)?,
            },
            ("say", [subject]) => Self::Say {
                subject: id(subject)?,
            },
            ("settle", [plan, index, arrived @ ("yes" | "no")]) => Self::Settle {
                plan: id(plan)?,
                index: id(index)?,
                arrived: *arrived == "yes",
            },
            ("close", [incident]) => Self::Close {
                incident: id(incident)?,
            },
            ("close-reason", [incident]) => Self::CloseReason {
                incident: id(incident)?,
            },
            ("page", [list, from]) if list.len() <= PAGE_PART && from.len() <= PAGE_PART => {
                Self::Page {
                    list: (*list).to_owned(),
                    from: (*from).to_owned(),
                }
            }
            ("ticket", []) => Self::Ticket,
            ("forward", [channel, message, author]) => Self::Forward {
                channel: id(channel)?,
                message: id(message)?,
                author: id(author)?,
            },
            (verb, rest) => Self::Wish(wish::parse(verb, rest)?),
        };
        Ok(press)
    }
}

fn id<T: std::str::FromStr>(text: &str) -> Result<T, UnknownPress> {
    text.parse().map_err(|_| UnknownPress)
}

fn hex(text: &str) -> Result<String, UnknownPress> {
    let digits = text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    if (1..=DIGEST).contains(&text.len()) && digits {
        Ok(text.to_owned())
    } else {
        Err(UnknownPress)
    }
}
