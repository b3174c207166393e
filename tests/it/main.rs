//! Tests through public surfaces.

mod decide_approval;
mod decide_support;
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what a test did not expect fails it, in its helpers too"
)]

mod store;
