//! One connector a file. Adding one costs its file, its line here and its line in the registry.

use jiff::Timestamp;
use std::sync::Arc;

pub mod http;

/// Tells a connector the time of a delivery, where what it sends is dated.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;
