//! The merchant directory: how each merchant can be reached.

use super::MerchantId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One merchant of the operator's directory.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DirectoryEntry {
    /// How the shop is called.
    #[serde(default)]
    pub name: String,
    /// Named addresses for connectors: `helpdesk = "cust-981"`, `email = "ops@shop.example"`.
    #[serde(default)]
    pub contact: BTreeMap<String, String>,
}

/// All known merchants.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MerchantDirectory {
    entries: BTreeMap<MerchantId, DirectoryEntry>,
}

impl MerchantDirectory {
    /// The entry of this merchant.
    pub fn get(&self, id: &MerchantId) -> Option<&DirectoryEntry> {
        self.entries.get(id)
    }

    /// How many merchants it holds.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}
