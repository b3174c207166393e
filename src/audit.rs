//! The audit log as a hash chain: append, verify, filter, export. No IO but what it is handed.
//!
//! A record's line is the canonical JSON of everything in it but `hash`, with `hash` put last:
//! `{"actor":…,"workspace":"…","hash":"…"}`. So a stranger needs no Medic to check one:
//! `sed 's/,"hash":"[0-9a-f]*"}$/}/' | tr -d '\n' | sha256sum`, or for a file that went through
//! other tools, `jq -cSj 'del(.hash)' | sha256sum`.

mod chain;
mod export;
mod filter;
mod strict;
mod verify;

pub use chain::{Chained, DraftError, Head, MAX_RECORD_BYTES, chain, write_record};
pub use export::{ExportError, Exported, Format, export};
pub use filter::RecordFilter;
pub use verify::{Anchor, Broken, Verified, Verifier, VerifyError, verify};

pub(crate) use verify::{LineEnd, read_line};
