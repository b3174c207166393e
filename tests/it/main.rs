//! Tests through public surfaces.

mod act;
mod net;
mod support;
