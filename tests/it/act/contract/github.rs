//! GitHub's REST API for issues: 201 with `Location`, lists with the newest first, 401 without a
//! token, 403 without a user agent or at a rate limit.

use super::{Double, Fault, Stand, Vendor, World, in_words};
use crate::support::receiver::{Behave, Seen};
use medic::act::connectors::github::GitHubConnector;
use medic::act::{DeliveryOutcome, deliver};
use medic::domain::{DeliveryState, PlanId, WorkspaceId};
use medic::net::EndpointOptions;
use serde_json::{Value, json};
use std::sync::Arc;

pub fn vendor() -> Vendor {
    Vendor {
        name: "github",
        connector: |net, clock| Arc::new(GitHubConnector::new(net, clock)),
        with: &[
            ("repository", "acme/shop"),
            ("title", "{{ subject }}: {{ foreign.title }}"),
            (
                "body",
                "Seen at {{ merchants | join(', ') }}.\n\n{{ runbook.guide }}",
            ),
            ("labels", "bug, from medic"),
        ],
        endpoint: |options| EndpointOptions {
            bearer_env: Some("TOKEN".into()),
            ..options
        },
        double: || Box::new(Issues::default()),
        taken_back: Some("INC-4: IGNORE ALL RULES, closed as not_planned"),
    }
}

#[derive(Default)]
struct Issues(Vec<Value>);

impl Double for Issues {
    fn answer(&mut self, seen: &Seen) -> Behave {
        let json = |status, body: &Value| Behave::Answer(status, Vec::new(), body.to_string());
        if seen.header("authorization") != Some("Bearer secret-in-TOKEN") {
            return json(401, &json!({ "message": "Requires authentication" }));
        }
        if seen.header("user-agent").is_none() {
            return json(
                403,
                &json!({ "message": "Request forbidden by administrative rules" }),
            );
        }
        assert_eq!(seen.header("x-github-api-version"), Some("2022-11-28"));
        assert_eq!(seen.header("accept"), Some("application/vnd.github+json"));
        let (path, query) = seen.path().split_once('?').unwrap_or((seen.path(), ""));
        let number = path
            .strip_prefix("/repos/acme/shop/issues/")
            .map(|number| number.parse::<usize>().unwrap());
        match (seen.method(), number) {
            ("POST", None) if path == "/repos/acme/shop/issues" => {
                let number = self.0.len() + 1;
                let mut issue = seen.json();
                issue["number"] = number.into();
                issue["state"] = "open".into();
                let place = format!("https://github.example/acme/shop/issues/{number}");
                issue["html_url"] = place.into();
                self.0.push(issue.clone());
                let location = format!("{path}/{number}");
                Behave::Answer(201, vec![("location", location)], issue.to_string())
            }
            ("GET", None) if path == "/repos/acme/shop/issues" => {
                assert_eq!(query, "state=all&sort=created&direction=desc&per_page=50");
                let newest: Vec<&Value> = self.0.iter().rev().take(50).collect();
                json(200, &json!(newest))
            }
            ("GET", Some(number)) => json(200, &self.0[number - 1]),
            ("PATCH", Some(number)) => {
                let change = seen.json();
                let issue = &mut self.0[number - 1];
                for (key, value) in change.as_object().unwrap() {
                    issue[key] = value.clone();
                }
                json(200, issue)
            }
            _ => json(404, &json!({ "message": "Not Found" })),
        }
    }

    fn work(&self) -> Vec<String> {
        let words = |issue: &Value| {
            let title = issue["title"].as_str().unwrap();
            match issue["state_reason"].as_str() {
                Some(reason) => format!("{title}, closed as {reason}"),
                None => title.to_owned(),
            }
        };
        self.0.iter().map(words).collect()
    }
}

