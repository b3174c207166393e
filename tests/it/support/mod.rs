//! What several tests share.

pub mod card_text;
pub mod histories;
pub mod mail;
pub mod posting;
pub mod receiver;
pub mod world;
