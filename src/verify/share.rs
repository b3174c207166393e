//! Which share of the tickets is to be expected from the treated side if nothing was changed, as
//! a weighted set of possibilities, and how far an observed split departs from it.
//!
//! Given their sum, two Poisson counts split binomially, so rates are compared without knowing
//! how many tickets the day brings (Przyborowski and Wilenski, Biometrika 31, 1940). The share
//! itself is not known either: it is averaged over what is possible given the counts before the
//! treatment (the prior predictive p-value of Box, JRSS A 143, 1980).

/// Points at which a share is tried, over as many standard deviations to either side of its mean.
const SHARE_POINTS: u32 = 64;
const DEVIATIONS: f64 = 6.0;

/// Possibilities that are less likely than this, beside the likeliest, are left out.
const NEGLIGIBLE: f64 = 1e-9;

/// How alike merchants are thought to be before anything is counted: the shape of the gamma
/// distribution of their rates. 0.5 is very unlike: one merchant in three sends less than a
/// quarter of the average, one in twenty four times as much. Sums of gamma variables split as a
/// beta variable, so this one number gives the prior share of a group.
const MERCHANT_SHAPE: f64 = 0.5;

/// Half-lives of a trouble that fades by itself that are allowed for, in hours: shortest, longest.
const HALF_LIVES: (f64, f64) = (0.5, 24.0);

/// How many half-lives between the two are tried.
const HALF_LIFE_STEPS: u32 = 24;

/// A weighted set of expected shares; the weights sum to 1.
pub(super) struct Expected(Vec<(f64, f64)>);

/// Tickets and exposure in merchant-hours of both sides, before the treatment and after it.
pub(super) struct Sides {
    pub merchants: (f64, f64),
    pub tickets_before: (f64, f64),
    pub exposure_before: (f64, f64),
    pub exposure_after: (f64, f64),
}

/// Tickets and hours of the earlier and later half before the treatment, and the hours after it.
pub(super) struct Past {
    pub tickets: (f64, f64),
    pub hours: (f64, f64),
    pub hours_after: f64,
}

impl Expected {
    /// The treated side's share of all tickets after the treatment, from merchants who were not
    /// treated. Whatever happens to both sides alike, such as fading by itself, cancels out.
    pub fn beside_untreated(sides: &Sides) -> Self {
        let (a, b) = sides.merchants;
        let (a, b) = (a * MERCHANT_SHAPE, b * MERCHANT_SHAPE);
        let before = sides.exposure_before.0 / a / (sides.exposure_before.1 / b);
        let after = sides.exposure_after.0 / a / (sides.exposure_after.1 / b);
        let (k, rest) = sides.tickets_before;
        let size = a + b + k + rest;
        let mean = (a + k) / size;
        let reach = DEVIATIONS * (mean * (1.0 - mean) / (size + 1.0)).sqrt();
        let (from, to) = ((mean - reach).max(0.0), (mean + reach).min(1.0));
        let points = (0..SHARE_POINTS).map(|point| {
            // `seen` is the share among the tickets before, `share` at equal exposure.
            let seen = from + (to - from) * (f64::from(point) + 0.5) / f64::from(SHARE_POINTS);
            let share = tilted(seen, 1.0 / before).clamp(1e-12, 1.0 - 1e-12);
            let spacing = share.ln() + (1.0 - share).ln() - seen.ln() - (1.0 - seen).ln();
            let prior = (a - 1.0) * share.ln() + (b - 1.0) * (1.0 - share).ln();
            let likely = weighted_ln(k, seen) + weighted_ln(rest, 1.0 - seen);
            (prior + spacing + likely, tilted(share, after))
        });
        Self::normalised(points.collect())
    }

