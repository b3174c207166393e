//! What judgements and model calls add up to, as `medic stats` and `medic doctor` print it.

use super::support::models::{KEY, broken, claims, gemini, json_type};
use super::support::receiver::{Behave, Rogue};
use super::support::world::World;
use clap::{Args, Parser};
use medic::cli::diagnose::{self, DiagnoseArgs};
use medic::cli::doctor::{self, DoctorArgs};
use medic::cli::stats::{self, StatsArgs};
use medic::config::{Config, EnvSource};
use medic::data::DataFiles;
use medic::engine::{Clock, ManualClock};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;

const GUIDE: &str = "send_configuration_guide";
const TIMEOUT: &str =
    "WebhookTimeout: order.created webhook failed after 30s - endpoint unreachable";

#[derive(Parser)]
struct Command<A: Args> {
    #[command(flatten)]
    args: A,
}

fn parsed<A: Args>(words: &[&str]) -> A {
    let words = std::iter::once("medic").chain(words.iter().copied());
    Command::<A>::try_parse_from(words).unwrap().args
}

/// What `medic stats` prints over everything that has happened in a world.
fn told(world: &World, words: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    world.copies_store_to(&folder.path().join("db"));
    told_of(&folder.path().join("db"), words)
}

fn told_of(store: &Path, words: &[&str]) -> String {
    let text = format!("[store]\ndir = {:?}\n", store.to_str().unwrap());
    let config = Config::read("c.toml", &text, &EnvSource::fixed([])).unwrap();
    let mut out = Vec::new();
    let args: StatsArgs = parsed(words);
    assert!(stats::run_with(&args, &config, &mut out).unwrap());
    String::from_utf8(out).unwrap()
}

