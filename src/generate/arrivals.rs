//! When tickets come: rare, independent events with the rhythm of days and weeks.

use super::random::Random;
use jiff::Timestamp;

/// How busy each hour of the day is (UTC), in hundredths of the average.
const HOURS: [u64; 24] = [
    30, 22, 18, 16, 18, 26, 48, 88, 140, 178, 192, 186, 164, 168, 182, 178, 160, 138, 118, 104, 92,
    76, 58, 40,
];
/// How busy Saturdays and Sundays are, in hundredths of a working day.
const WEEKEND: u64 = 60;
/// Steps an average ticket: small enough that two tickets in one step do not matter.
const STEPS_A_TICKET: u64 = 8;
const DAY_MS: u64 = 86_400_000;

/// Moments of arrival, in order: at each small step a ticket comes or does not (a Bernoulli
/// process, which is close to Poisson and needs whole numbers only).
#[derive(Clone, Debug)]
pub struct Arrivals {
    random: Random,
    next_step_ms: i64,
    step_ms: u64,
}

impl Arrivals {
    /// About `per_day` arrivals a working day, from `start` on.
    pub fn new(seed: u64, start: Timestamp, per_day: u64) -> Self {
        Self {
            random: Random::new(seed, "arrivals", 0),
            next_step_ms: start.as_millisecond(),
            step_ms: (DAY_MS / per_day.max(1).saturating_mul(STEPS_A_TICKET)).max(1),
        }
    }
}

impl Iterator for Arrivals {
    type Item = Timestamp;

    fn next(&mut self) -> Option<Timestamp> {
        loop {
            let step = self.next_step_ms;
            let at = step + self.random.below(self.step_ms) as i64;
            self.next_step_ms += self.step_ms as i64;
            let busy = busyness(step);
            if self.random.chance(busy, 100 * 100 * STEPS_A_TICKET) {
                return Timestamp::from_millisecond(at).ok();
            }
            Timestamp::from_millisecond(step).ok()?;
        }
    }
}

/// How busy this moment is, in ten-thousandths of the average.
fn busyness(ms: i64) -> u64 {
    let hour = ms.div_euclid(3_600_000);
    // 1 January 1970 was a Thursday, day 4 counted from Sunday.
    let weekday = (hour.div_euclid(24) + 4).rem_euclid(7);
    let week = if weekday == 0 || weekday == 6 {
        WEEKEND
    } else {
        100
    };
    HOURS[hour.rem_euclid(24) as usize] * week
}

/// A random moment of the day that begins at `midnight_ms`, busy hours first.
pub fn moment(random: &mut Random, midnight_ms: i64) -> i64 {
    let total: u64 = HOURS.iter().sum();
    let mut at = random.below(total);
    let mut hour = 0;
    for (number, weight) in HOURS.iter().enumerate() {
        hour = number as i64;
        if at < *weight {
            break;
        }
        at -= weight;
    }
    midnight_ms + hour * 3_600_000 + random.below(3_600_000) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn come_in_order_at_about_the_wanted_rate_and_mostly_by_day() {
        let start: Timestamp = "2026-01-05T00:00:00Z".parse().unwrap();
        let end: Timestamp = "2026-01-09T00:00:00Z".parse().unwrap();
        let times: Vec<Timestamp> = Arrivals::new(3, start, 400)
            .take_while(|at| *at < end)
            .collect();
        assert!(times.is_sorted());
        assert!((1450..1750).contains(&times.len()), "{}", times.len());
        let night = times
            .iter()
            .filter(|at| at.as_second() % 86_400 < 6 * 3600)
            .count();
        assert!(night * 10 < times.len(), "{night} of {}", times.len());
    }

    #[test]
    fn end_with_the_calendar() {
        let last = Timestamp::MAX;
        assert!(Arrivals::new(3, last, 1).count() <= 1);
    }
}
