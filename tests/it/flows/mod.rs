//! What people do, and what they read.

mod approval;
mod notes;
mod posted;
mod restart;
mod surge;
