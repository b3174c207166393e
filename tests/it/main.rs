//! Tests through public surfaces.

mod generate;
