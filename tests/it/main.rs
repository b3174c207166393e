//! Tests through public surfaces.
