//! What several tests share.

pub mod histories;
pub mod receiver;
pub mod card_text;
pub mod world;
