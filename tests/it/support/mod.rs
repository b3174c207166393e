//! What several tests share.

pub mod attacks;
pub mod card_text;
#[expect(
    dead_code,
    reason = "a Discord has more in it than the tests so far do there"
)]
pub mod discord;
pub mod histories;
pub mod mail;
pub mod models;
pub mod posting;
pub mod receiver;
pub mod steps;
pub mod world;
