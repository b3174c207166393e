//! Medic: reads every ticket, sees which are one problem, acts safely, asks before risk, proves it.

pub mod domain;

pub mod act;
pub mod observe;
pub mod reason;

pub mod store;

pub mod cli;
