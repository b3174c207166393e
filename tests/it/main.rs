//! Tests through public surfaces.

mod config;
mod decide_approval;
mod decide_policy;
mod decide_risk;
mod decide_support;
