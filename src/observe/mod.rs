//! From raw input to tickets, patterns and alerts.

pub mod intake;
pub mod redact;

pub mod signature;
pub mod detect;

pub mod replay;
pub mod score;
