//! The merchants of an incident. Each is stored as a row of its own, so that one more ticket costs
//! the same however many merchants the incident has.

use super::{ActionName, Language, MerchantId, Origin, PlanId, SourceName, TicketMerchant};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A merchant in an incident.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AffectedMerchant {
    /// Tickets of theirs in this incident.
    pub tickets: u32,
    /// When a remedial delivery reached them, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub treated_at: Option<Timestamp>,
    /// The plan whose delivery that was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub treated_by: Option<PlanId>,
    /// Whether at least one of their tickets is verified to be theirs.
    pub verified: bool,
    /// Their newest verified ticket at each source, by that source's own id for it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub reported: BTreeMap<SourceName, String>,
    /// Where their newest ticket stands that was posted on a surface.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// In which language their newest ticket is written.
    #[serde(default, skip_serializing_if = "Language::is_english")]
    pub language: Language,
    /// Keys under which they count as distinct.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub keys: BTreeSet<String>,
    /// Actions that have reached them for this incident.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub reached: BTreeSet<ActionName>,
}

/// Every merchant of an incident, by name, with a note of which have changed since they were last
/// written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "BTreeMap<MerchantId, AffectedMerchant>")]
pub struct AffectedMerchants {
    by_id: BTreeMap<MerchantId, AffectedMerchant>,
    keys: BTreeSet<String>,
    changed: BTreeSet<MerchantId>,
}

impl AffectedMerchants {
    /// One of them.
    pub fn get(&self, id: &MerchantId) -> Option<&AffectedMerchant> {
        self.by_id.get(id)
    }

    /// One of them, to change.
    pub fn get_mut(&mut self, id: &MerchantId) -> Option<&mut AffectedMerchant> {
        let found = self.by_id.get_mut(id)?;
        self.changed.insert(id.clone());
        Some(found)
    }

    /// All, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&MerchantId, &AffectedMerchant)> {
        self.by_id.iter()
    }

    /// All, by name, without their names.
    pub fn values(&self) -> impl Iterator<Item = &AffectedMerchant> {
        self.by_id.values()
    }

    /// How many names there are.
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// Counts one ticket of a merchant. Its language and where it stands on a surface are remembered, of
    /// a ticket that is proven to be theirs before one that somebody claimed. Answers the merchant, and how many
    /// count as distinct now: claimed names of one author count once.
    pub fn count(
        &mut self,
        merchant: &TicketMerchant,
        origin: Option<&Origin>,
        language: &Language,
    ) -> (&mut AffectedMerchant, u32) {
        let key = merchant.counting_key();
        self.keys.insert(key.clone());
        let distinct = u32::try_from(self.keys.len()).unwrap_or(u32::MAX);
        self.changed.insert(merchant.id.clone());
        let affected = self.by_id.entry(merchant.id.clone()).or_default();
        affected.keys.insert(key);
        affected.tickets += 1;
        if merchant.is_verified() || !affected.verified {
            affected.language = language.clone();
            if let Some(origin) = origin {
                affected.origin = Some(origin.clone());
            }
        }
        affected.verified |= merchant.is_verified();
        (affected, distinct)
    }

    /// Merchants that each action has reached.
    pub fn reached(&self) -> BTreeMap<ActionName, BTreeSet<MerchantId>> {
        let mut reached = BTreeMap::<_, BTreeSet<_>>::new();
        for (id, affected) in &self.by_id {
            for action in &affected.reached {
                let merchants = reached.entry(action.clone()).or_default();
                merchants.insert(id.clone());
            }
        }
        reached
    }

    /// Adds one as the store holds it.
    pub fn stored(&mut self, id: MerchantId, affected: AffectedMerchant) {
        self.keys.extend(affected.keys.iter().cloned());
        self.changed.remove(&id);
        self.by_id.insert(id, affected);
    }

    /// Those that changed since the last call.
    pub fn take_changed(&mut self) -> Vec<(MerchantId, AffectedMerchant)> {
        std::mem::take(&mut self.changed)
            .into_iter()
            .filter_map(|id| {
                let affected = self.by_id.get(&id)?.clone();
                Some((id, affected))
            })
            .collect()
    }
}

impl From<BTreeMap<MerchantId, AffectedMerchant>> for AffectedMerchants {
    fn from(by_id: BTreeMap<MerchantId, AffectedMerchant>) -> Self {
        let keys = by_id.values().flat_map(|one| one.keys.clone()).collect();
        let changed = by_id.keys().cloned().collect();
        Self {
            by_id,
            keys,
            changed,
        }
    }
}
