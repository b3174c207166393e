//! What people see and press in Discord.

mod anchors;
mod attacks;
mod commands;
mod escape;
mod pings;
mod presses;
mod reading;
mod render;

mod calls;
mod cards;
mod chat;
mod clicks;
mod languages;
mod pausing;
mod rush;
pub mod team;
mod votes;
mod wishes;
