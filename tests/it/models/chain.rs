//! Who is asked, in which order, how often and at what cost.

use super::{about, asking};
use crate::support::models::{KEY, broken, claims, completed, gemini, json_type, shown};
use crate::support::receiver::{Behave, Rogue};
use medic::app;
use medic::config::{Config, EnvSource};
use medic::reason::Diagnose as _;
use serde_json::Value;

fn with_openai(server: &Rogue) -> String {
    format!(
        "[reason.openai]\nbase_url = \"{}/v1\"\nmodel = \"local-8b\"\nallow_private = true\n",
        server.url()
    )
}

async fn openai() -> Rogue {
    Rogue::speaking(|seen| {
        let answer = completed(&claims("platform_bug", 70, &shown(seen)));
        Behave::Answer(200, json_type(), answer.to_string())
    })
    .await
}

#[tokio::test]
async fn the_next_model_is_asked_when_one_is_slow_or_fails() {
    for behave in [
        Behave::Silence,
        Behave::Answer(400, json_type(), "{}".to_owned()),
    ] {
        let (slow, other) = (broken(behave).await, openai().await);
        let more = format!("[reason]\nhedge_after = \"300ms\"\n{}", with_openai(&other));
        let found = asking(&slow, &more)
            .diagnose(&about(7, "The shop is odd today", ""))
            .await;
        assert_eq!(found.provider, "openai", "{}", found.provider_note);
        assert_eq!(found.model_version, "local-8b");
        let body: Value = serde_json::from_str(&other.seen()[0].body).unwrap();
        assert_eq!(other.seen()[0].line, "POST /v1/chat/completions HTTP/1.1");
        assert_eq!(body["stream"], false);
        assert_eq!(body["response_format"]["json_schema"]["strict"], true);
        assert_eq!(
            found.calls.len(),
            2,
            "the one that was given up is in the ledger too"
        );
    }
}

#[tokio::test]
async fn a_model_that_keeps_failing_is_left_alone_for_a_while() {
    let server = broken(Behave::Answer(400, json_type(), "{}".to_owned())).await;
    let chain = asking(&server, "");
    for number in 1..=3 {
        chain
            .diagnose(&about(number, "The shop is odd today", ""))
            .await;
    }
    let found = chain.diagnose(&about(4, "The shop is odd today", "")).await;
    assert_eq!(server.seen().len(), 3);
    assert_eq!(
        found.provider_note,
        "gemini: not asked, it is left alone until 08:01:00 UTC because the request was refused \
         (HTTP 400: no reason given); the offline rules answered"
    );
}

#[tokio::test]
async fn the_same_question_is_paid_once() {
    let server = gemini(|tickets| claims("platform_bug", 70, tickets)).await;
    let chain = asking(&server, "");
    let first = chain.diagnose(&about(7, "The shop is odd today", "")).await;
    let again = chain.diagnose(&about(7, "The shop is odd today", "")).await;
    assert_eq!(server.seen().len(), 1);
    assert!(again.says_the_same(&first));
    assert_eq!((first.tokens, again.tokens), (1000, 0));
    assert_eq!(
        again.provider_note,
        "gemini answered, from memory, the offline rules ran beside it"
    );
}

#[tokio::test]
async fn the_days_budget_is_kept() {
    let server = gemini(|tickets| claims("platform_bug", 70, tickets)).await;
    for (more, note) in [
        (
            "[reason]\nday_tokens = 9000\n",
            "the day's budget of 9000 tokens does not suffice (0 are used)",
        ),
        (
            "[reason]\nday_usd = 0.01\n",
            "the day's budget of 0.0100 USD does not suffice (0.0000 USD is used)",
        ),
    ] {
        let found = asking(&server, more)
            .diagnose(&about(7, "The shop is odd today", ""))
            .await;
        assert_eq!(
            found.provider_note,
            format!("gemini: {note}; the offline rules answered")
        );
    }
    assert_eq!(server.seen().len(), 0);
}

#[tokio::test]
async fn a_provider_that_there_is_not_or_that_lies_elsewhere_is_refused() {
    let env = EnvSource::fixed([
        ("GEMINI_API_KEY", KEY),
        ("GEMINI_API_BASE", "http://example.com"),
    ]);
    let config = Config::read("c.toml", "", &env).unwrap();
    let error = app::models(&config, &["gemini"]).err().unwrap().to_string();
    assert_eq!(
        error,
        "reason.gemini.base_url: plain http to example.com; use https, or set allow_plain_http = true"
    );
    let text = "[reason]\nproviders = [\"gemni\"]\n";
    let error = Config::read("c.toml", text, &env).unwrap_err().to_string();
    assert!(
        error.contains("there is no provider \"gemni\"")
            && error.contains("did you mean `gemini`?"),
        "{error}"
    );
}
