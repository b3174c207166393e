//! From single leads to a confidence for each class, in whole thousandths.

use crate::domain::RootCause;

/// The most that any number of leads amounts to: nothing here is ever certain.
const CEILING: u32 = 950;
/// How much of a rival's strength speaks against a class, in hundredths.
const RIVALRY: u32 = 50;
/// How much a ticket without any lead weighs beside one that has some, in hundredths: silence
/// is no contradiction, but it is no support either.
const SILENCE: u32 = 25;

/// Strength of each class, in thousandths, in the order of [`RootCause::ALL`]. That of `unknown`
/// is doubt: it speaks against every class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Strengths([u32; RootCause::ALL.len()]);

impl Strengths {
    /// The strength of leads, each a class and a confidence (0–100). The strongest lead of a class
    /// counts in full, each further one closes five sixths of what it would close alone:
    /// cues in one text are not quite independent.
    pub fn of(leads: impl IntoIterator<Item = (RootCause, u8)>) -> Self {
        let mut by_class: [Vec<u32>; RootCause::ALL.len()] = Default::default();
        for (class, confidence) in leads {
            by_class[class as usize].push(u32::from(confidence) * 10);
        }
        Self(by_class.map(|mut leads| {
            leads.sort_unstable_by(|a, b| b.cmp(a));
            let strength = leads.iter().enumerate().fold(0, |sum, (i, lead)| {
                let share = if i == 0 { *lead } else { lead * 5 / 6 };
                sum + (1000 - sum) * share / 1000
            });
            strength.min(CEILING)
        }))
    }

    /// Whether there was no lead at all.
    pub fn is_silent(&self) -> bool {
        self.0.iter().all(|strength| *strength == 0)
    }

    /// The mean over tickets, each with its weight. Tickets without a lead weigh less.
    pub fn mean(tickets: &[(Self, u32)]) -> Self {
        let weight = |strengths: &Self, weight: u32| {
            u64::from(if strengths.is_silent() {
                weight * SILENCE / 100
            } else {
                weight
            })
        };
        let total: u64 = tickets.iter().map(|(s, w)| weight(s, *w)).sum();
        let mut mean = Self::default();
        for (class, out) in mean.0.iter_mut().enumerate() {
            let sum: u64 = tickets
                .iter()
                .map(|(s, w)| u64::from(s.0[class]) * weight(s, *w))
                .sum();
            // A mean of values of at most 950 fits.
            *out = sum.checked_div(total).unwrap_or(0) as u32;
        }
        mean
    }

    /// With one more lead for a class, counted as a further one.
    pub fn with(mut self, class: RootCause, confidence: u8) -> Self {
        let own = &mut self.0[class as usize];
        let share = u32::from(confidence) * if *own == 0 { 10 } else { 5 };
        *own = (*own + (1000 - *own) * share / 1000).min(CEILING);
        self
    }

    /// The confidence in a class, 0–100: its strength less half of its strongest rival's and half
    /// of the doubt.
    pub fn confidence(&self, class: RootCause) -> u8 {
        let doubt = self.0[RootCause::Unknown as usize];
        let rival = RootCause::ALL
            .into_iter()
            .filter(|other| *other != class && *other != RootCause::Unknown)
            .map(|other| self.0[other as usize])
            .max()
            .unwrap_or(0);
        let against = (rival + doubt) * RIVALRY / 100;
        let net = self.0[class as usize].saturating_sub(against);
        // At most 950 / 10.
        ((net + 5) / 10) as u8
    }

    /// The class with the highest confidence and that confidence; of equals the first of
    /// [`RootCause::ALL`]; unknown and 0 where no class has any.
    pub fn best(&self) -> (RootCause, u8) {
        RootCause::ALL
            .into_iter()
            .filter(|class| *class != RootCause::Unknown)
            .map(|class| (class, self.confidence(class)))
            .fold((RootCause::Unknown, 0), |best, next| {
                if next.1 > best.1 { next } else { best }
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use RootCause::{MigrationIssue, PlatformBug, Unknown, WebhookConfiguration};

    #[test]
    fn rivals_and_doubt_take_confidence_away() {
        let alone = Strengths::of([(PlatformBug, 60)]);
        assert_eq!(alone.best(), (PlatformBug, 60));
        let rival = Strengths::of([(PlatformBug, 60), (MigrationIssue, 40)]);
        assert_eq!(rival.best(), (PlatformBug, 40));
        let doubt = Strengths::of([(PlatformBug, 60), (Unknown, 40)]);
        assert_eq!(doubt.best(), (PlatformBug, 40));
        assert_eq!(Strengths::default().best(), (Unknown, 0));
    }

    #[test]
    fn no_number_of_leads_is_certainty() {
        let many = Strengths::of(std::iter::repeat_n((PlatformBug, 95), 1000));
        assert_eq!(many.best(), (PlatformBug, 95));
    }

    #[test]
    fn silent_tickets_dilute_less_than_contradicting_ones() {
        let says = (Strengths::of([(WebhookConfiguration, 80)]), 100);
        let silent = (Strengths::default(), 100);
        let contradicts = (Strengths::of([(PlatformBug, 80)]), 100);
        let diluted = Strengths::mean(&[says, silent]).confidence(WebhookConfiguration);
        let contradicted = Strengths::mean(&[says, contradicts]).confidence(WebhookConfiguration);
        assert!(
            diluted > 60 && contradicted < 30,
            "{diluted} {contradicted}"
        );
    }
}
