//! The open incidents of patterns that turned out to be one.

use super::State;
use crate::domain::{IncidentId, PatternId};

impl State {
    /// Has the open incident of a merged pattern go on under the pattern that remains. Where both
    /// have one, the older takes what comes from now on. Answers the incident that goes on, and the
    /// other where there are two.
    pub fn merge_patterns(
        &mut self,
        from: PatternId,
        into: PatternId,
    ) -> Option<(IncidentId, Option<IncidentId>)> {
        self.merge_fixes(from, into);
        let moved = self.by_pattern.remove(&from)?;
        let known = self.by_pattern.get(&into).copied();
        let stays = known.map_or(moved, |known| known.min(moved));
        let other = known.map(|known| known.max(moved));
        self.by_pattern.insert(into, stays);
        for (id, same_as) in [(Some(stays), None), (other, Some(stays))] {
            if let Some(incident) = id.and_then(|id| self.incident_mut(id)) {
                incident.pattern = into;
                incident.same_as = same_as;
            }
        }
        Some((stays, other))
    }

    /// Open incidents of the same problem as this older one.
    pub fn same_as(&self, id: IncidentId) -> Vec<IncidentId> {
        let all = self.incidents.values();
        all.filter(|incident| incident.same_as == Some(id) && incident.is_open())
            .map(|incident| incident.id)
            .collect()
    }
}
