//! What people do, and what they read.

mod approval;
mod reported;
mod restart;
mod surge;
