//! What several tests share.

pub mod receiver;
