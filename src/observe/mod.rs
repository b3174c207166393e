//! From raw input to tickets, patterns and alerts.

pub mod detect;
pub mod intake;
pub mod redact;
