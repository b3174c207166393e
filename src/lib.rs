//! Medic: reads every ticket, sees which are one problem, acts safely, asks before risk, proves it.

pub mod domain;

pub mod observe;
pub mod reason;
pub mod decide;
pub mod act;
pub mod verify;
pub mod audit;

pub mod store;
pub mod engine;

pub mod net;

pub mod demo;
