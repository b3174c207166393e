//! One connector a file. Adding one costs its file, its line here and its line in the registry.

mod answers;
mod sending;
mod with;

pub mod chat;
pub mod email;
pub mod github;
pub mod http;
pub mod pagerduty;
pub mod zendesk;

use jiff::Timestamp;
use std::sync::Arc;

/// Tells a connector the time of a delivery, where what it sends is dated.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;
