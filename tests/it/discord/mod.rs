//! Discord: the transport against a Discord of our own.

mod faults;
mod inlet;
mod rest;
mod restart;
mod serving;
mod whole;
