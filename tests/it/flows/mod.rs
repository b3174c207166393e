//! What people do, and what they read.

mod approval;
mod asks;
mod deciding;
mod patterns;
mod restart;
mod surge;
