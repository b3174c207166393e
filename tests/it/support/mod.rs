//! What several tests share.

pub mod histories;
pub mod receiver;
