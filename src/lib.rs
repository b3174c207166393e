//! Medic: reads every ticket, sees which are one problem, acts safely, asks before risk, proves it.

pub mod domain;

pub mod observe {
    //! From raw input to tickets, patterns and alerts.
    pub mod detect;
}
pub mod act;
pub mod demo;
pub mod net;
pub mod reason;
pub mod verify;

pub mod store;
