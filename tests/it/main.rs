//! Tests through public surfaces.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what a test did not expect fails it, in its helpers too"
)]

mod architecture;
mod generate;
mod store;
