//! The examples in the shipped config work as soon as somebody takes the comment signs away.

use medic::app::action_problems;
use medic::config::{Config, EnvSource};
use medic::domain::ActionName;
use medic::engine::{Clock, SystemClock};
use std::sync::Arc;

const SHIPPED: &str = include_str!("../../../config.toml");

/// What stands behind comment signs from the line that begins with `from` up to the one that begins
/// with `to`.
fn uncommented(from: &str, to: &str) -> String {
    let lines = SHIPPED.lines().skip_while(|line| !line.starts_with(from));
    let lines = lines.take_while(|line| !line.starts_with(to));
    lines
        .filter_map(|line| line.strip_prefix('#'))
        .map(|line| format!("{}\n", line.strip_prefix(' ').unwrap_or(line)))
        .collect()
}

#[test]
fn each_example_can_be_used_once_its_endpoint_and_secret_are_there() {
    let actions = uncommented("# [actions.mail_guide]", "# The only places");
    let endpoints = uncommented("# [endpoints.mail]", "[verify]");
    let secrets = [
        "MEDIC_MAIL_PASSWORD",
        "MEDIC_GITHUB_TOKEN",
        "MEDIC_PAGERDUTY_KEY",
        "MEDIC_ZENDESK_TOKEN",
    ];
    let names = [
        "mail_guide",
        "open_issue",
        "page_on_call",
        "comment_in_zendesk",
        "assign_in_zendesk",
    ];
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let ours = |problem: &String| {
        let mut starts = names.iter().map(|name| format!("actions.{name}."));
        starts.any(|start| problem.starts_with(&start))
    };

    let env = EnvSource::fixed(secrets.map(|name| (name, "a secret")));
    let config = Config::read("the examples", &format!("{actions}{endpoints}"), &env).unwrap();
    for name in names {
        let found = config.catalogue.get(&ActionName::new(name));
        assert!(found.is_some(), "{name} is not among the examples");
    }
    let mut problems = action_problems(&config, &clock).unwrap();
    problems.retain(ours);
    assert_eq!(problems, Vec::<String>::new());

    // Without the secrets, what is missing is said before anything runs.
    let said = Config::read("the examples", &endpoints, &EnvSource::fixed([])).unwrap_err();
    for name in secrets {
        assert!(said.to_string().contains(name), "{name}: {said}");
    }
    for key in ["bearer_env", "password_env", "key_env"] {
        assert!(said.to_string().contains(key), "{key}: {said}");
    }
    // Without the endpoints, so is that.
    let said = Config::read("the examples", &actions, &env).unwrap_err();
    insta::assert_snapshot!(said.to_string(), @r"
    the examples:9:12: there is no [endpoints.mail]
    the examples:22:12: there is no [endpoints.github]
    the examples:35:12: there is no [endpoints.pagerduty]
    the examples:45:12: there is no [endpoints.zendesk]; did you mean `helpdesk`?
    the examples:56:12: there is no [endpoints.zendesk]; did you mean `helpdesk`?
    ");
}
