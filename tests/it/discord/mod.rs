//! Discord: the transport against a Discord of our own.

mod rest;
mod serving;
