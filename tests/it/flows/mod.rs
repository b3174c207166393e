//! What people do, and what they read.

mod approval;
mod asks;
mod attacks;
mod between;
mod brakes;
mod broken_store;
mod canary;
mod closing;
mod deciding;
mod held;
mod many;
mod notes;
mod patterns;
mod posted;
mod probes;
mod reading;
mod recurrence;
mod reported;
mod restart;
mod stats;
mod steps;
mod surge;
mod undo;
mod unreached;
