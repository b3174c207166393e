//! Medic: reads every ticket, sees which are one problem, acts safely, asks before risk, proves it.

pub mod domain;

pub mod observe {
    //! From raw input to tickets, patterns and alerts.
    pub mod detect;
    pub mod replay;
    pub mod score;
    pub mod signature;
}
pub mod act;
pub mod reason;

pub mod store;

pub mod cli {
    //! The commands, one file each.
    pub mod replay;
}
