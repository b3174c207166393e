//! Tests through public surfaces.

mod reason;
mod reason_data;
