//! What is wrong with an input, said so that whoever sent it can mend it.

use serde::Serialize;

/// One thing wrong with one item of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{}{reason}", self.place())]
pub struct Problem {
    /// Which item of the request, from 0; none where the request as a whole is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<usize>,
    /// Which field, empty where no single field is to blame.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub field: String,
    /// A stable word for programs: `too_long`, `wrong_type`, `duplicate_key`.
    pub code: &'static str,
    /// A sentence for people, with the way out. Never quotes a secret or a whole text.
    pub reason: String,
}

impl Problem {
    /// A problem with the request as a whole.
    pub fn whole(code: &'static str, reason: impl Into<String>) -> Self {
        Self {
            index: None,
            field: String::new(),
            code,
            reason: reason.into(),
        }
    }

    /// A problem with one field.
    pub fn field(field: impl Into<String>, code: &'static str, reason: impl Into<String>) -> Self {
        Self {
            index: None,
            field: field.into(),
            code,
            reason: reason.into(),
        }
    }

    /// The same problem, placed at an item of the request.
    pub fn at(mut self, index: usize) -> Self {
        self.index = Some(index);
        self
    }

    fn place(&self) -> String {
        match (self.index, self.field.is_empty()) {
            (Some(index), false) => format!("item {index}, field {}: ", self.field),
            (Some(index), true) => format!("item {index}: "),
            (None, false) => format!("field {}: ", self.field),
            (None, true) => String::new(),
        }
    }
}
