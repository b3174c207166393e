//! What tickets are about: the seed's seven error types and many unrelated small things.

mod auth_failure;
mod cart_persistence;
mod image_404;
mod inventory_sync;
mod payment_gateway;
mod shipping_calculation;
mod webhook_timeout;

mod unrelated;

pub use auth_failure::AUTH_FAILURE;
pub use cart_persistence::CART_PERSISTENCE;
pub use image_404::IMAGE_404;
pub use inventory_sync::INVENTORY_SYNC;
pub use payment_gateway::PAYMENT_GATEWAY;
pub use shipping_calculation::SHIPPING_CALCULATION;
pub use unrelated::UNRELATED;
pub use webhook_timeout::WEBHOOK_TIMEOUT;

use crate::domain::{RootCause, Severity};

/// One underlying problem and the many ways to say it. All texts are phrases (see
/// [`super::phrase::expand`]).
#[derive(Debug, PartialEq, Eq)]
pub struct Topic {
    /// Its label: what a detector should group by.
    pub name: &'static str,
    /// The cause that a fair reader would give.
    pub root_cause: RootCause,
    /// How bad it mostly is.
    pub severity: Severity,
    /// Whether customers fail to pay because of it.
    pub stops_checkout: bool,
    /// Short titles.
    pub titles: &'static [&'static str],
    /// What the merchant sees; the first sentence.
    pub symptoms: &'static [&'static str],
    /// What else they noticed; perhaps the second sentence.
    pub details: &'static [&'static str],
    /// Program output.
    pub logs: &'static [&'static str],
    /// Whole messages in German.
    pub german: &'static [&'static str],
    /// Whole messages in French.
    pub french: &'static [&'static str],
    /// Whole messages in Spanish.
    pub spanish: &'static [&'static str],
}

/// The seed's seven error types.
pub static ERROR_TYPES: [&Topic; 7] = [
    &WEBHOOK_TIMEOUT,
    &CART_PERSISTENCE,
    &AUTH_FAILURE,
    &IMAGE_404,
    &PAYMENT_GATEWAY,
    &SHIPPING_CALCULATION,
    &INVENTORY_SYNC,
];