    /// The share of the tickets after the treatment among all, from the past alone: either the
    /// trouble goes on as it was, or it fades by itself, one as likely as the other beforehand.
    pub fn from_past(past: &Past) -> Self {
        let (first, second) = past.hours;
        let all = first + second + past.hours_after;
        let at = |fading: f64| {
            // Integral of exp(-fading t), as a share of the whole.
            let until = |t: f64| {
                if fading == 0.0 {
                    t
                } else {
                    -(-fading * t).exp_m1()
                }
            };
            let (e, both, whole) = (until(first), until(first + second), until(all));
            let likely =
                weighted_ln(past.tickets.0, e / both) + weighted_ln(past.tickets.1, 1.0 - e / both);
            (likely, (whole - both) / whole)
        };
        let mut points = vec![at(0.0)];
        let spread = (HALF_LIVES.1 / HALF_LIVES.0).ln() / f64::from(HALF_LIFE_STEPS - 1);
        for step in 0..HALF_LIFE_STEPS {
            let half_life = HALF_LIVES.0 * (spread * f64::from(step)).exp();
            let (likely, share) = at(std::f64::consts::LN_2 / half_life);
            points.push((likely - f64::from(HALF_LIFE_STEPS).ln(), share));
        }
        Self::normalised(points)
    }

    /// The probability of at most `k` of `n` on the treated side, were its rate `ratio` times the
    /// expected.
    pub fn at_most(&self, k: u64, n: u64, ratio: f64) -> f64 {
        if k >= n {
            return 1.0;
        }
        let tail = Tail::new(k, n);
        let weighted = self
            .0
            .iter()
            .map(|(w, share)| w * tail.at(tilted(*share, ratio)));
        weighted.sum()
    }

    /// The probability of at least `k` of `n`.
    pub fn at_least(&self, k: u64, n: u64, ratio: f64) -> f64 {
        match k.checked_sub(1) {
            Some(less) => 1.0 - self.at_most(less, n, ratio),
            None => 1.0,
        }
    }

    /// Whether the estimated ratio is at most `ratio` (the estimate leaves as much probability
    /// above it as below, half of the observed count's own counting to either side).
    pub fn is_at_most(&self, k: u64, n: u64, ratio: f64) -> bool {
        self.at_most(k, n, ratio) + 1.0 - self.at_least(k, n, ratio) <= 1.0
    }

    /// The estimated ratio, and the ends of its interval with `tail` on either side: the ratios
    /// that a test at that level would not reject.
    pub fn ratio(&self, k: u64, n: u64, tail: f64) -> (f64, f64, f64) {
        let middle = bisect(|ratio| !self.is_at_most(k, n, ratio));
        let low = bisect(|ratio| self.at_least(k, n, ratio) < tail);
        let high = bisect(|ratio| self.at_most(k, n, ratio) > tail);
        (middle, if k == 0 { 0.0 } else { low }, high)
    }

    fn normalised(points: Vec<(f64, f64)>) -> Self {
        let best = points.iter().map(|(ln, _)| *ln).fold(f64::MIN, f64::max);
        let mut points: Vec<_> = points
            .into_iter()
            .map(|(ln, share)| ((ln - best).exp(), share))
            .filter(|(weight, _)| *weight > NEGLIGIBLE)
            .collect();
        let total: f64 = points.iter().map(|(weight, _)| weight).sum();
        for (weight, _) in &mut points {
            *weight /= total;
        }
        Self(points)
    }
}

/// The share after one side's rate has been multiplied by `ratio`.
fn tilted(share: f64, ratio: f64) -> f64 {
    share * ratio / (share * ratio + 1.0 - share)
}

fn weighted_ln(count: f64, share: f64) -> f64 {
    if count == 0.0 {
        0.0
    } else {
        count * share.ln()
    }
}

