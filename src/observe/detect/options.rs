//! The detector's one setting, for all streams.

use serde::{Deserialize, Serialize};

/// Every number of the detector that an operator may change. The defaults are what ships; they
/// were chosen for being good on all development streams at once and flat around the choice,
/// rather than best on one. Similarities, and what is added to them or taken away, lie between 0
/// and 1; the config refuses what lies outside the ranges that its comments name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DetectOptions {
    /// How much the meaning counts beside the words. 0.8: long problem reports lose below 0.7,
    /// short questions in other words lose below 0.8.
    pub dense_share: f32,
    /// Similarity from which a ticket belongs to a pattern. 0.37: between 0.36 and 0.38 every
    /// stream keeps its quality; lower glues problems together, higher breaks them up.
    pub join: f32,
    /// Similarity of their centres from which two patterns are one. 0.55: at 0.5 different
    /// problems of one field are united.
    pub unite: f32,
    /// Likeness in meaning of two tight halves of a pattern up to which they are two problems.
    /// 0.45: of such halves 19 in 20 were; at 0.6 one in four is only another way to say it.
    pub split: f32,
    /// What an equal error signature adds: with it, hardly any likeness of the words is needed.
    pub same_signature: f32,
    /// What a different error signature takes away: little, since one problem often throws two.
    pub other_signature: f32,
    /// Tickets after which a pattern's centre forgets the oldest, so that it follows its problem.
    pub centre_memory: u32,
    /// How many tickets the shipped mean meaning is worth against the stream's own: 300 keeps a
    /// first day (a mean over a few dozen tickets is noise) and is outweighed within a week.
    pub mean_prior: f32,
    /// How many tickets the shipped word frequencies are worth against the stream's own.
    pub idf_prior: f32,
    /// What the title's words weigh beside the message's: titles are chosen to name the problem.
    pub title_weight: f32,
    /// What the log's words weigh beside the message's.
    pub log_weight: f32,
    /// What a pair of neighbouring words weighs beside a word. 0: pairs only cost time once the
    /// meaning is compared. Scripts without spaces always use pairs.
    pub bigram_weight: f32,
    /// Patterns held in memory at most; the longest silent leave first. 2,000 take about 10 MB
    /// and bound the time a ticket takes.
    pub max_patterns: usize,
    /// Fewest distinct merchants of an alert. At 3, chance alone alerts more than twice as often.
    pub min_merchants: u32,
    /// How many tickets of one merchant in a window are evidence at most (they never count as
    /// another merchant): reporting three times says more than once, a hundred times does not.
    pub repeats: u32,
    /// False alerts a day that are accepted. Fewer means later alerts and more missed ones.
    pub false_alerts_per_day: f64,
    /// Reports that a pattern never seen before is taken to have had.
    pub usual_shape: f64,
    /// Tickets among which it is taken to have had them.
    pub usual_tickets: f64,
    /// How alike two tickets have to be to count as neighbours by half. Neighbours lie closer to
    /// each other than a ticket to a pattern's centre, since no member's words are averaged away.
    /// 0.5: up to 0.55 recall and false alerts stay, at 0.45 one incident in a hundred is missed more.
    pub near: f32,
    /// How much less suffices within a second, wider circle. 0.1: incidents are found a little
    /// sooner than at 0.06; at 0.14 fewer are found.
    pub near_wider: f32,
    /// How much more than `near` is asked while the stream's own language is unknown (it fades
    /// like the weight of `mean_prior`). 0.1: without it the first day alerts for mixtures.
    pub near_at_first: f32,
    /// From `near` minus half of this to `near` plus half of it a neighbour counts more and more.
    /// A hard edge (0) alerted three times as often for nothing.
    pub near_width: f32,
    /// What lying in the same pattern adds to the likeness of two tickets. 0.05: at 0.15 four false
    /// alerts come for each three.
    pub near_same_pattern: f32,
    /// The share of a surge's tickets that were alerted before from which it is the same surge.
    pub overlap: f64,
    /// How near the middles of two surges have to lie for the later, which has tickets or its
    /// pattern in common with the earlier, to be the same. Of surges of one problem 95 in 100 lie
    /// nearer than 0.55. 0.5: at 0.3 one incident in a hundred is taken for a part of another, at 0.6
    /// none less and more alerts come twice.
    pub same_surge: f32,
    /// Hours without a surge after which a pattern may alert again: the longest window.
    pub quiet_hours: i64,
    /// Similarity from which an alert of one pattern speaks for another too, if besides the
    /// middles of the two surges lie as near as `family_surge`.
    pub family: f32,
    /// See `family`.
    pub family_surge: f32,
    /// The same where the two have more merchants in common than chance explains.
    pub family_sharing: f32,
    /// Attributes of a ticket that may name a cohort, besides `migration_stage`.
    pub cohort_attributes: Vec<String>,
}

impl Default for DetectOptions {
    fn default() -> Self {
        Self {
            dense_share: 0.8,
            join: 0.37,
            unite: 0.55,
            split: 0.45,
            same_signature: 0.35,
            other_signature: 0.1,
            centre_memory: 300,
            mean_prior: 300.0,
            idf_prior: 500.0,
            title_weight: 1.5,
            log_weight: 1.0,
            bigram_weight: 0.0,
            max_patterns: 2000,
            min_merchants: 4,
            repeats: 3,
            false_alerts_per_day: 0.05,
            usual_shape: 1.0,
            usual_tickets: 20.0,
            near: 0.5,
            near_wider: 0.1,
            near_at_first: 0.1,
            near_width: 0.3,
            near_same_pattern: 0.05,
            overlap: 0.15,
            same_surge: 0.5,
            family_surge: 0.5,
            quiet_hours: 6,
            family: 0.3,
            family_sharing: 0.15,
            cohort_attributes: Vec::new(),
        }
    }
}
