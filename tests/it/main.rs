//! Tests through public surfaces.

mod decide_approval;
mod decide_support;
