//! Tests through public surfaces.
mod patterns;
