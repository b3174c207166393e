//! What people see and press in Discord.

mod commands;
mod escape;
mod presses;
mod reading;
mod render;

mod calls;
mod cards;
mod team;
mod votes;
