//! What people do, and what they read.

mod approval;
mod asks;
mod restart;
mod surge;
