//! How answers turned out, by provider and class.

use super::{Dirty, State};
use crate::domain::{Diagnosis, Judgement, RootCause};
use crate::engine::rows::CalibrationRow;
use crate::reason::calibrate::{Tally, calibrated};

impl State {
    /// Counts a judgement in the place of the one before it on the same answer.
    pub fn count_judgement(&mut self, before: Option<&Judgement>, judged: &Judgement) {
        if let Some(before) = before {
            let tally = self.tally_mut(before);
            tally.take(before.confidence, before.right(), before.by.weight());
        }
        let tally = self.tally_mut(judged);
        tally.add(judged.confidence, judged.right(), judged.by.weight());
    }

    fn tally_mut(&mut self, judged: &Judgement) -> &mut Tally {
        let key = (judged.provider.clone(), judged.root_cause);
        self.dirty.insert(Dirty::Calibration(key.0.clone(), key.1));
        self.calibration.entry(key).or_default()
    }

    /// What the confidence of this answer is worth; none while too few are judged.
    pub fn worth(&self, found: &Diagnosis) -> Option<u8> {
        if found.root_cause == RootCause::Unknown {
            return None;
        }
        let provider = found.answered_by();
        let mut whole = Tally::default();
        let mut class = Tally::default();
        for ((name, root_cause), tally) in &self.calibration {
            if name == provider {
                whole = whole.plus(tally);
                if *root_cause == found.root_cause {
                    class = *tally;
                }
            }
        }
        calibrated(found.confidence, &class, &whole)
    }

    pub(super) fn put_tally(&mut self, row: CalibrationRow) {
        let tally = Tally { bins: row.bins };
        self.calibration
            .insert((row.provider, row.root_cause), tally);
    }

    pub(super) fn tally_row(&self, provider: &str, root_cause: RootCause) -> CalibrationRow {
        let key = (provider.to_owned(), root_cause);
        CalibrationRow {
            bins: self.calibration.get(&key).copied().unwrap_or_default().bins,
            provider: key.0,
            root_cause,
        }
    }
}
