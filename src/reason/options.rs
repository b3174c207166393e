//! `[reason]`: which models are asked, how long, and for how much money.

use jiff::SignedDuration;
use serde::Deserialize;

/// `[reason]` of the config.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReasonOptions {
    /// Providers in the order in which they are asked; those that are not set up are passed over.
    pub providers: Vec<String>,
    /// A diagnosis is there after this time, whatever the models do; at least 1 s.
    pub deadline: SignedDuration,
    /// The next provider is asked as well when one has not answered after this time.
    pub hedge_after: SignedDuration,
    /// After so many failures in a row a provider is left alone for a while; at least 1.
    pub breaker_failures: u32,
    /// For how long.
    pub breaker_rest: SignedDuration,
    /// Tokens that all models together may use in a day (UTC); 0 asks no model.
    pub day_tokens: u64,
    /// US dollars that all models together may cost in a day (UTC), by the prices below.
    pub day_usd: f64,
    /// How many answers are remembered, in memory, so that the same question is not paid twice.
    pub remembered_answers: u32,
    /// Google's Gemini.
    pub gemini: GeminiOptions,
    /// Any server that speaks OpenAI's chat completions: Ollama, vLLM, llama.cpp.
    pub openai: OpenAiOptions,
}

/// `[reason.gemini]`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GeminiOptions {
    /// Scheme and host; the environment's `GEMINI_API_BASE` goes before it.
    pub base_url: String,
    /// Version of the interface: the first part of the path.
    pub version: String,
    /// The model's name.
    pub model: String,
    /// The variable that holds the key; without it Gemini is not asked.
    pub key_env: String,
    /// How much it thinks.
    pub thinking: Thinking,
    /// The most tokens of an answer, thinking included; at least 4096.
    pub max_output_tokens: u32,
    /// US dollars for a million tokens of prompt.
    pub usd_per_million_input: f64,
    /// US dollars for a million tokens of answer.
    pub usd_per_million_output: f64,
}

/// How much a model thinks before it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Thinking {
    /// As the model does by itself.
    Default,
    /// As little as it can.
    Minimal,
    /// A little.
    Low,
    /// More.
    Medium,
    /// Much.
    High,
}

/// `[reason.openai]`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenAiOptions {
    /// Everything before `/chat/completions`; empty: not set up.
    pub base_url: String,
    /// The model's name.
    pub model: String,
    /// The variable that holds the key, if the server wants one.
    #[serde(default)]
    pub key_env: Option<String>,
    /// Whether it may lie in a private network or on this machine.
    pub allow_private: bool,
    /// Whether plain http may leave this machine.
    pub allow_plain_http: bool,
    /// Whether the server is asked to hold its answer to a JSON schema.
    pub json_schema: bool,
    /// The most tokens of an answer.
    pub max_output_tokens: u32,
    /// US dollars for a million tokens of prompt; 0 for a model of one's own.
    pub usd_per_million_input: f64,
    /// US dollars for a million tokens of answer.
    pub usd_per_million_output: f64,
}
