//! Why a problem happens, how sure we are, and on what that stands.

use super::{IncidentId, RunbookId, Severity, TicketId};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The class of a root cause.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum RootCause {
    /// The merchant's or platform's webhook set-up.
    WebhookConfiguration,
    /// A defect in the platform, an SDK, a plugin or a starter.
    PlatformBug,
    /// Something the move from hosted to headless left behind or broke.
    MigrationIssue,
    /// The documentation is missing, wrong or misleading.
    DocumentationGap,
    /// The merchant's own settings.
    MerchantConfiguration,
    /// Somebody else's service is down.
    ThirdPartyOutage,
    /// A fair reader could not tell.
    #[default]
    Unknown,
}

impl RootCause {
    /// Every class, `Unknown` last.
    pub const ALL: [Self; 7] = [
        Self::WebhookConfiguration,
        Self::PlatformBug,
        Self::MigrationIssue,
        Self::DocumentationGap,
        Self::MerchantConfiguration,
        Self::ThirdPartyOutage,
        Self::Unknown,
    ];

    /// The name used on the wire, in policies and in runbooks.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::WebhookConfiguration => "webhook_configuration",
            Self::PlatformBug => "platform_bug",
            Self::MigrationIssue => "migration_issue",
            Self::DocumentationGap => "documentation_gap",
            Self::MerchantConfiguration => "merchant_configuration",
            Self::ThirdPartyOutage => "third_party_outage",
            Self::Unknown => "unknown",
        }
    }

    /// The class in words, for a person.
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::WebhookConfiguration => "webhook configuration",
            Self::PlatformBug => "a defect in the platform",
            Self::MigrationIssue => "a migration issue",
            Self::DocumentationGap => "a gap in the documentation",
            Self::MerchantConfiguration => "the merchant's configuration",
            Self::ThirdPartyOutage => "an outage at a third party",
            Self::Unknown => "not known",
        }
    }
}

impl std::str::FromStr for RootCause {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|class| class.as_str() == text);
        found.ok_or_else(|| format!("{text:?} is no class of root causes"))
    }
}

impl fmt::Display for RootCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How far the evidence carries, set by rule from what stands, never by a model.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Verdict {
    /// Not enough stands.
    #[default]
    Inconclusive,
    /// Evidence stands and nothing contradicts it.
    Likely,
    /// An operator's own signature or rule matched, with standing evidence.
    Confirmed,
}

impl Verdict {
    /// The name used on the wire and on cards.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Inconclusive => "INCONCLUSIVE",
            Self::Likely => "LIKELY",
            Self::Confirmed => "CONFIRMED",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Who reached a class. What the class may support depends on it: only code that is no model
/// can support an automatic action (see [`Reach::supports_auto`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// A model said so.
    Model,
    /// Text similarity to a runbook or a past incident.
    Retrieval,
    /// A rule of the operator's (`data/rules.toml`).
    Rule,
    /// An error signature of an operator's runbook.
    Signature,
}

impl Reach {
    /// Whether a class reached this way may support an automatic action.
    pub const fn supports_auto(self) -> bool {
        matches!(self, Self::Rule | Self::Signature)
    }

    /// How the class was reached, in words for a card.
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::Model => "a model's judgement",
            Self::Retrieval => "similarity to a runbook",
            Self::Rule => "a rule of ours",
            Self::Signature => "an error signature",
        }
    }
}

/// Where a quote stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "id")]
pub enum EvidenceSource {
    /// A ticket's texts.
    Ticket(TicketId),
    /// A runbook's text.
    Runbook(RunbookId),
    /// A past incident's summary.
    Incident(IncidentId),
}

impl fmt::Display for EvidenceSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ticket(id) => write!(f, "ticket {id}"),
            Self::Runbook(id) => write!(f, "runbook {id}"),
            Self::Incident(id) => write!(f, "incident {id}"),
        }
    }
}

/// A quote that code has found standing in its source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// Where it stands.
    pub source: EvidenceSource,
    /// The words, exactly as they stand there (redacted), at most 300 characters.
    pub quote: String,
}

/// One possible cause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hypothesis {
    /// Its class.
    pub root_cause: RootCause,
    /// Why it would explain the tickets, one or two sentences.
    pub explanation: String,
    /// The runbook that describes it, where one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runbook: Option<RunbookId>,
    /// Who reached it.
    pub reach: Reach,
    /// 0–100.
    pub confidence: u8,
    /// Quotes that stand.
    pub evidence: Vec<Evidence>,
    /// What speaks against it, may be empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub against: Vec<String>,
    /// What would tell it apart from the others; a question one could ask. May be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub would_tell: String,
}

