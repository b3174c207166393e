//! The `medic` binary.

fn main() {}
