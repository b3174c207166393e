//! What people do, and what they read.

mod approval;
mod asks;
mod between;
mod closing;
mod deciding;
mod notes;
mod patterns;
mod posted;
mod reported;
mod restart;
mod stats;
mod surge;
