//! Tests through public surfaces.

mod config;
mod decide_approval;
mod decide_authorised;
mod decide_condition;
mod decide_policy;
mod decide_risk;
mod decide_support;