/// The ratio at which `before` turns from true to false, between a thousandth and a thousand.
fn bisect(before: impl Fn(f64) -> bool) -> f64 {
    let (mut low, mut high) = (1e-3_f64.ln(), 1e3_f64.ln());
    for _ in 0..18 {
        let middle = f64::midpoint(low, high);
        if before(middle.exp()) {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high).exp()
}

/// P(X ≤ k) of binomial variables of one size, k < n, by the regularised incomplete beta function
/// I_x(n − k, k + 1) at x = 1 − share.
struct Tail {
    a: f64,
    b: f64,
    ln_beta: f64,
}

impl Tail {
    fn new(k: u64, n: u64) -> Self {
        // Counts of tickets are far below 2^52.
        let (a, b) = ((n - k) as f64, (k + 1) as f64);
        Self {
            a,
            b,
            ln_beta: ln_gamma(a) + ln_gamma(b) - ln_gamma(a + b),
        }
    }

    fn at(&self, share: f64) -> f64 {
        let (a, b, x) = (self.a, self.b, 1.0 - share);
        if x <= 0.0 || x >= 1.0 {
            return x.clamp(0.0, 1.0);
        }
        let front = (a * x.ln() + b * share.ln() - self.ln_beta).exp();
        if x < (a + 1.0) / (a + b + 2.0) {
            front * beta_fraction(a, b, x) / a
        } else {
            1.0 - front * beta_fraction(b, a, share) / b
        }
    }
}

/// The continued fraction of the incomplete beta function (DLMF 8.17.22) by Lentz's method.
fn beta_fraction(a: f64, b: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let away_from_zero = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / away_from_zero(1.0 - (a + b) * x / (a + 1.0));
    let mut fraction = d;
    // It takes about the square root of the greater parameter; five thousand serve 10^7 tickets.
    for step in 1..5000 {
        let m = f64::from(step);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut change = 1.0;
        for term in [even, odd] {
            d = 1.0 / away_from_zero(1.0 + term * d);
            c = away_from_zero(1.0 + term / c);
            change = c * d;
            fraction *= change;
        }
        if (change - 1.0).abs() < 1e-12 {
            break;
        }
    }
    fraction
}

/// ln Γ(x) for x > 0: Stirling's series (DLMF 5.11.1) after shifting x above 10, good to 1e-12.
fn ln_gamma(x: f64) -> f64 {
    let mut shift = 0.0;
    let mut x = x;
    while x < 10.0 {
        shift += x.ln();
        x += 1.0;
    }
    let r = 1.0 / (x * x);
    let series = (1.0 / 12.0 - r * (1.0 / 360.0 - r * (1.0 / 1260.0 - r / 1680.0))) / x;
    (x - 0.5) * x.ln() - x + 0.5 * std::f64::consts::TAU.ln() + series - shift
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many of 100 are expected.
    fn of_hundred(expected: &Expected) -> f64 {
        expected.0.iter().map(|(w, share)| w * share).sum::<f64>() * 100.0
    }

    #[test]
    fn the_binomial_tail_agrees_with_adding_up() {
        for (n, share) in [(1_u64, 0.3), (7, 0.5), (40, 0.02), (300, 0.9)] {
            let mut term = (1.0 - share as f64).powi(n as i32);
            let mut sum = 0.0;
            for k in 0..n {
                sum += term;
                let tail = Tail::new(k, n).at(share);
                assert!(
                    (tail - sum).abs() < 1e-9,
                    "{k} of {n} at {share}: {tail} {sum}"
                );
                term *= (n - k) as f64 / (k + 1) as f64 * share / (1.0 - share);
            }
        }
    }

    #[test]
    fn with_many_tickets_before_the_share_is_theirs() {
        let sides = Sides {
            merchants: (5.0, 5.0),
            tickets_before: (3000.0, 1000.0),
            exposure_before: (10.0, 10.0),
            exposure_after: (10.0, 10.0),
        };
        let expected = Expected::beside_untreated(&sides);
        assert!((of_hundred(&expected) - 75.0).abs() < 0.5);
        let (middle, low, high) = expected.ratio(75, 100, 0.025);
        assert!(low < middle && middle < high && (0.95..1.05).contains(&middle));
    }

    #[test]
    fn a_falling_past_lowers_what_is_expected() {
        let expect = |tickets| {
            of_hundred(&Expected::from_past(&Past {
                tickets,
                hours: (1.0, 1.0),
                hours_after: 2.0,
            }))
        };
        assert!(expect((40.0, 10.0)) < 15.0, "{}", expect((40.0, 10.0)));
        assert!(expect((40.0, 40.0)) > 35.0, "{}", expect((40.0, 40.0)));
    }
}
