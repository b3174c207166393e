//! Discord: events in, projections of the store out.
//!
//! serenity gives models and builders; the connection is `twilight-gateway`'s and the REST client
//! our own, for reasons that `docs/decisions/` gives. Nothing here decides anything: adapters turn
//! what Discord sends into calls of `engine::handle`, and show what the store says.

pub mod gateway;
pub mod merchants;
pub mod options;
pub mod people;
pub mod permissions;
