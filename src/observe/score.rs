//! How well an assignment agrees with labels: AMI, ARI, V-measure and BCubed.

use serde::Serialize;
use std::collections::BTreeMap;

/// A label that says: this ticket belongs to nothing.
const NOISE: &str = "__noise__";

/// The figures, each at most 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Scores {
    /// Tickets that have a label.
    pub tickets: usize,
    /// Adjusted mutual information (Vinh, Epps and Bailey 2010; arithmetic mean).
    pub ami: f64,
    /// Adjusted Rand index (Hubert and Arabie 1985).
    pub ari: f64,
    /// V-measure at beta 1 (Rosenberg and Hirschberg 2007).
    pub v_measure: f64,
    /// BCubed precision (Bagga and Baldwin 1998).
    pub bcubed_precision: f64,
    /// BCubed recall.
    pub bcubed_recall: f64,
    /// Harmonic mean of the two.
    pub bcubed_f1: f64,
    /// Different patterns that were assigned.
    pub patterns: usize,
    /// Different labels.
    pub labels: usize,
}

/// Reads labels: a ticket id and its label a line, separated by a tab; further columns and a
/// header line (first column `ticket_id`) are ignored.
pub fn read_labels(text: &str) -> BTreeMap<String, String> {
    text.lines()
        .filter_map(|line| {
            let mut columns = line.split('\t');
            let (id, label) = (columns.next()?, columns.next()?);
            (id != "ticket_id").then(|| (id.to_owned(), label.trim_end().to_owned()))
        })
        .collect()
}

/// Scores what was assigned to each labelled ticket. A ticket without an assignment, and one
/// labelled `__noise__`, is a group of its own.
pub fn score(
    labels: &BTreeMap<String, String>,
    assigned: &BTreeMap<String, Option<String>>,
) -> Scores {
    let (mut gold_numbers, mut our_numbers) = (BTreeMap::new(), BTreeMap::new());
    let mut joint: BTreeMap<(usize, usize), f64> = BTreeMap::new();
    for (id, label) in labels {
        let gold = if label == NOISE {
            (true, id)
        } else {
            (false, label)
        };
        let ours = match assigned.get(id) {
            Some(Some(pattern)) => (false, pattern),
            _ => (true, id),
        };
        let next = gold_numbers.len();
        let gold = *gold_numbers.entry(gold).or_insert(next);
        let next = our_numbers.len();
        let ours = *our_numbers.entry(ours).or_insert(next);
        *joint.entry((gold, ours)).or_default() += 1.0;
    }
    let mut gold_sizes = vec![0.0; gold_numbers.len()];
    let mut our_sizes = vec![0.0; our_numbers.len()];
    for ((gold, ours), count) in &joint {
        gold_sizes[*gold] += count;
        our_sizes[*ours] += count;
    }
    let named =
        |numbers: &BTreeMap<(bool, &String), usize>| numbers.keys().filter(|key| !key.0).count();
    Table {
        total: labels.len() as f64,
        joint,
        gold_sizes,
        our_sizes,
    }
    .scores(named(&our_numbers), named(&gold_numbers))
}

struct Table {
    total: f64,
    joint: BTreeMap<(usize, usize), f64>,
    gold_sizes: Vec<f64>,
    our_sizes: Vec<f64>,
}

impl Table {
    fn scores(&self, patterns: usize, labels: usize) -> Scores {
        let n = self.total;
        let sizes = |gold: usize, ours: usize| (self.gold_sizes[gold], self.our_sizes[ours]);
        let (mut information, mut precision, mut recall) = (0.0, 0.0, 0.0);
        for ((gold, ours), count) in &self.joint {
            let (a, b) = sizes(*gold, *ours);
            information += count / n * (count * n / (a * b)).ln();
            precision += count * count / b / n;
            recall += count * count / a / n;
        }
        let (gold_entropy, our_entropy) =
            (entropy(&self.gold_sizes, n), entropy(&self.our_sizes, n));
        let mean = (gold_entropy + our_entropy) / 2.0;
        let expected = expected_information(&self.gold_sizes, &self.our_sizes, n);
        Scores {
            tickets: n as usize,
            ami: ratio(information - expected, mean - expected),
            ari: self.rand(),
            v_measure: ratio(information, mean),
            bcubed_precision: precision,
            bcubed_recall: recall,
            bcubed_f1: ratio(2.0 * precision * recall, precision + recall),
            patterns,
            labels,
        }
    }

    fn rand(&self) -> f64 {
        let pairs = |count: f64| count * (count - 1.0) / 2.0;
        let both: f64 = self.joint.values().map(|count| pairs(*count)).sum();
        let gold: f64 = self.gold_sizes.iter().map(|count| pairs(*count)).sum();
        let ours: f64 = self.our_sizes.iter().map(|count| pairs(*count)).sum();
        let expected = gold * ours / pairs(self.total);
        ratio(both - expected, (gold + ours) / 2.0 - expected)
    }
}

