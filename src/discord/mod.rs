//! Discord: events in, projections of the store out.
//!
//! serenity gives models and builders; the connection is `twilight-gateway`'s and the REST client
//! our own, for reasons that `docs/decisions/` gives. Nothing here decides anything: adapters turn
//! what Discord sends into calls of `engine::handle`, and show what the store says.

mod backfill;
pub mod gateway;
pub mod inbound;
mod lenient;
pub mod listener;
pub mod memory;
pub mod rest;

pub mod context;
pub mod extras;
pub mod merchants;
pub mod options;
pub mod people;
pub mod permissions;

pub mod custom_id;
pub mod escape;
pub mod limits;
pub mod message;
pub mod render;

mod anchors;
pub mod cards;
pub mod closure;
mod pausing;
pub mod pings;
pub mod posts;
pub mod threads;
mod upkeep;

mod answer;
pub mod commands;
pub mod forms;
pub mod interactions;
pub mod presses;
pub mod tickets_by_form;
mod wishes;

pub mod chat;
pub mod doctor;
pub mod tickets;

mod reception;
pub mod serve;
