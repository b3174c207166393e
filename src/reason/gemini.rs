//! Google's Gemini over `generateContent`.

use super::options::{GeminiOptions, Thinking};
use super::prompt::Prompt;
use super::provider::{Asked, Fault, Prices, Provider, Usage, short};
use super::wire::Wire;
use crate::net::Net;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use std::sync::Arc;

/// Its name in the config, on the command line and on cards.
pub const GEMINI: &str = "gemini";
/// Models of the 2.5 family think by a budget of tokens and not by a level.
const BUDGETS: [(Thinking, i32); 4] = [
    (Thinking::Minimal, 512),
    (Thinking::Low, 1_024),
    (Thinking::Medium, 4_096),
    (Thinking::High, 16_384),
];
/// Tickets may be rude, or quote an attack; only what is certainly harmful is refused.
const HARMS: [&str; 4] = [
    "HARM_CATEGORY_HARASSMENT",
    "HARM_CATEGORY_HATE_SPEECH",
    "HARM_CATEGORY_SEXUALLY_EXPLICIT",
    "HARM_CATEGORY_DANGEROUS_CONTENT",
];

/// Gemini, as configured.
pub struct Gemini {
    wire: Wire,
    options: GeminiOptions,
    key: SecretString,
}

impl Gemini {
    /// Over the endpoint `gemini` of this client.
    pub const fn new(net: Arc<Net>, options: GeminiOptions, key: SecretString) -> Self {
        Self {
            wire: Wire::new(net, GEMINI),
            options,
            key,
        }
    }

    /// The key goes in the header and nowhere else: a URL ends in logs.
    fn headers(&self) -> Vec<(String, String)> {
        let key = self.key.expose_secret().to_owned();
        vec![("x-goog-api-key".to_owned(), key)]
    }
}

#[async_trait::async_trait]
impl Provider for Gemini {
    fn name(&self) -> &'static str {
        GEMINI
    }

    fn model(&self) -> &str {
        &self.options.model
    }

    fn prices(&self) -> Prices {
        Prices {
            input: self.options.usd_per_million_input,
            output: self.options.usd_per_million_output,
        }
    }

    fn max_output_tokens(&self) -> u32 {
        self.options.max_output_tokens
    }

    async fn ask(&self, prompt: &Prompt) -> Asked {
        let GeminiOptions { version, model, .. } = &self.options;
        let path = format!("/{version}/models/{model}:generateContent");
        let body = request(&self.options, prompt);
        match self.wire.post(&path, self.headers(), &body).await {
            Ok(answer) => read(&answer),
            Err(fault) => Asked::failed(fault),
        }
    }

    async fn models(&self) -> Result<Vec<String>, Fault> {
        let path = format!("/{}/models?pageSize=1000", self.options.version);
        let answer = self.wire.get(&path, self.headers()).await?;
        let models = answer["models"].as_array();
        let names = models.into_iter().flatten().filter(|model| {
            let methods = model["supportedGenerationMethods"].as_array();
            methods.is_none_or(|methods| methods.iter().any(|name| name == "generateContent"))
        });
        Ok(names
            .filter_map(|model| model["name"].as_str())
            .map(|name| short(name.trim_start_matches("models/")))
            .collect())
    }
}

/// `store` is false always: some projects keep prompts by default. No temperature: newer models
/// refuse it. The last turn is the user's, as the interface demands.
fn request(options: &GeminiOptions, prompt: &Prompt) -> Value {
    let mut generation = json!({
        "maxOutputTokens": options.max_output_tokens,
        "responseMimeType": "application/json",
        "responseJsonSchema": prompt.schema,
    });
    if let Some(thinking) = thinking(&options.model, options.thinking) {
        generation["thinkingConfig"] = thinking;
    }
    let safety: Vec<Value> = HARMS
        .iter()
        .map(|harm| json!({"category": harm, "threshold": "BLOCK_ONLY_HIGH"}))
        .collect();
    json!({
        "systemInstruction": {"parts": [{"text": prompt.system}]},
        "contents": [{"role": "user", "parts": [{"text": prompt.user}]}],
        "generationConfig": generation,
        "safetySettings": safety,
        "store": false,
    })
}

/// Families before 2.5 do not think; 2.5 takes a budget, all later ones a level; both are a 400.
fn thinking(model: &str, wanted: Thinking) -> Option<Value> {
    let family = model.trim_start_matches("gemini-");
    let old = ["1.", "2.0"].iter().any(|start| family.starts_with(start));
    if wanted == Thinking::Default || old {
        return None;
    }
    if family.starts_with("2.5") {
        let (_, budget) = BUDGETS.iter().find(|(level, _)| *level == wanted)?;
        return Some(json!({"thinkingBudget": budget}));
    }
    let level = match wanted {
        Thinking::Default => return None,
        Thinking::Minimal => "MINIMAL",
        Thinking::Low => "LOW",
        Thinking::Medium => "MEDIUM",
        Thinking::High => "HIGH",
    };
    Some(json!({"thinkingLevel": level}))
}

fn read(answer: &Value) -> Asked {
    let counts = &answer["usageMetadata"];
    let count = |name: &str| counts[name].as_u64().unwrap_or(0);
    Asked {
        text: text(answer),
        model_version: short(answer["modelVersion"].as_str().unwrap_or_default()),
        usage: counts.is_object().then(|| Usage {
            prompt: count("promptTokenCount"),
            output: count("candidatesTokenCount").saturating_add(count("thoughtsTokenCount")),
        }),
    }
}

/// The text of the first candidate without its thoughts. Only STOP is success; a reason that is
/// not known yet is a failure too.
fn text(answer: &Value) -> Result<String, Fault> {
    if let Some(reason) = answer["promptFeedback"]["blockReason"].as_str() {
        return Err(Fault::Blocked(short(reason)));
    }
    let candidate = &answer["candidates"][0];
    let parts = candidate["content"]["parts"].as_array();
    let text: String = parts
        .into_iter()
        .flatten()
        .filter(|part| part["thought"] != true)
        .filter_map(|part| part["text"].as_str())
        .collect();
    match candidate["finishReason"].as_str() {
        Some("STOP") if text.trim().is_empty() => Err(Fault::Empty),
        Some("STOP") => Ok(text),
        Some("MAX_TOKENS") => Err(Fault::CutOff),
        Some("MALFORMED_RESPONSE") => Err(Fault::Malformed("MALFORMED_RESPONSE".to_owned())),
        Some(reason) => Err(Fault::Stopped(short(reason))),
        None if candidate.is_null() => Err(Fault::Empty),
        None => Err(Fault::Stopped("no finish reason".to_owned())),
    }
}
