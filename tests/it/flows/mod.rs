//! What people do, and what they read.

mod approval;
mod restart;
mod surge;
