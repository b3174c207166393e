//! Any server that speaks OpenAI's chat completions: Ollama, vLLM, llama.cpp. Only the part that
//! all of them understand is used, and nothing they promise about the answer is believed.

use super::options::OpenAiOptions;
use super::prompt::Prompt;
use super::provider::{Asked, Fault, Prices, Provider, Usage, short};
use super::wire::Wire;
use crate::net::Net;
use serde_json::{Value, json};
use std::sync::Arc;

/// Its name in the config, on the command line and on cards.
pub const OPENAI: &str = "openai";

/// The server, as configured. Its key is the endpoint's bearer token.
pub struct OpenAi {
    wire: Wire,
    options: OpenAiOptions,
}

impl OpenAi {
    /// Over the endpoint `openai` of this client.
    pub const fn new(net: Arc<Net>, options: OpenAiOptions) -> Self {
        Self {
            wire: Wire::new(net, OPENAI),
            options,
        }
    }
}

#[async_trait::async_trait]
impl Provider for OpenAi {
    fn name(&self) -> &'static str {
        OPENAI
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
        let body = request(&self.options, prompt);
        match self.wire.post("/chat/completions", Vec::new(), &body).await {
            Ok(answer) => read(&answer),
            Err(fault) => Asked::failed(fault),
        }
    }

    async fn models(&self) -> Result<Vec<String>, Fault> {
        let answer = self.wire.get("/models", Vec::new()).await?;
        let models = answer["data"].as_array();
        let names = models
            .into_iter()
            .flatten()
            .filter_map(|m| m["id"].as_str());
        Ok(names.map(short).collect())
    }
}

fn request(options: &OpenAiOptions, prompt: &Prompt) -> Value {
    let mut body = json!({
        "model": options.model,
        "messages": [
            {"role": "system", "content": prompt.system},
            {"role": "user", "content": prompt.user},
        ],
        "max_tokens": options.max_output_tokens,
        "stream": false,
    });
    if options.json_schema {
        body["response_format"] = json!({
            "type": "json_schema",
            "json_schema": {"name": "diagnosis", "strict": true, "schema": prompt.schema},
        });
    }
    body
}

fn read(answer: &Value) -> Asked {
    let usage = &answer["usage"];
    let count = |name: &str| usage[name].as_u64().unwrap_or(0);
    let choice = &answer["choices"][0];
    let text = choice["message"]["content"].as_str().unwrap_or_default();
    let text = match choice["finish_reason"].as_str() {
        Some("length") => Err(Fault::CutOff),
        Some("content_filter") => Err(Fault::Blocked("content_filter".to_owned())),
        _ if choice["message"]["refusal"].is_string() => Err(Fault::Stopped("refusal".to_owned())),
        // Some servers leave the reason out.
        Some("stop") | None if text.trim().is_empty() => Err(Fault::Empty),
        Some("stop") | None => Ok(text.to_owned()),
        Some(reason) => Err(Fault::Stopped(short(reason))),
    };
    Asked {
        text,
        model_version: short(answer["model"].as_str().unwrap_or_default()),
        usage: usage.is_object().then(|| Usage {
            prompt: count("prompt_tokens"),
            output: count("completion_tokens"),
        }),
    }
}
