//! Wire types of the ticket intake's answer.

use crate::domain::Problem;
use crate::engine::handle::Receipt;
use serde::Serialize;

/// The answer to a request of which at least one ticket is stored.
#[derive(Debug, Serialize)]
pub(super) struct Receipts {
    accepted: usize,
    duplicates: usize,
    refused: usize,
    items: Vec<Item>,
}

/// The answer about one ticket, in the order of the request.
#[derive(Debug, Serialize)]
#[serde(tag = "status", rename_all = "snake_case")]
enum Item {
    Accepted {
        ticket: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        external_id: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pattern: Option<String>,
    },
    Duplicate {
        ticket: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        external_id: Option<String>,
    },
    Refused(Problem),
}

impl Receipts {
    /// The receipts in wire form; the problems alone where not one ticket was taken.
    pub(super) fn new(receipts: Vec<Receipt>) -> Result<Self, Vec<Problem>> {
        let all = receipts.len();
        let items: Vec<Item> = receipts.into_iter().map(Item::from).collect();
        let count = |wanted: fn(&Item) -> bool| items.iter().filter(|item| wanted(item)).count();
        let refused = count(|item| matches!(item, Item::Refused(_)));
        if refused == all && all > 0 {
            let problems = items.into_iter().filter_map(|item| match item {
                Item::Refused(problem) => Some(problem),
                _ => None,
            });
            return Err(problems.collect());
        }
        Ok(Self {
            accepted: count(|item| matches!(item, Item::Accepted { .. })),
            duplicates: count(|item| matches!(item, Item::Duplicate { .. })),
            refused,
            items,
        })
    }
}

impl From<Receipt> for Item {
    fn from(receipt: Receipt) -> Self {
        match receipt {
            Receipt::Accepted {
                ticket,
                external_id,
                pattern,
            } => Self::Accepted {
                ticket: ticket.to_string(),
                external_id,
                pattern: pattern.map(|id| id.to_string()),
            },
            Receipt::Duplicate {
                ticket,
                external_id,
            } => Self::Duplicate {
                ticket: ticket.to_string(),
                external_id,
            },
            Receipt::Refused(problem) => Self::Refused(problem),
        }
    }
}
