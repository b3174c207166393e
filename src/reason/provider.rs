//! What every model provider does, and how it fails.

use super::prompt::Prompt;
use std::fmt;
use std::time::Duration;

/// A model provider. It sends one request and tells what came of it; patience, money and what is
/// made of the answer are the chain's.
#[async_trait::async_trait]
pub trait Provider: Send + Sync {
    /// Its name in the config and on cards.
    fn name(&self) -> &'static str;

    /// The model it asks.
    fn model(&self) -> &str;

    /// What tokens cost.
    fn prices(&self) -> Prices;

    /// The most tokens an answer may have, thinking included.
    fn max_output_tokens(&self) -> u32;

    /// Sends one request.
    async fn ask(&self, prompt: &Prompt) -> Asked;

    /// The models that the provider offers, by name. Costs nothing.
    async fn models(&self) -> Result<Vec<String>, Fault>;
}

/// US dollars for a million tokens, which is also millionths of a dollar for one.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Prices {
    /// Of the prompt.
    pub input: f64,
    /// Of the answer, thinking included.
    pub output: f64,
}

impl Prices {
    /// What a request costs, in millionths of a dollar, rounded up.
    pub fn cost_micros(&self, usage: Usage) -> u64 {
        let cost = usage.prompt as f64 * self.input + usage.output as f64 * self.output;
        // Prices are checked to be small and not negative; a float beyond u64 would saturate.
        cost.ceil() as u64
    }
}

/// Tokens of one request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Of the prompt.
    pub prompt: u64,
    /// Of the answer, thinking included.
    pub output: u64,
}

/// What one request brought.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The text of the answer, or why there is none.
    pub text: Result<String, Fault>,
    /// The model that answered, as the provider says; may be empty.
    pub model_version: String,
    /// What the provider counted; none where it did not say.
    pub usage: Option<Usage>,
}

impl Asked {
    /// No answer, and nothing counted.
    pub fn failed(fault: Fault) -> Self {
        Self {
            text: Err(fault),
            model_version: String::new(),
            usage: None,
        }
    }
}

/// Why a model gave no answer that can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The key is missing, wrong or may not do this.
    Key(String),
    /// The provider does not know the model, or the address is wrong.
    NoSuchModel(String),
    /// The provider refuses the request as it is; a repeat is of no use.
    Request(String),
    /// Too many requests, or the quota is used up.
    Quota {
        /// When to come back, if the provider says.
        retry_after: Option<Duration>,
        /// Whether the provider hints that a day's quota is used up.
        day: bool,
    },
    /// The provider is down or overloaded: its HTTP status.
    Unavailable(u16),
    /// No connection came about, or it may not be made.
    NotReached(String),
    /// The connection stood, and no whole answer came.
    NoAnswer(String),
    /// The answer is longer than is read.
    TooLong,
    /// The prompt was blocked: the provider's word for why.
    Blocked(String),
    /// The answer was stopped: the provider's word for why.
    Stopped(String),
    /// The answer was cut off at its longest.
    CutOff,
    /// An answer without text.
    Empty,
    /// An answer that is not what was asked for.
    Malformed(String),
    /// The answer repeats its hidden instructions: it obeyed a ticket.
    Leaked,
}

impl Fault {
    /// Whether the same request may succeed in a moment.
    pub const fn is_passing(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::NotReached(_))
    }

    /// Whether asking once more, with what was wrong, may help.
    pub const fn can_be_repaired(&self) -> bool {
        matches!(self, Self::Malformed(_) | Self::Empty | Self::CutOff)
    }

    /// Whether it is the content that was refused, and not the provider that is in trouble.
    pub const fn is_about_content(&self) -> bool {
        matches!(self, Self::Blocked(_) | Self::Stopped(_) | Self::Leaked)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(why) => write!(f, "the key was refused ({why})"),
            Self::NoSuchModel(why) => write!(f, "no such model or address ({why})"),
            Self::Request(why) => write!(f, "the request was refused ({why})"),
            Self::Quota { retry_after, day } => {
                f.write_str(if *day {
                    "the day's quota is used up"
                } else {
                    "too many requests"
                })?;
                match retry_after {
                    Some(wait) => write!(f, ", it says to come back in {} s", wait.as_secs() + 1),
                    None => Ok(()),
                }
            }
            Self::Unavailable(status) => write!(f, "it is unavailable (HTTP {status})"),
            Self::NotReached(why) => write!(f, "it was not reached ({why})"),
            Self::NoAnswer(why) => write!(f, "no whole answer came ({why})"),
            Self::TooLong => f.write_str("its answer is too long to be read"),
            Self::Blocked(reason) => write!(f, "it blocked the question ({reason})"),
            Self::Stopped(reason) => write!(f, "it stopped its answer ({reason})"),
            Self::CutOff => f.write_str("its answer was cut off at the longest it may be"),
            Self::Empty => f.write_str("its answer was empty"),
            Self::Malformed(why) => write!(f, "its answer could not be read ({why})"),
            Self::Leaked => {
                f.write_str("its answer repeated hidden instructions and was thrown away")
            }
        }
    }
}

/// A provider's own words as far as a card may show them: one line, plain, short.
pub(super) fn short(text: &str) -> String {
    let line: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(160)
        .collect();
    line.trim().to_owned()
}
