//! The detector's one setting, for all streams.

use serde::{Deserialize, Serialize};

/// Every number of the detector. The defaults are what ships.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DetectOptions {
    /// How much the meaning counts beside the words (0–1).
    pub dense_share: f32,
    /// Similarity from which a ticket belongs to a pattern.
    pub join: f32,
    /// Similarity from which two patterns are one.
    pub unite: f32,
    /// How a pattern's size enters (0: average similarity to its members, 1: to its centre).
    pub dense_gamma: f32,
    /// The same for words.
    pub lexical_gamma: f32,
    /// What an equal error signature adds.
    pub same_signature: f32,
    /// What a different error signature takes away.
    pub other_signature: f32,
    /// Tickets after which a pattern's centre forgets the oldest.
    pub centre_memory: u32,
    /// How many tickets the shipped mean is worth.
    pub mean_prior: f32,
    /// How many tickets the shipped word frequencies are worth.
    pub idf_prior: f32,
    /// What the title's words weigh beside the message's.
    pub title_weight: f32,
    /// What the log's words weigh beside the message's.
    pub log_weight: f32,
    /// Patterns held at most.
    pub max_patterns: usize,
    /// What a pair of neighbouring words weighs beside a word.
    pub bigram_weight: f32,
    /// Fewest distinct merchants of an alert.
    pub min_merchants: u32,
    /// False alerts a day that are accepted.
    pub false_alerts_per_day: f64,
    /// Reports that a pattern never seen before is taken to have had.
    pub usual_shape: f64,
    /// Tickets among which it is taken to have had them.
    pub usual_tickets: f64,
    /// Hours without a surge after which a pattern may alert again.
    pub quiet_hours: i64,
    /// Attributes of a ticket that may name a cohort, besides `migration_stage`.
    pub cohort_attributes: Vec<String>,
    /// Similarity from which an alert of one pattern speaks for another too.
    pub family: f32,
}

impl Default for DetectOptions {
    fn default() -> Self {
        Self {
            dense_share: 0.6,
            join: 0.42,
            unite: 0.62,
            dense_gamma: 0.5,
            lexical_gamma: 0.5,
            same_signature: 0.35,
            other_signature: 0.1,
            centre_memory: 300,
            mean_prior: 1000.0,
            idf_prior: 500.0,
            title_weight: 1.0,
            log_weight: 1.0,
            max_patterns: 2000,
            bigram_weight: 0.0,
            min_merchants: 4,
            false_alerts_per_day: 0.05,
            usual_shape: 0.6,
            usual_tickets: 60.0,
            quiet_hours: 6,
            cohort_attributes: Vec::new(),
            family: 0.5,
        }
    }
}
