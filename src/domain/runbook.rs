//! A runbook: what an operator knows about one problem, in their own words.

use super::{ActionName, RootCause, RunbookId};

/// One runbook, read from a Markdown file with front matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Runbook {
    /// The file's name without the ending.
    pub id: RunbookId,
    /// Its first heading.
    pub title: String,
    /// The class of the cause it describes.
    pub root_cause: RootCause,
    /// Error signatures: if all words of one stand in a ticket's log or text, the runbook applies.
    pub signatures: Vec<String>,
    /// Words that retrieval should also find it by.
    pub keywords: Vec<String>,
    /// A sentence a support agent can send to the merchant now, safe whatever the cause is.
    pub safe_sentence: String,
    /// A question to the merchant that would tell this cause apart from others. May be empty.
    pub ask: String,
    /// What the merchant is told to do; the text of `send_configuration_guide`.
    pub guide: String,
    /// The action of the catalogue that it recommends, if any.
    pub action: Option<ActionName>,
    /// How to see that it helped, for a person. May be empty.
    pub check: String,
    /// How to take it back, for a person. May be empty.
    pub undo: String,
    /// The whole Markdown below the front matter: what evidence quotes.
    pub body: String,
}
