//! What people do, and what they read.

mod approval;
mod asks;
mod deciding;
mod restart;
mod surge;
