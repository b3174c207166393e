//! Discord: the transport against a Discord of our own.

mod doctor;
mod faults;
mod inlet;
mod rest;
mod restart;
mod serving;
mod table;
mod tickets;
mod whole;
