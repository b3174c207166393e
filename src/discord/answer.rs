//! What an interaction is answered with, before it takes a wire form.

use super::escape::{Text, foreign};
use super::forms::Form;
use super::limits;
use super::message::Draft;
use crate::engine::handle::{CommandError, StoreError, SubmitError};

/// The answer to whoever pressed, chose or asked. Only they see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A message to them.
    Say(Box<Draft>),
    /// The message that they pressed looks like this now.
    Replace(Box<Draft>),
    /// A form to be filled in. Only ever the first answer.
    Ask(Form),
}

impl Answer {
    /// A sentence in our own words.
    pub fn own(text: impl Into<String>) -> Self {
        Self::Say(Box::new(Draft::words(limits::cut(
            &text.into(),
            limits::CONTENT,
        ))))
    }

    /// A sentence that may hold other people's words.
    pub fn said(text: &str) -> Self {
        Self::Say(Box::new(Draft::words(foreign(text, limits::CONTENT))))
    }

    /// Several such sentences, a line each.
    pub fn said_lines(text: &str) -> Self {
        let lines = text.lines();
        let text = lines.fold(Text::new(), |text, line| text.line().foreign(line));
        Self::Say(Box::new(Draft::words(text.clamp(limits::CONTENT))))
    }
}

/// Why there is no other answer.

#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The sentence to show to the person.
    #[error("{0}")]
    Told(String),
    /// Something broke. The person reads a fixed line, the log has the reason.
    #[error("{0}")]
    Broken(String),
}

impl Refusal {
    /// What the person reads.
    pub fn shown(&self) -> String {
        match self {
            Self::Told(sentence) => foreign(sentence, limits::CONTENT),
            Self::Broken(_) => {
                "Medic could not answer that; its log has the reason. Nothing was changed. Try again in a moment.".to_owned()
            }
        }
    }
}

impl From<CommandError> for Refusal {
    fn from(error: CommandError) -> Self {
        Self::Told(error.to_string())
    }
}

impl From<SubmitError> for Refusal {
    fn from(error: SubmitError) -> Self {
        Self::Told(error.to_string())
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::Broken(error.to_string())
    }
}
