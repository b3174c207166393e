//! Tests through public surfaces.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what a test did not expect fails it, in its helpers too"
)]

mod act;
mod app;
mod architecture;
mod audit_cli;
mod config;
mod decide_approval;
mod decide_authorised;
mod decide_condition;
mod decide_policy;
mod decide_risk;
mod decide_steps;
mod decide_support;
mod discord;
mod discord_settings;
mod discord_surface;
mod doctor;
mod flows;
mod generate;
mod intake;
mod languages;
mod models;
mod net;
mod patterns;
mod patterns_cli;
mod policy_cli;
mod reason;
mod reason_card;
mod reason_data;
mod redact;
mod simulate;
mod stats;
mod store;
mod support;
mod verify;
mod web;
