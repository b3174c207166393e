//! From raw input to tickets, patterns and alerts.

pub mod intake;
pub mod language;
pub mod redact;

pub mod detect;
pub mod signature;

pub mod replay;
pub mod score;
