//! Access to models: their addresses and keys, and numbers that make sense.

use super::document::{Document, did_you_mean};
use super::env::EnvSource;
use super::options::Secrets;
use crate::reason::{ReasonOptions, chain::OFFLINE, gemini::GEMINI, openai::OPENAI};
use jiff::SignedDuration;
use secrecy::ExposeSecret as _;

/// Points Gemini at another server, for tests and proxies.
const GEMINI_BASE: &str = "GEMINI_API_BASE";
/// A model that thinks needs so many tokens, or nothing is left for its answer.
const LEAST_OUTPUT: u32 = 4_096;

/// Reads the keys and checks the section.
pub(super) fn access(
    doc: &mut Document<'_>,
    mut options: ReasonOptions,
    env: &EnvSource,
    secrets: &mut Secrets,
) -> ReasonOptions {
    let known = [GEMINI, OPENAI, OFFLINE];
    for name in &options.providers {
        if !known.contains(&name.as_str()) {
            let at = doc.place_of(&["reason", "providers"]);
            let hint = did_you_mean(name, &known);
            doc.fault(
                at,
                format!(
                    "there is no provider {name:?}; there are {}{hint}",
                    known.join(", ")
                ),
            );
        }
    }
    match env.get(GEMINI_BASE) {
        Ok(Some(base)) => options.gemini.base_url = base.expose_secret().to_owned(),
        Ok(None) => {}
        Err(reason) => doc.fault(doc.place_of(&["reason", "gemini"]), reason),
    }
    let openai_on = !options.openai.base_url.trim().is_empty();
    let keys = [
        (GEMINI, Some(options.gemini.key_env.clone()), false),
        (OPENAI, options.openai.key_env.clone(), openai_on),
    ];
    for (name, variable, needed) in keys {
        let Some(variable) = variable else { continue };
        let at = doc.place_of(&["reason", name, "key_env"]);
        match env.get(&variable) {
            Ok(Some(key)) => secrets.set(variable, key),
            Ok(None) if needed => doc.fault(
                at,
                format!("{name} needs the key in {variable}, which is not set; set it in the environment or in .env, or remove key_env"),
            ),
            Ok(None) => {}
            Err(reason) => doc.fault(at, format!("{name}: {reason}")),
        }
    }
    numbers(doc, &options);
    options
}

fn numbers(doc: &mut Document<'_>, options: &ReasonOptions) {
    let mut wrong = |path: &[&str], bad: bool, what: &str| {
        if bad {
            let at = doc.place_of(path);
            doc.fault(at, format!("{} {what}", path.join(".")));
        }
    };
    let second = SignedDuration::from_secs(1);
    let minutes = SignedDuration::from_mins(10);
    wrong(
        &["reason", "deadline"],
        options.deadline < second || options.deadline > minutes,
        "has to be between \"1s\" and \"10m\"",
    );
    wrong(
        &["reason", "hedge_after"],
        options.hedge_after < SignedDuration::from_millis(100),
        "has to be at least \"100ms\"",
    );
    wrong(
        &["reason", "breaker_failures"],
        options.breaker_failures == 0,
        "is 0; at least 1",
    );
    wrong(
        &["reason", "breaker_rest"],
        options.breaker_rest < second,
        "has to be at least \"1s\"",
    );
    wrong(
        &["reason", "day_usd"],
        !(0.0..=1e6).contains(&options.day_usd),
        "has to be from 0 to 1000000",
    );
    let (gemini, openai) = (&options.gemini, &options.openai);
    wrong(
        &["reason", "gemini", "max_output_tokens"],
        gemini.max_output_tokens < LEAST_OUTPUT,
        "is below 4096: thinking counts as output, and nothing would be left for an answer",
    );
    wrong(
        &["reason", "openai", "max_output_tokens"],
        openai.max_output_tokens < 256,
        "is below 256: no answer fits",
    );
    for (name, price) in [
        (
            ["reason", "gemini", "usd_per_million_input"],
            gemini.usd_per_million_input,
        ),
        (
            ["reason", "gemini", "usd_per_million_output"],
            gemini.usd_per_million_output,
        ),
        (
            ["reason", "openai", "usd_per_million_input"],
            openai.usd_per_million_input,
        ),
        (
            ["reason", "openai", "usd_per_million_output"],
            openai.usd_per_million_output,
        ),
    ] {
        wrong(
            &name,
            !(0.0..=1e4).contains(&price),
            "has to be from 0 to 10000",
        );
    }
}
