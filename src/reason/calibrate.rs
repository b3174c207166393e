//! What a confidence is worth, learnt from how earlier answers turned out: Platt scaling, fitted
//! with few data. The fit of a class is drawn towards that of its provider, and that of the
//! provider towards the confidence as it stands.

/// Bins of ten points each; 100 falls into the last.
pub const BINS: usize = 10;
/// How strongly a fit is drawn to what it starts from. A judgement pulls with at most a quarter, so
/// about sixteen of them weigh as much as the start.
const PULL: f64 = 4.0;
/// With less judged than this, in half judgements, nothing is said.
const LEAST: u32 = 10;
/// Newton's method on two smooth convex parameters is done long before.
const STEPS: usize = 25;

/// How answers of one kind turned out, by their confidence, in half judgements.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Right and wrong in each bin.
    pub bins: [[u32; 2]; BINS],
}

impl Tally {
    /// The bin of a confidence.
    pub fn bin(confidence: u8) -> usize {
        (usize::from(confidence) / 10).min(BINS - 1)
    }

    /// Adds a judgement of this weight, in halves.
    pub fn add(&mut self, confidence: u8, right: bool, weight: u32) {
        let cell = &mut self.bins[Self::bin(confidence)][usize::from(!right)];
        *cell = cell.saturating_add(weight);
    }

    /// Takes a judgement back, because a better one of the same answer came.
    pub fn take(&mut self, confidence: u8, right: bool, weight: u32) {
        let cell = &mut self.bins[Self::bin(confidence)][usize::from(!right)];
        *cell = cell.saturating_sub(weight);
    }

    /// Everything judged, in halves.
    pub fn total(&self) -> u32 {
        self.bins.iter().flatten().sum()
    }

    /// Both together.
    pub fn plus(mut self, other: &Self) -> Self {
        for (own, others) in self
            .bins
            .iter_mut()
            .flatten()
            .zip(other.bins.iter().flatten())
        {
            *own = own.saturating_add(*others);
        }
        self
    }
}

/// What this confidence is worth, 0–100, by how answers of the class and of its whole provider
/// turned out; none while too little is known.
pub fn calibrated(confidence: u8, class: &Tally, provider: &Tally) -> Option<u8> {
    if provider.total() < LEAST {
        return None;
    }
    let plain = Fit {
        slope: 1.0,
        shift: 0.0,
    };
    let worth = Fit::of(class, Fit::of(provider, plain)).worth(f64::from(confidence) / 100.0);
    // Between 0 and 1, so it fits.
    Some((worth * 100.0).round() as u8)
}

#[derive(Clone, Copy, Debug)]
struct Fit {
    slope: f64,
    shift: f64,
}

impl Fit {
    fn of(tally: &Tally, start: Self) -> Self {
        let mut fit = start;
        for _ in 0..STEPS {
            // Gradient and curvature of the penalised log loss.
            let (mut g0, mut g1) = (
                PULL * (fit.slope - start.slope),
                PULL * (fit.shift - start.shift),
            );
            let (mut h00, mut h01, mut h11) = (PULL, 0.0, PULL);
            for (bin, cell) in tally.bins.iter().enumerate() {
                let [right, wrong] = cell.map(|halves| f64::from(halves) / 2.0);
                let x = logit((bin as f64 * 10.0 + 5.0) / 100.0);
                let p = sigmoid(fit.slope * x + fit.shift);
                let all = right + wrong;
                let miss = all * p - right;
                let bend = all * p * (1.0 - p);
                g0 += miss * x;
                g1 += miss;
                h00 += bend * x * x;
                h01 += bend * x;
                h11 += bend;
            }
            let det = h00 * h11 - h01 * h01;
            fit.slope -= (h11 * g0 - h01 * g1) / det;
            fit.shift -= (h00 * g1 - h01 * g0) / det;
        }
        // More confidence is never worth less.
        fit.slope = fit.slope.max(0.0);
        fit
    }

    fn worth(self, confidence: f64) -> f64 {
        sigmoid(self.slope * logit(confidence) + self.shift)
    }
}

fn logit(p: f64) -> f64 {
    let p = p.clamp(0.01, 0.99);
    (p / (1.0 - p)).ln()
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(judged: &[(u8, u32, u32)]) -> Tally {
        let mut tally = Tally::default();
        for (confidence, right, wrong) in judged {
            tally.add(*confidence, true, right * 2);
            tally.add(*confidence, false, wrong * 2);
        }
        tally
    }

    #[test]
    fn little_known_says_nothing_and_a_little_more_moves_a_little() {
        let few = tally(&[(80, 0, 4)]);
        assert_eq!(calibrated(80, &few, &few), None);
        let none = Tally::default();
        let some = tally(&[(80, 2, 4)]);
        let worth = calibrated(80, &none, &some).unwrap();
        assert!((50..80).contains(&worth), "{worth}");
    }

    #[test]
    fn many_judgements_tell_what_a_confidence_is_worth() {
        let sure = tally(&[(85, 60, 40), (55, 30, 70), (25, 10, 90)]);
        for (confidence, share) in [(85, 60), (55, 30), (25, 10)] {
            let worth = calibrated(confidence, &sure, &sure).unwrap();
            assert!(worth.abs_diff(share) <= 8, "{confidence}: {worth}");
        }
        let honest = tally(&[(85, 85, 15), (55, 55, 45), (25, 25, 75)]);
        for confidence in [25, 55, 85] {
            let worth = calibrated(confidence, &honest, &honest).unwrap();
            assert!(worth.abs_diff(confidence) <= 4, "{confidence}: {worth}");
        }
    }

    #[test]
    fn a_class_without_judgements_is_worth_what_its_provider_is() {
        let provider = tally(&[(85, 30, 70)]);
        let alone = calibrated(85, &Tally::default(), &provider).unwrap();
        let class = tally(&[(85, 20, 0)]);
        let better = calibrated(85, &class, &provider).unwrap();
        assert!(alone < 50 && better > alone + 20, "{alone} {better}");
    }

    #[test]
    fn what_is_taken_back_leaves_no_trace() {
        let mut tally = Tally::default();
        tally.add(100, false, 1);
        tally.take(100, false, 1);
        assert_eq!(tally, Tally::default());
    }
}
