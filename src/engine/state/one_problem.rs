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
        let of_both: Vec<IncidentId> = self
            .incidents
            .values()
            .filter(|one| one.is_open() && (one.pattern == from || one.pattern == into))
            .map(|one| one.id)
            .collect();
        for id in of_both {
            if let Some(incident) = self.incident_mut(id) {
                incident.pattern = into;
                incident.same_as = (id != stays).then_some(stays);
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

    /// Has the oldest of those that are the same problem as this incident, which has ended, take what
    /// comes from now on. Answers all of them, that one first.
    pub fn go_on_without(&mut self, id: IncidentId) -> Vec<IncidentId> {
        self.by_pattern.retain(|_, held| *held != id);
        let others = self.same_as(id);
        let first = others.first().copied();
        for other in &others {
            let Some(incident) = self.incident_mut(*other) else {
                continue;
            };
            incident.same_as = first.filter(|first| first != other);
            let pattern = incident.pattern;
            if first == Some(*other) {
                self.by_pattern.insert(pattern, *other);
            }
        }
        others
    }
}
