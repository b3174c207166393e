//! What `medic demo` needs beside the product itself.

pub mod receiver;
