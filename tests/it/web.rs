//! The web surface through its router, over a real engine with a store in memory.

mod console;
mod deciding;
mod intake;
mod live;
mod sign_in;
mod world;
