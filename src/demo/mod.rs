//! What `medic demo` needs beside the product itself: merchants, an outside world, a narrator.

pub mod receiver;
pub mod sender;
pub mod story;
