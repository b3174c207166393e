//! Rows straight from the journal, for commands that work beside a running Medic: the index belongs
//! to the process that has it open.

use super::line;
use super::reader::{Next, Position, Reader};
use crate::store::{Key, StoreError};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// Every row whose key starts with `prefix`, as the journal in `dir` leaves it. Reads the whole
/// journal; what another process is just writing is left out.
pub fn rows(dir: &Path, prefix: &str) -> Result<BTreeMap<Key, Arc<str>>, StoreError> {
    let mut reader = Reader::open(dir, Position::START)?;
    let mut rows = BTreeMap::new();
    loop {
        let Next::Batch(_, start) = reader.next()? else {
            return Ok(rows);
        };
        let body = line::body(reader.line(), start)
            .ok_or_else(|| reader.damaged("its records or changes cannot be read"))?;
        for (key, value) in body.changes {
            let key: String = serde_json::from_str(key)
                .map_err(|_| reader.damaged("the key of a change cannot be read"))?;
            if !key.starts_with(prefix) {
                continue;
            }
            let key = Key::from_text(key);
            match value {
                Some(value) => rows.insert(key, Arc::from(value)),
                None => rows.remove(&key),
            };
        }
    }
}
