//! Rows: typed values as versioned JSON text, `{"v":1,"row":{…}}`.

use super::{Change, Key, Order, Scan, Store, StoreError};
use crate::domain::{Case, Delegation, Delivery, Incident, Plan, Ticket, WorkspaceId};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::fmt;
use std::sync::Arc;

/// A value with a table of its own.
pub trait Row: Serialize + DeserializeOwned {
    /// The table, as it stands in keys. Never changed, never reused.
    const TABLE: &'static str;

    /// Raised whenever stored text of the old shape would no longer parse or mean the same.
    const VERSION: u32;

    /// What stands behind the table in its key. A number is written by [`padded`].
    fn id(&self) -> String;

    /// Brings a value written under version `from` to the present version.
    ///
    /// # Errors
    /// A sentence for the operator. Unless overridden, every older version is refused.
    fn upgrade(from: u32, _value: Value) -> Result<Value, String> {
        Err(format!(
            "it was written as version {from} of {}, this medic knows only version {}",
            Self::TABLE,
            Self::VERSION
        ))
    }
}

/// A number as it stands in keys, so that they sort by it.
pub fn padded(number: u64) -> String {
    format!("{number:012}")
}

/// The key of the row of `T` with this id.
pub fn key<T: Row>(workspace: &WorkspaceId, id: impl fmt::Display) -> Key {
    Key::new(workspace, T::TABLE, id)
}

/// The text of a row.
pub fn encode<T: Row>(row: &T) -> Result<Arc<str>, StoreError> {
    let mut text = format!("{{\"v\":{},\"row\":", T::VERSION).into_bytes();
    serde_json::to_writer(&mut text, row).map_err(|e| bad_row::<T>(&row.id(), &e))?;
    text.push(b'}');
    String::from_utf8(text)
        .map(Arc::from)
        .map_err(|e| bad_row::<T>(&row.id(), &e))
}

/// The row that `text` holds; `key` is named where it cannot be read.
pub fn decode<T: Row>(key: &Key, text: &str) -> Result<T, StoreError> {
    let bad = |reason: String| StoreError::Row {
        key: key.as_str().to_owned(),
        reason,
    };
    let (version, row) = text
        .strip_prefix("{\"v\":")
        .and_then(|rest| rest.strip_suffix('}'))
        .and_then(|rest| rest.split_once(",\"row\":"))
        .and_then(|(version, row)| Some((version.parse::<u32>().ok()?, row)))
        .ok_or_else(|| bad("it does not begin with the version of a row".to_owned()))?;
    if version == T::VERSION {
        return serde_json::from_str(row).map_err(|e| bad(e.to_string()));
    }
    if version > T::VERSION {
        return Err(bad(format!(
            "it was written by a newer medic (version {version} of {}, this one knows {}); start that one, or restore the store from before the update",
            T::TABLE,
            T::VERSION
        )));
    }
    let old = serde_json::from_str(row).map_err(|e| bad(e.to_string()))?;
    let new = T::upgrade(version, old).map_err(bad)?;
    serde_json::from_value(new).map_err(|e| bad(e.to_string()))
}

/// Reads one row.
pub fn load<T: Row>(
    store: &dyn Store,
    workspace: &WorkspaceId,
    id: impl fmt::Display,
) -> Result<Option<T>, StoreError> {
    let key = key::<T>(workspace, id);
    let text = store.get(&key)?;
    text.map(|text| decode(&key, &text)).transpose()
}

/// Reads a page of a table: rows whose id starts with `id_prefix` (empty for all), strictly behind
/// `after` in the direction of `order`.
pub fn load_page<T: Row>(
    store: &dyn Store,
    workspace: &WorkspaceId,
    id_prefix: &str,
    after: Option<&str>,
    limit: usize,
    order: Order,
) -> Result<Vec<T>, StoreError> {
    let scan = Scan {
        prefix: Key::table_prefix(workspace, T::TABLE) + id_prefix,
        after: after.map(|id| key::<T>(workspace, id)),
        limit,
        order,
    };
    let rows = store.scan(&scan)?;
    rows.iter().map(|(key, text)| decode(key, text)).collect()
}

/// The change that writes a row.
pub fn put_change<T: Row>(workspace: &WorkspaceId, row: &T) -> Result<Change, StoreError> {
    Ok(Change {
        key: key::<T>(workspace, row.id()),
        value: Some(encode(row)?),
    })
}

/// The change that removes a row.
pub fn delete_change<T: Row>(workspace: &WorkspaceId, id: impl fmt::Display) -> Change {
    Change {
        key: key::<T>(workspace, id),
        value: None,
    }
}

fn bad_row<T: Row>(id: &str, error: &dyn fmt::Display) -> StoreError {
    StoreError::Row {
        key: format!("{}/{id}", T::TABLE),
        reason: error.to_string(),
    }
}

impl Row for Ticket {
    const TABLE: &'static str = "ticket";
    const VERSION: u32 = 1;

    fn id(&self) -> String {
        padded(self.id.number())
    }
}

impl Row for Incident {
    const TABLE: &'static str = "incident";
    const VERSION: u32 = 2;

    fn id(&self) -> String {
        padded(self.id.number())
    }

    /// Version 1 held its merchants itself; the next write puts each into a row of its own.
    fn upgrade(_from: u32, mut value: Value) -> Result<Value, String> {
        let keys = value["counting_keys"].take();
        let reached = value["reached"].take();
        let mut distinct = 0_u32;
        if let Some(merchants) = value["merchants"].as_object_mut() {
            for key in keys.as_array().into_iter().flatten() {
                distinct += 1;
                let owner = key.as_str().and_then(|key| key.strip_prefix("v:"));
                // Which of the claimed names shared a key was not kept; how many keys there are was.
                let owner = owner.filter(|owner| merchants.contains_key(*owner));
                let owner = owner.or_else(|| merchants.keys().next().map(String::as_str));
                if let Some(owner) = owner.map(str::to_owned) {
                    add(&mut merchants[&owner]["keys"], key);
                }
            }
            for (action, names) in reached.as_object().into_iter().flatten() {
                let names = names.as_array().into_iter().flatten();
                for name in names.filter_map(Value::as_str) {
                    if let Some(merchant) = merchants.get_mut(name) {
                        add(&mut merchant["reached"], &Value::from(action.as_str()));
                    }
                }
            }
        }
        value["distinct"] = distinct.into();
        Ok(value)
    }
}

fn add(list: &mut Value, item: &Value) {
    if let Some(list) = list.as_array_mut() {
        list.push(item.clone());
    } else {
        *list = Value::Array(vec![item.clone()]);
    }
}

impl Row for Case {
    const TABLE: &'static str = "case";
    const VERSION: u32 = 1;

    fn id(&self) -> String {
        padded(self.id.number())
    }
}

impl Row for Plan {
    const TABLE: &'static str = "plan";
    const VERSION: u32 = 1;

    fn id(&self) -> String {
        padded(self.id.number())
    }
}

impl Row for Delegation {
    const TABLE: &'static str = "delegation";
    const VERSION: u32 = 1;

    fn id(&self) -> String {
        format!("{}/{}", self.from, self.since)
    }
}

impl Row for Delivery {
    const TABLE: &'static str = "delivery";
    const VERSION: u32 = 1;

    fn id(&self) -> String {
        format!(
            "{}/{}",
            padded(self.plan.number()),
            padded(self.index.into())
        )
    }
}
