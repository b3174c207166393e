//! The connection to Discord's gateway.

mod intents;

pub use intents::intents;