/// One over the other; 1 where nothing is left to explain (both partitions are trivial).
fn ratio(part: f64, whole: f64) -> f64 {
    if whole.abs() < 1.0e-12 || !whole.is_finite() {
        1.0
    } else {
        part / whole
    }
}

fn entropy(sizes: &[f64], n: f64) -> f64 {
    sizes.iter().map(|size| -size / n * (size / n).ln()).sum()
}

/// The mutual information that two random partitions of these sizes share on the average.
/// Equal sizes are computed once: many patterns hold a single ticket.
fn expected_information(gold: &[f64], ours: &[f64], n: f64) -> f64 {
    let logs = log_factorials(n as usize);
    let log = |count: f64| logs.get(count as usize).copied().unwrap_or(0.0);
    let (gold, ours) = (by_size(gold), by_size(ours));
    let mut sum = 0.0;
    for (a, times_a) in &gold {
        for (b, times_b) in &ours {
            let (a, b) = (*a as f64, *b as f64);
            let fixed = log(a) + log(b) + log(n - a) + log(n - b) - log(n);
            let mut count = (a + b - n).max(1.0);
            while count <= a.min(b) {
                let chance =
                    fixed - log(count) - log(a - count) - log(b - count) - log(n - a - b + count);
                sum += times_a * times_b * count / n * (n * count / (a * b)).ln() * chance.exp();
                count += 1.0;
            }
        }
    }
    sum
}

fn by_size(sizes: &[f64]) -> BTreeMap<usize, f64> {
    let mut out = BTreeMap::new();
    for size in sizes {
        *out.entry(*size as usize).or_default() += 1.0;
    }
    out
}

fn log_factorials(n: usize) -> Vec<f64> {
    let mut out = vec![0.0; n + 1];
    for number in 1..=n {
        out[number] = out[number - 1] + (number as f64).ln();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scored(pairs: &[(&str, Option<&str>)]) -> Scores {
        let labels = pairs
            .iter()
            .enumerate()
            .map(|(i, p)| (format!("t{i}"), p.0.to_owned()))
            .collect();
        let assigned = pairs
            .iter()
            .enumerate()
            .map(|(i, p)| (format!("t{i}"), p.1.map(str::to_owned)))
            .collect();
        score(&labels, &assigned)
    }

    #[test]
    fn a_perfect_assignment_scores_one() {
        let all = scored(&[
            ("a", Some("P-1")),
            ("a", Some("P-1")),
            ("b", Some("P-2")),
            ("b", Some("P-2")),
        ]);
        for figure in [all.ami, all.ari, all.v_measure, all.bcubed_f1] {
            assert!((figure - 1.0).abs() < 1.0e-9, "{all:?}");
        }
    }

    /// Reference values from scikit-learn 1.9 (`adjusted_mutual_info_score`, `adjusted_rand_score`,
    /// `v_measure_score`) on gold aaabbbcc and assigned 11122333.
    #[test]
    fn figures_agree_with_the_reference() {
        let pairs = [
            ("a", "1"),
            ("a", "1"),
            ("a", "1"),
            ("b", "2"),
            ("b", "2"),
            ("b", "3"),
            ("c", "3"),
            ("c", "3"),
        ];
        let pairs: Vec<_> = pairs.iter().map(|(g, p)| (*g, Some(*p))).collect();
        let all = scored(&pairs);
        assert!((all.ari - REFERENCE[0]).abs() < 1.0e-6, "{all:?}");
        assert!((all.ami - REFERENCE[1]).abs() < 1.0e-6, "{all:?}");
        assert!((all.v_measure - REFERENCE[2]).abs() < 1.0e-6, "{all:?}");
    }

    const REFERENCE: [f64; 3] = [0.619_047_619, 0.659_836_325, 0.779_436_519];

    #[test]
    fn tickets_without_a_pattern_and_noise_are_groups_of_their_own() {
        let all = scored(&[
            ("__noise__", None),
            ("__noise__", None),
            ("a", Some("P-1")),
            ("a", Some("P-1")),
        ]);
        assert!((all.bcubed_f1 - 1.0).abs() < 1.0e-9);
        assert_eq!((all.patterns, all.labels), (1, 1));
    }

    #[test]
    fn labels_may_have_a_header_and_further_columns() {
        let labels = read_labels("ticket_id\ttopic\tcause\nT1\ta\tx\nT2\tb\n\n");
        assert_eq!(labels.len(), 2);
        assert_eq!(labels["T1"], "a");
    }
}