#[tokio::test]
async fn nothing_judged_and_nothing_asked_is_said_so() {
    let world = World::new().await;
    insta::assert_snapshot!(told(&world, &["calibration"]), @r#"No diagnosis has been judged yet. Approvals, rejections, "wrong cause" on a card and verified outcomes do."#);
    insta::assert_snapshot!(told(&world, &["cost"]), @"No model was asked yet.");
    insta::assert_snapshot!(told_of(Path::new("/nowhere/at/all"), &["cost"]), @"No model was asked yet.");
}

/// What people decide and what is measured judges the diagnosis; what says more takes the place of
/// what says less.
#[tokio::test]
async fn every_judgement_reaches_the_figures() {
    let mut world = World::new().await;
    world.webhooks_time_out().await;
    world.approves("ana", "INC-1", GUIDE).await;
    insta::assert_snapshot!(told(&world, &["calibration"]), @"
    all: 1 judged, right 1.000, Brier score 0.036, confident 1.000 of which right 1.000
    offline: 1 judged, right 1.000, Brier score 0.036, confident 1.000 of which right 1.000
    offline webhook_configuration: 1 judged, right 1.000, Brier score 0.036, confident 1.000 of which right 1.000

    confidence  weight  right
     80 to  89     0.5  1.000
    A vote, and a fix that did not help, weigh half: they may be about something else than the cause.
    ");
    let doubted = doubt(&world, "INC-1", "The endpoint answers, look at the queue").await;
    insta::assert_snapshot!(doubted, @"Noted: the cause of INC-1 is wrong. What waited to treat it is ended.");
    insta::assert_snapshot!(told(&world, &["calibration"]), @"
    all: 1 judged, right 0.000, Brier score 0.656, confident 1.000 of which right 0.000
    offline: 1 judged, right 0.000, Brier score 0.656, confident 1.000 of which right 0.000
    offline webhook_configuration: 1 judged, right 0.000, Brier score 0.656, confident 1.000 of which right 0.000

    confidence  weight  right
     80 to  89       1  0.000
    A vote, and a fix that did not help, weigh half: they may be about something else than the cause.
    ");

    let mut world = World::new().await;
    world.webhooks_time_out().await;
    world
        .rejects("ana", "INC-1", GUIDE, "we told them already")
        .await;
    insta::assert_snapshot!(told(&world, &["calibration"]), @"
    all: 1 judged, right 0.000, Brier score 0.656, confident 1.000 of which right 0.000
    offline: 1 judged, right 0.000, Brier score 0.656, confident 1.000 of which right 0.000
    offline webhook_configuration: 1 judged, right 0.000, Brier score 0.656, confident 1.000 of which right 0.000

    confidence  weight  right
     80 to  89     0.5  0.000
    A vote, and a fix that did not help, weigh half: they may be about something else than the cause.
    ");
    let json: Value = serde_json::from_str(&told(&world, &["calibration", "--json"])).unwrap();
    assert_eq!(json["all"]["right_milli"], 0);
    assert_eq!(json["groups"]["offline webhook_configuration"]["judged"], 1);
}

#[tokio::test]
async fn what_healed_speaks_for_the_cause_and_what_did_not_against_it() {
    for (goes_on, share) in [(false, 1000), (true, 0)] {
        let mut world = World::new().await;
        world.webhooks_time_out().await;
        for _ in 0..8 {
            world.later(15).await;
            everybody_writes(&mut world).await;
        }
        world.later(15).await;
        world.approves("ana", "INC-1", GUIDE).await;
        for _ in 0..24 {
            world.later(15).await;
            if goes_on {
                everybody_writes(&mut world).await;
            }
        }
        let json: Value = serde_json::from_str(&told(&world, &["calibration", "--json"])).unwrap();
        assert_eq!(json["all"]["judged"], 1, "{json}");
        assert_eq!(json["all"]["right_milli"], share, "{json}");
    }
}

async fn everybody_writes(world: &mut World) {
    for number in 1..=6 {
        let merchant = format!("M{number}");
        world
            .merchant_posts(&merchant, "Orders do not arrive, webhook fails", TIMEOUT)
            .await;
    }
}

async fn doubt(world: &World, subject: &str, reason: &str) -> String {
    let person = world.person("ana");
    let said = world
        .handle()
        .doubt_cause(
            &world.workspace(),
            &person,
            subject.parse().unwrap(),
            None,
            reason,
        )
        .await;
    world.calm().await;
    said.unwrap_or_else(|error| format!("refused: {error}"))
}

#[tokio::test]
async fn the_ledger_names_day_model_tokens_and_money() {
    let server = gemini(|tickets| claims("platform_bug", 70, tickets)).await;
    let mut world = World::asking(Some(&server.url()), "").await;
    world
        .merchant_posts("shop-1", "The shop is odd today", "")
        .await;
    world.later(24 * 60).await;
    world
        .merchant_posts("shop-2", "Invoices carry last year's number", "")
        .await;
    insta::assert_snapshot!(told(&world, &["cost"]), @"
    day (UTC)   provider  model                      calls  answered   prompt tok.   answer tok.            cost
    2026-01-05  gemini    gemini-3.8-flash               1         1           900           100      0.0021 USD
    2026-01-06  gemini    gemini-3.8-flash               1         1           900           100      0.0021 USD
    all                                                  2         2          1800           200      0.0042 USD
    The day's budget is 2000000 tokens and 5.00 USD, by the prices in config.toml.
    ");
    let json = told(&world, &["cost", "--json"]);
    assert_eq!(json.lines().count(), 2, "one line a day and model");
}

/// The command that stores nothing still keeps to what the ledger says is left of the day.
#[tokio::test]
async fn diagnose_asks_a_model_within_what_the_ledger_leaves() {
    let server = gemini(|tickets| claims("platform_bug", 70, tickets)).await;
    let mut world = World::asking(Some(&server.url()), "").await;
    world
        .merchant_posts("shop-1", "The shop is odd today", "")
        .await;
    let folder = tempfile::tempdir().unwrap();
    let tickets = folder.path().join("t.jsonl");
    std::fs::write(
        &tickets,
        "{\"ticket_id\":\"T1\",\"issue\":\"Invoices carry last year's number\"}\n",
    )
    .unwrap();
    let url = server.url();
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::at(world.now()));
    let run = move |tokens: u64, store: &Path| {
        let text = format!(
            "[store]\ndir = {:?}\n[reason]\nday_tokens = {tokens}\n",
            store.to_str().unwrap()
        );
        let env = EnvSource::fixed([("GEMINI_API_KEY", KEY), ("GEMINI_API_BASE", &url)]);
        let config = Config::read("c.toml", &text, &env).unwrap();
        let args: DiagnoseArgs = parsed(&[tickets.to_str().unwrap(), "--provider", "gemini"]);
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let good = diagnose::run_with(
            &args,
            config,
            &DataFiles::built_in(),
            &clock,
            &mut out,
            &mut err,
        );
        assert!(good.unwrap());
        let told = String::from_utf8(err)
            .unwrap()
            .replace(store.to_str().unwrap(), "STORE");
        (String::from_utf8(out).unwrap(), told)
    };
    let fresh = folder.path().join("none");
    let known = folder.path().join("db");
    world.copies_store_to(&known);
    let (out, told) = tokio::task::spawn_blocking(move || {
        let (out, free) = run(50_000, &fresh);
        (out, [free, run(1_000, &known).1].join("\n"))
    })
    .await
    .unwrap();
    assert!(out.contains("\"root_cause\":\"platform_bug\""), "{out}");
    insta::assert_snapshot!(told, @"
    Today's budget: 0 of 50000 tokens and 0.0000 USD of 5.00 USD are used, by the ledger in STORE.
    Model calls of this run: 1 (1000 tokens, 0.0021 USD). They are not in the ledger, because this command stores nothing.

    Today's budget: 1000 of 1000 tokens and 0.0021 USD of 5.00 USD are used, by the ledger in STORE.
    T1: gemini: the day's budget of 1000 tokens does not suffice (1000 are used); the offline rules answered
    Model calls of this run: 0 (0 tokens, 0.0000 USD). They are not in the ledger, because this command stores nothing.
    ");
}

/// A server that lists these models and answers nothing else.
async fn listing(status: u16, body: Value) -> Rogue {
    broken(Behave::Answer(status, json_type(), body.to_string())).await
}

#[tokio::test]
async fn doctor_says_whether_the_model_is_offered() {
    let models = |names: &[&str]| {
        let model = |name: &&str| json!({"name": format!("models/{name}"), "supportedGenerationMethods": ["generateContent"]});
        json!({"models": names.iter().map(model).collect::<Vec<_>>()})
    };
    let refused = json!({"error": {"code": 400, "message": "no", "details": [{"reason": "API_KEY_INVALID"}]}});
    let mut told = Vec::new();
    for server in [
        listing(200, models(&["gemini-3.8-flash", "gemini-3.5-flash-lite"])).await,
        listing(200, models(&["gemini-4-argon", "gemini-3.5-flash-lite"])).await,
        listing(400, refused).await,
        listing(200, json!("<html>")).await,
    ] {
        let url = server.url();
        let found = tokio::task::spawn_blocking(move || {
            let env = EnvSource::fixed([("GEMINI_API_KEY", KEY), ("GEMINI_API_BASE", &url)]);
            let config =
                Config::read("c.toml", "[store]\ndir = \"/nowhere/at/all\"\n", &env).unwrap();
            let mut out = Vec::new();
            let args: DoctorArgs = parsed(&["--json"]);
            doctor::run_with(&args, &config, &DataFiles::built_in(), &mut out).unwrap();
            serde_json::from_slice::<Vec<Value>>(&out).unwrap()
        });
        let found = found.await.unwrap();
        let of_gemini = found.iter().filter(|one| one["what"] == "gemini");
        told.extend(of_gemini.map(|one| {
            format!(
                "{}: {}",
                one["level"].as_str().unwrap(),
                one["text"].as_str().unwrap()
            )
        }));
    }
    insta::assert_snapshot!(told.join("\n"), @r#"
    ok: reached, gemini-3.8-flash is among its 2 models
    problem: reached, but it offers no model "gemini-3.8-flash"; set reason.gemini.model to one of its 2: gemini-4-argon, gemini-3.5-flash-lite
    problem: the key was refused (HTTP 400, API_KEY_INVALID); until that is mended our own rules answer without it
    problem: reached, but it lists no model; look whether its base_url (and version) are right and what its key may use
    "#);
}
