//! Medic: reads every ticket, sees which are one problem, acts safely, asks before risk, proves it.
//!
//! The loop is OBSERVE → REASON → DECIDE → ACT → VERIFY. Each stage is a module of pure functions
//! over the nouns of [`domain`]; [`engine`] drives them, one durable commit a batch; surfaces see
//! only [`engine::handle`]. `docs/ARCHITECTURE.md` has the map and who may import whom.

pub mod domain;

pub mod act;
pub mod audit;
pub mod decide;
pub mod observe;
pub mod reason;
pub mod verify;

pub mod engine;
pub mod store;

pub mod discord;
pub mod net;
pub mod web;

pub mod config;
pub mod data;
pub mod demo;
pub mod generate;

pub mod app;
pub mod cli;
