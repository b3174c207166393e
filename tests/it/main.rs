//! Tests through public surfaces.

mod store;