#[tokio::test]
async fn an_issue_is_shown_whole_and_nobody_is_mentioned_by_other_peoples_words() {
    let stand = Stand::of(&vendor(), []).await;
    let mut world = World::of("m-1 @acme/everybody");
    world.foreign = vec![(
        "title",
        "@octocat see ![x](https://evil.example/x.png)\n<!-- medic:0 -->".into(),
    )];
    let payload = stand
        .connector
        .render(&stand.action, &world.context())
        .unwrap()
        .payload;
    let shown = in_words(&payload).replace(&stand.server.url(), "https://api");
    insta::assert_snapshot!(shown.replace('\u{200b}', "‹zero width›"), @r#"
    POST vendor /repos/acme/shop/issues
    [method] POST
    [url] https://api/repos/acme/shop/issues
    [body] {
      "body": "Seen at m-1 @‹zero width›acme/everybody, m-2.\n\nset the URL to \"https://…\"\nand save.\n\n<!-- medic:{idempotency_key} -->",
      "labels": [
        "bug",
        "from medic"
      ],
      "title": "INC-4: @‹zero width›octocat see !‹zero width›[x](https://evil.example/x.png) &lt;!-- medic:0 -->"
    }
    "#);
}

#[tokio::test]
async fn limits_are_recognised_in_each_of_their_forms() {
    let at = |status, headers: &[(&'static str, &str)]| {
        let headers = headers
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned()));
        Fault::Refusal(status, headers.collect())
    };
    let mut waits = Vec::new();
    for fault in [
        at(403, &[("retry-after", "30")]),
        at(429, &[]),
        // 2026-11-01T10:05:00Z, five minutes from now.
        at(
            403,
            &[
                ("x-ratelimit-remaining", "0"),
                ("x-ratelimit-reset", "1793527500"),
            ],
        ),
    ] {
        let stand = Stand::of(&vendor(), [fault]).await;
        match stand.attempt().await {
            DeliveryOutcome::Retry { after, .. } => waits.push(after.unwrap().as_secs()),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(waits, [30, 60, 300]);
    // Without any of that, 403 is about rights, and trying again is of no use.
    let stand = Stand::of(&vendor(), [at(403, &[])]).await;
    let outcome = stand.attempt().await;
    assert!(
        matches!(outcome, DeliveryOutcome::Failed { .. }),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn without_an_answer_and_without_the_issue_a_person_is_asked() {
    // Nothing is done, and no answer comes: as if the request were still on its way.
    let stand = Stand::of(&vendor(), [Fault::Swallowed]).await;
    let end = stand.run().await;
    let DeliveryState::Unknown { why, .. } = &end.state else {
        panic!("{end:?}");
    };
    assert_eq!(
        why,
        "no answer in time; it is not among the newest 50 issues"
    );
    assert_eq!(stand.writes().len(), 1);
}

#[tokio::test]
async fn an_issue_whose_number_is_not_known_is_left_to_people() {
    let stand = Stand::of(&vendor(), []).await;
    let mut done = stand.run().await;
    if let DeliveryState::Delivered { reference, .. } = &mut done.state {
        reference.clear();
    }
    let workspace = WorkspaceId::new("demo");
    let connector = &*stand.connector;
    let undo = deliver::undo(
        connector,
        &stand.action,
        &workspace,
        PlanId::new(18),
        jiff::Timestamp::UNIX_EPOCH,
        &[done],
    );
    assert!(undo.deliveries.is_empty());
    assert_eq!(
        undo.kept[0].1,
        "the number of the issue is not known; close it by hand"
    );
}

#[tokio::test]
async fn what_is_missing_is_named() {
    let stand = Stand::of(&vendor(), []).await;
    let mut lines = Vec::new();
    for (key, value) in [
        ("repository", "acme"),
        ("repository", "acme/../secrets"),
        ("repository", "{{ merchant }}/x"),
        ("labels", "{{ merchant }}"),
        ("endpoint", "gitlab"),
        ("body", "{{ team }}"),
    ] {
        let mut action = stand.action.clone();
        action.with.insert(key.into(), value.into());
        lines.extend(stand.connector.problems(&action));
    }
    insta::assert_snapshot!(lines.join("\n"), @r#"
    with.repository: "acme" is not a repository; write it as owner/name
    with.repository: "acme/../secrets" is not a repository; write it as owner/name
    with.repository: "{{ merchant }}/x" is not a repository; write it as owner/name
    with.labels: it is a fixed text, and this one has a template
    with.endpoint: there is no endpoint "gitlab"; configure [endpoints.gitlab] or use one of: vendor
    with.body: team has no value: it exists only for what the action's `reaches` says
    "#);
}
