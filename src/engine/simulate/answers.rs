//! What a model answers, and what a look at a fix finds, drawn by chance.

use super::World;
use crate::domain::{Diagnosis, Grounded, RootCause, Verdict};
use crate::verify::{Checks, Count, Group, Observed, Probes};

/// How many merchants a look at a fix finds on either side.
const MERCHANTS: u32 = 9;

impl World {
    /// A model that may be right, wrong, or not answer.
    pub(super) fn diagnosis(&mut self) -> Diagnosis {
        let mut found = crate::reason::broken_off("simulated");
        if self.chance.percent(15) {
            return found;
        }
        let causes = [
            RootCause::WebhookConfiguration,
            RootCause::WebhookConfiguration,
            RootCause::PlatformBug,
            RootCause::Unknown,
        ];
        found.root_cause = self.chance.pick(&causes).copied().unwrap_or_default();
        found.confidence = u8::try_from(50 + self.chance.below(50)).unwrap_or(50);
        found.verdict = if self.chance.percent(30) {
            Verdict::Inconclusive
        } else {
            Verdict::Likely
        };
        if self.chance.percent(80) {
            found.grounded = Grounded {
                root_cause: found.root_cause,
                confidence: found.confidence,
                verdict: found.verdict,
            };
        }
        found
    }

    /// What a look at a fix finds: it helped, did nothing, or made it worse.
    pub(super) fn observed(&mut self) -> Observed {
        let after = [0, 20, 399, 399, 900];
        let treated = self.chance.pick(&after).copied().unwrap_or(399);
        let group = |after| Group {
            merchants: MERCHANTS,
            earlier: count(45, 60),
            later: count(52, 60),
            after: count(after, 480),
        };
        Observed {
            treated: group(treated),
            untreated: group(380),
            checks: Checks {
                confirmed: MERCHANTS,
                ..Checks::default()
            },
            probes: Probes {
                failed: u32::from(self.chance.percent(15)),
                passed: 1,
                not_asked: 0,
            },
            minutes_since: 481 + self.chance.below(900),
        }
    }
}

fn count(tickets: u32, minutes: u64) -> Count {
    Count {
        tickets,
        merchant_minutes: u64::from(MERCHANTS) * minutes,
    }
}
