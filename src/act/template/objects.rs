//! Values that are not plain data: they notice what is read from them.

use minijinja::value::{Enumerator, Object, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// Other people's words: remembers which of them a template has read. It cannot be listed, so
/// nothing is read from it but by name.
pub(super) struct Foreign {
    pub words: BTreeMap<&'static str, String>,
    pub used: Arc<Mutex<BTreeSet<String>>>,
}

impl fmt::Debug for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("foreign words: name one")
    }
}

impl Object for Foreign {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let name = key.as_str()?;
        let word = self.words.get(name)?;
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        used.insert(name.to_owned());
        Some(word.as_str().into())
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::NonEnumerable
    }
}

/// The contacts of a merchant who has every contact, and who reported everywhere.
#[derive(Debug)]
pub(super) struct AnyContact(pub &'static str);

impl Object for AnyContact {
    fn get_value(self: &Arc<Self>, _key: &Value) -> Option<Value> {
        Some(self.0.into())
    }
}
