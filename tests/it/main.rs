//! Tests through public surfaces.

mod intake;
mod redact;