/// What reasoning answered about an incident or a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnosis {
    /// The class of the best hypothesis that stands, or unknown.
    pub root_cause: RootCause,
    /// Who reached that class; what it may support follows from it.
    pub reach: Reach,
    /// How far the evidence carries.
    pub verdict: Verdict,
    /// 0–100, of the best hypothesis.
    pub confidence: u8,
    /// What code that is no model makes of it: the only part an automatic action may rest on.
    pub grounded: Grounded,
    /// One or two sentences for a person.
    pub explanation: String,
    /// At most three, best first.
    pub hypotheses: Vec<Hypothesis>,
    /// What was taken for granted, may be empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub assumptions: Vec<String>,
    /// Claims that were dropped because no quote stood, in words; may be empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dropped: Vec<String>,
    /// Tickets, and answers of models, that look like an attack, in words; may be empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suspicious: Vec<String>,
    /// Where our own rules and a model differ, in words; empty where they do not, or where no
    /// model answered.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub disagreement: String,
    /// Whether a model reads it otherwise than our own rules, with a standing quote: then nothing
    /// happens without a person.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub contested: bool,
    /// The one question that would help most, ready to be sent to the merchant; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub ask_merchant: String,
    /// How urgent the diagnoser finds it.
    pub priority: Severity,
    /// The runbook whose texts and actions apply, where one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runbook: Option<RunbookId>,
    /// Who answered: `offline`, `gemini`, `openai`.
    pub provider: String,
    /// Version of the model, or of the offline rules and runbooks.
    pub model_version: String,
    /// What was asked of whom, in words: "no model was asked: none is configured".
    pub provider_note: String,
    /// Tokens used, 0 offline.
    #[serde(default)]
    pub tokens: u64,
    /// Cost in millionths of a US dollar, 0 offline.
    #[serde(default)]
    pub cost_micros: u64,
    /// Which version of which prompt a model was asked with; empty offline.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub prompt_version: String,
    /// What the confidence is worth by how earlier answers turned out, 0–100; none where too few
    /// are known. Shown, and never looked at by a policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calibrated: Option<u8>,
    /// Every request to a model that this answer took.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<ModelCall>,
}

impl Diagnosis {
    /// The hypothesis that the answer stands on, or that comes nearest to one. A model's is not,
    /// where the answer is not the model's.
    pub fn leading(&self) -> Option<&Hypothesis> {
        self.hypotheses
            .first()
            .filter(|best| best.reach != Reach::Model || best.root_cause == self.root_cause)
    }

    /// All other hypotheses.
    pub fn others(&self) -> &[Hypothesis] {
        let first = usize::from(self.leading().is_some());
        self.hypotheses.get(first..).unwrap_or_default()
    }

    /// Who reached its class, as calibration counts it: the model, or our own rules.
    pub fn answered_by(&self) -> &str {
        match self.reach {
            Reach::Model => &self.provider,
            _ => "offline",
        }
    }

    /// The same without what only a model reached: what may be said where no person reads it first.
    pub fn without_model(&self) -> Self {
        if self.reach != Reach::Model {
            return self.clone();
        }
        Self {
            root_cause: self.grounded.root_cause,
            confidence: self.grounded.confidence,
            verdict: self.grounded.verdict,
            explanation: String::new(),
            runbook: None,
            ..self.clone()
        }
    }

    /// Whether another diagnosis says the same, whatever either has cost.
    pub fn says_the_same(&self, other: &Self) -> bool {
        let bare = |found: &Self| Self {
            tokens: 0,
            cost_micros: 0,
            calls: Vec::new(),
            provider_note: String::new(),
            calibrated: None,
            ..found.clone()
        };
        bare(self) == bare(other)
    }
}

/// One request to a model: what the ledger keeps.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelCall {
    /// `gemini`, `openai`.
    pub provider: String,
    /// The model that was asked for.
    pub model: String,
    /// The model that answered, as the provider says; may be empty.
    pub model_version: String,
    /// `answered`, or what went wrong, in words.
    pub outcome: String,
    /// Tokens of the prompt; an estimate where no answer came.
    pub prompt_tokens: u64,
    /// Tokens of the answer, thinking included.
    pub output_tokens: u64,
    /// Cost in millionths of a US dollar, by the configured prices.
    pub cost_micros: u64,
}

/// The class that an operator's signature or rule reached without any model; `unknown` and 0
/// where none did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grounded {
    /// The class.
    pub root_cause: RootCause,
    /// 0–100.
    pub confidence: u8,
    /// How far the evidence carries without any model.
    #[serde(default)]
    pub verdict: Verdict,
}
