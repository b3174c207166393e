//! `config.toml` and the environment: what is taken, and how a slip is told.

use medic::config::{Config, ConfigErrors, EnvSource, Level, SourceAuth, read_merchants};
use medic::domain::{MerchantId, Risk, WorkspaceId};
use secrecy::ExposeSecret;
use std::fs;

fn no_env() -> EnvSource {
    EnvSource::fixed([])
}

fn read(source: &str) -> Result<Config, ConfigErrors> {
    Config::read("config.toml", source, &no_env())
}

fn faults(source: &str) -> String {
    match read(source) {
        Ok(_) => "no faults".to_owned(),
        Err(errors) => errors.to_string(),
    }
}

#[test]
fn the_shipped_config_works_with_nothing_set_and_says_what_it_lacks() {
    let config = Config::load(None, &no_env()).unwrap();
    assert!(config.sources.is_empty());
    assert_eq!(config.workspace, WorkspaceId::new("default"));
    assert!(config.web.listen.ip().is_loopback());

    let findings: Vec<String> = config
        .findings()
        .into_iter()
        .map(|finding| format!("{:?} {}: {}", finding.level, finding.key, finding.text))
        .collect();
    insta::assert_snapshot!(findings.join("\n"), @r#"
    Notice endpoints.docs: docs is not set up, so these actions cannot be carried out: update_documentation; give endpoints.docs.base_url in config.toml
    Notice endpoints.engineering: engineering is not set up, so these actions cannot be carried out: escalate_to_engineering; give endpoints.engineering.base_url in config.toml
    Notice endpoints.helpdesk: helpdesk is not set up, so these actions cannot be carried out: assign_to_support_team, immediate_support_escalation, send_configuration_guide, tell_it_is_healed; give endpoints.helpdesk.base_url in config.toml
    Notice sources.webhook: webhook source webhook is off, because MEDIC_WEBHOOK_SECRET or MEDIC_WEBHOOK_SECRET_NEXT is not set; set it in the environment or in .env to take tickets at /v1/tickets
    Notice discord: Discord is not set up, so Medic runs without it: README.md, "Set up Discord", says how
    "#);
}

#[test]
fn every_key_of_the_shipped_config_has_a_comment() {
    let mut known = std::collections::BTreeSet::new();
    let mut commented = false;
    let mut in_text = false;
    let mut described = false;
    for line in medic::config::BUILT_IN.lines() {
        if line.contains("'''") {
            in_text = !in_text;
            continue;
        }
        if in_text || line.is_empty() {
            commented = false;
            continue;
        }
        if line.starts_with('#') {
            commented = true;
            continue;
        }
        if line.starts_with('[') {
            // The keys of actions are explained once, above the first.
            described = line.starts_with("[actions.");
            continue;
        }
        let key = line.split('=').next().unwrap_or_default().trim();
        assert!(
            commented || described || known.contains(key),
            "{key} has no comment, here or where it stands first"
        );
        known.insert(key.to_owned());
        commented = false;
    }
    assert!(known.len() > 25, "{known:?}");
}

#[test]
fn a_file_only_has_to_hold_what_differs() {
    let config = read(
        r#"
        [web]
        listen = "127.0.0.1:9000"
        [approval.high]
        quorum = 2
        [endpoints.helpdesk]
        base_url = "https://help.example"
        "#,
    )
    .unwrap();
    assert_eq!(config.web.listen.port(), 9000);
    assert_eq!(config.approval.high.quorum, 2);
    assert_eq!(config.approval.high.roles, ["on_call"]);
    assert_eq!(config.policy.rules.len(), 6);
    assert_eq!(config.endpoints["helpdesk"].timeout_ms, 10_000);
    let guide = config
        .catalogue
        .iter()
        .find(|action| action.name.as_str() == "send_configuration_guide")
        .unwrap();
    assert_eq!(config.unavailable(guide), None);
}

#[test]
fn lists_and_actions_are_replaced_whole() {
    let config = read(
        r#"
        [[policy.rules]]
        name = "ask about everything"
        when = "true"
        action = "send_configuration_guide"
        decision = "ask"

        [actions.send_configuration_guide]
        description = "Ours."
        connector = "mail"
        risk = "medium"
        remedial = true
        reaches = "each_merchant"
        with = { to = "{{ contact.email }}" }
        "#,
    )
    .unwrap();
    assert_eq!(config.policy.rules.len(), 1);
    let ours = config
        .catalogue
        .get(&config.policy.rules[0].action)
        .unwrap();
    assert_eq!((ours.connector.as_str(), ours.with.len()), ("mail", 1));
    assert_eq!(config.catalogue.iter().count(), 6, "the others are there");
}

#[test]
fn slips_are_told_with_place_and_the_nearest_key_all_at_once() {
    insta::assert_snapshot!(faults(
        r#"[web]
listen = "127.0.0.1:1"

[store]
dir = 7

[polcy]
dry_run = true

[approval.high]
quorom = 2
expires_aftr = "1h"

[[policy.rules]]
name = "a"
when = "mercants >= 3"
action = "escalate"
decision = "maybe"

[[policy.rules]]
name = "b"
when = "root_cause == 'webhook_config'"
action = "escalate_to_enginering"
decision = "ask"

[[people]]
id = "Ana"
name = "Ana"
roles = []
"#
    ), @r#"
    config.toml:5:7: invalid type: integer `7`, expected path string
    config.toml:7:2: there is no key `polcy` here; did you mean `policy`?
    config.toml:11:1: there is no key `quorom` here; did you mean `quorum`?
    config.toml:12:1: there is no key `expires_aftr` here; did you mean `expires_after`?
    config.toml:18:12: "maybe" is none of auto, ask, refuse
    config.toml:22:8: policy rule "b": there is no action escalate_to_enginering; add a table [actions.escalate_to_enginering] or use one of: assign_to_support_team, escalate_to_engineering, immediate_support_escalation, send_configuration_guide, tell_it_is_healed, update_documentation
    config.toml:22:8: policy rule "b", condition line 1, column 15: no root_cause is called `webhook_config`; did you mean `webhook_configuration`?
    config.toml:27:6: "Ana" is not a person's id; 1 to 32 lower-case letters, digits, - and _
    config.toml:27:6: Ana has no roles and could decide nothing; give one of those in [approval], or remove the entry
    "#);
}

#[test]
fn numbers_and_names_that_make_no_sense_are_refused() {
    insta::assert_snapshot!(faults(
        r#"
[workspace]
id = "Team A"
[[workspaces]]
id = "b"
[[workspaces]]
id = "b"
[web]
public_url = "medic.example/console"
[store]
segment_mib = 0
[approval.low]
expires_after = "0s"
[approval.critical]
quorum = 1
roles = []
[risk]
high_from_merchants = 9
critical_from_merchants = 3
[verify]
window_minutes = 120
deadline_hours = 1
[limits]
request_bytes = 99000000
[[people]]
id = "ana"
name = "Ana"
discord_id = "ana#1"
roles = ["on_call"]
workspace = "c"
[[people]]
id = "ana"
name = "Another"
roles = ["on_call"]
"#
    ), @r#"
    config.toml:3:6: "Team A" is not a workspace's id; 1 to 32 lower-case letters, digits and hyphens
    config.toml:7:6: a second workspace b
    config.toml:9:14: "medic.example/console" is not scheme, host and port; write it like https://medic.example.com
    config.toml:11:15: store.segment_mib is 0, allowed are 1 to 1024
    config.toml:13:17: approval.low.expires_after has to be longer than nothing, like "60m"
    config.toml:15:10: approval.critical.quorum is 1, allowed are 2 to 20
    config.toml:16:9: approval.critical.roles is empty: nobody could ever decide
    config.toml:19:27: risk.critical_from_merchants is below high_from_merchants, so that high would never come
    config.toml:20:1: verify.window_minutes has to be at least 1, and verify.deadline_hours at least as long
    config.toml:24:17: limits.request_bytes is 99000000, allowed are 1024 to 1048576
    config.toml:26:6: discord_id "ana#1" is not a user's id: 15 to 20 digits (Copy User ID in Discord)
    config.toml:26:6: there is no workspace c
    config.toml:32:6: a second person ana; one entry is one person on every surface
    "#);
}

#[test]
fn what_is_not_toml_is_told_with_its_place() {
    insta::assert_snapshot!(faults("[web\nlisten = 1\n\n[store]\ndir = \"a\"\ndir = \"b\"\n"), @r"
    config.toml:1:5: not TOML: unclosed table, expected `]`
    config.toml:6:1: not TOML: duplicate key
    ");
}

#[test]
fn quiet_hours_and_times_are_read_as_people_write_them() {
    let config = read(
        "[policy]\nquiet_hours = \"22:00-07:00\"\n[approval.low]\nexpires_after = \"1h 30m\"\n",
    )
    .unwrap();
    assert_eq!(config.approval.at(Risk::Low).expires_after.as_mins(), 90);
    assert!(config.policy.quiet_hours.is_some());
    insta::assert_snapshot!(faults("[policy]\nquiet_hours = \"10pm to 7\"\n[approval.low]\nexpires_after = \"soon\"\n"), @r#"
    config.toml:2:15: "10pm to 7" is not a span of the day; write it like "22:00-07:00" (UTC)
    config.toml:4:17: is not a length of time; write it like "90s", "30m" or "24h"
    "#);
}

const SOURCE: &str = r#"
[[sources]]
name = "helpdesk"
auth = "bearer"
secret_env = ["TOKEN_A", "TOKEN_B"]
"#;

#[test]
fn any_secret_of_a_source_will_do_and_all_that_are_set_count() {
    let both = EnvSource::fixed([("TOKEN_A", "first"), ("TOKEN_B", " second\n")]);
    let config = Config::read("config.toml", SOURCE, &both).unwrap();
    let SourceAuth::Bearer(tokens) = &config.sources[0].auth else {
        panic!("{:?}", config.sources[0].auth);
    };
    let tokens: Vec<&str> = tokens.iter().map(ExposeSecret::expose_secret).collect();
    assert_eq!(tokens, ["first", "second"]);

    let one = EnvSource::fixed([("TOKEN_B", "second")]);
    assert!(Config::read("config.toml", SOURCE, &one).is_ok());
}

#[test]
fn a_missing_or_empty_secret_is_refused_with_the_way_out() {
    insta::assert_snapshot!(faults(SOURCE), @"config.toml:3:8: source helpdesk has no secret, so anybody could send tickets: set TOKEN_A or TOKEN_B in the environment or in .env (make one with `openssl rand -base64 32`), or write optional = true to start without it");
    let empty = EnvSource::fixed([("TOKEN_A", "good"), ("TOKEN_B", "  ")]);
    insta::assert_snapshot!(Config::read("config.toml", SOURCE, &empty).unwrap_err(), @"config.toml:3:8: TOKEN_B is set but empty; an empty secret would let anybody in: give it a value, or unset it");
    let built_in = EnvSource::fixed([("MEDIC_WEBHOOK_SECRET", "")]);
    assert!(
        Config::load(None, &built_in).is_err(),
        "an optional source may be off, its secret may not be empty"
    );
}

#[test]
fn an_endpoint_needs_the_secrets_it_names_once_it_is_set_up() {
    let with = |base_url: &str| {
        format!("[endpoints.helpdesk]\nbase_url = \"{base_url}\"\nsigning_env = \"SIGN\"\n")
    };
    assert!(read(&with("")).is_ok(), "not set up, so nothing is needed");
    insta::assert_snapshot!(faults(&with("https://help.example")), @"config.toml:3:15: endpoint helpdesk needs the secret in SIGN, which is not set; set it in the environment or in .env, or remove the key signing_env");
    let env = EnvSource::fixed([("SIGN", "whsec_abc")]);
    let config = Config::read("config.toml", &with("https://help.example"), &env).unwrap();
    assert_eq!(
        config.secrets.get("SIGN").unwrap().expose_secret(),
        "whsec_abc"
    );
    assert!(config.secrets.get("HOME").is_none(), "only what is named");
}

#[test]
fn an_action_over_an_endpoint_that_does_not_exist_is_an_error() {
    insta::assert_snapshot!(faults(
        "[actions.x]\ndescription = \"X.\"\nconnector = \"http\"\nrisk = \"low\"\nremedial = false\nreaches = { team = \"t\" }\nwith = { endpoint = \"helpdsk\" }\n"
    ), @"config.toml:7:21: there is no [endpoints.helpdsk]; did you mean `helpdesk`?");
}

#[test]
fn no_secret_is_ever_shown() {
    let env = EnvSource::fixed([("TOKEN_A", "hunter2hunter2"), ("SIGN", "hunter2hunter2")]);
    let source = format!(
        "{SOURCE}\n[endpoints.docs]\nbase_url = \"https://d.example\"\nsigning_env = \"SIGN\"\n"
    );
    let config = Config::read("config.toml", &source, &env).unwrap();
    let shown = format!("{config:?} {env:?}");
    assert!(!shown.contains("hunter2"), "{shown}");
}

#[test]
fn what_cannot_work_at_night_is_found_before() {
    let config = read(
        r#"
        [approval.critical]
        roles = ["lead"]
        [[people]]
        id = "ana"
        name = "Ana"
        roles = ["on_call", "suport"]
        [policy]
        dry_run = true
        [[policy.rules]]
        name = "first"
        when = "true"
        action = "assign_to_support_team"
        decision = "auto"
        [[policy.rules]]
        name = "second"
        when = "merchants > 3"
        action = "escalate_to_engineering"
        decision = "auto"
        [web]
        listen = "0.0.0.0:8787"
        "#,
    )
    .unwrap();
    let found: Vec<String> = config
        .findings()
        .into_iter()
        .filter(|finding| {
            !finding.key.starts_with("endpoints") && !finding.key.starts_with("sources")
        })
        .map(|finding| format!("{:?} {}: {}", finding.level, finding.key, finding.text))
        .collect();
    insta::assert_snapshot!(found.join("\n"), @r#"
    Problem approval.critical: a plan of critical risk needs 2 of lead, and workspace default has 0: it can never be approved; add [[people]] with one of these roles
    Problem policy.rules: rule second is never looked at, because rule first before it takes everything; move it up
    Notice approval: nobody holds the role lead; give it to somebody in [[people]], or take it out
    Notice approval: nobody holds the role support; give it to somebody in [[people]], or take it out
    Notice people: the role suport decides nothing; [approval] does not name it
    Notice policy.rules: rule second says auto, but escalate_to_engineering is of high risk, so it always asks
    Notice policy.dry_run: dry run: nothing is ever sent
    Notice web.public_url: the console listens on 0.0.0.0:8787 for other machines, but its own address is not known; set public_url to what browsers type
    Notice discord: Discord is not set up, so Medic runs without it: README.md, "Set up Discord", says how
    "#);
}

#[test]
fn people_decide_in_their_own_workspace_only() {
    let config = read(
        r#"
        [[workspaces]]
        id = "second"
        [[people]]
        id = "ana"
        name = "Ana"
        roles = ["on_call"]
        [[people]]
        id = "zoe"
        name = "Zoe"
        roles = ["on_call"]
        workspace = "second"
        "#,
    )
    .unwrap();
    let ids = |workspace: &str| -> Vec<String> {
        let governance = config.governance(&WorkspaceId::new(workspace));
        governance
            .people
            .iter()
            .map(|one| one.id.to_string())
            .collect()
    };
    assert_eq!(ids("default"), ["ana"]);
    assert_eq!(ids("second"), ["zoe"]);
    let problems = config.findings();
    let problems = problems.iter().filter(|f| f.level == Level::Problem);
    assert_eq!(problems.count(), 2, "critical in both, support in neither");
}

#[test]
fn dotenv_is_read_and_its_lines_are_never_quoted() {
    let folder = tempfile::tempdir().unwrap();
    assert!(EnvSource::process(folder.path()).is_ok(), "no file is fine");

    fs::write(
        folder.path().join(".env"),
        "# ours\nTOKEN_A='of the file'\n",
    )
    .unwrap();
    let env = EnvSource::process(folder.path()).unwrap();
    let config = Config::read("config.toml", SOURCE, &env).unwrap();
    assert_eq!(config.sources.len(), 1);

    fs::write(folder.path().join(".env"), "TOKEN_A=very secret\n").unwrap();
    let told = EnvSource::process(folder.path()).unwrap_err().to_string();
    assert!(told.contains(".env: a line cannot be read"), "{told}");
    assert!(!told.contains("secret"), "{told}");
}

#[test]
fn a_file_that_is_not_there_is_told_with_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mine.toml");
    let told = Config::load(Some(&path), &no_env())
        .unwrap_err()
        .to_string();
    assert!(told.contains("mine.toml: cannot be read"), "{told}");
    fs::write(&path, "[web]\nlisten = \"127.0.0.1:1\"\n").unwrap();
    assert!(Config::load(Some(&path), &no_env()).is_ok());
}

#[test]
fn the_merchant_directory_is_read_with_the_same_care() {
    let shipped = include_str!("../../data/merchants.toml");
    assert!(
        read_merchants("merchants.toml", shipped)
            .unwrap()
            .is_empty()
    );

    let sound = "[\"m-1\"]\nname = \"Shop\"\ncontact = { helpdesk = \"c-1\" }\n";
    let directory = read_merchants("merchants.toml", sound).unwrap();
    let entry = directory.get(&MerchantId::new("m-1")).unwrap();
    assert_eq!(entry.contact["helpdesk"], "c-1");

    let slips = "[\"m-1\"]\nnmae = \"Shop\"\n[m-2]\ncontacts = {}\n";
    insta::assert_snapshot!(read_merchants("merchants.toml", slips).unwrap_err(), @r"
    merchants.toml:2:1: there is no key `nmae` here; did you mean `name`?
    merchants.toml:4:1: there is no key `contacts` here; did you mean `contact`?
    ");
}

#[test]
fn the_shipped_config_holds_the_detectors_own_setting_and_a_senseless_one_is_refused() {
    let shipped = Config::load(None, &no_env()).unwrap();
    assert_eq!(
        shipped.detect,
        medic::observe::detect::DetectOptions::default()
    );
    let source = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/config.toml")).unwrap();
    let changed = source
        .replace("min_merchants = 4", "min_merchants = 1")
        .replace("join = 0.37", "join = 35.0")
        .replace("false_alerts_per_day = 0.05", "false_alerts_per_day = 0.0");
    let said = faults(&changed);
    for part in [
        "detect.min_merchants is 1, allowed are 2 to 1000",
        "detect.join is 35, allowed are 0 to 1",
        "detect.false_alerts_per_day is 0, allowed is more than 0",
    ] {
        assert!(said.contains(part), "{said}");
    }
}

#[test]
fn every_number_of_the_detector_has_a_range_and_nan_lies_in_none() {
    for (written, said) in [
        (
            "usual_shape = 0",
            "detect.usual_shape is 0, allowed are 0.01 to 1000",
        ),
        (
            "usual_tickets = nan",
            "detect.usual_tickets is NaN, allowed are 1 to 1000000",
        ),
        (
            "mean_prior = nan",
            "detect.mean_prior is NaN, allowed are 1 to 1000000",
        ),
        (
            "idf_prior = -500",
            "detect.idf_prior is -500, allowed are 1 to 1000000",
        ),
        (
            "same_surge = 3",
            "detect.same_surge is 3, allowed are 0 to 1",
        ),
        (
            "quiet_hours = -1",
            "detect.quiet_hours is -1, allowed are 1 to 720",
        ),
        (
            "title_weight = inf",
            "detect.title_weight is inf, allowed are 0 to 10",
        ),
        (
            "log_weight = 1e308",
            "detect.log_weight is inf, allowed are 0 to 10",
        ),
        (
            "bigram_weight = -1",
            "detect.bigram_weight is -1, allowed are 0 to 10",
        ),
        ("family = -1", "detect.family is -1, allowed are 0 to 1"),
        (
            "same_signature = inf",
            "detect.same_signature is inf, allowed are 0 to 1",
        ),
        (
            "other_signature = -5",
            "detect.other_signature is -5, allowed are 0 to 1",
        ),
    ] {
        let faults = faults(&format!("[detect]\n{written}\n"));
        let place = written.find('=').unwrap() + 3;
        assert_eq!(faults, format!("config.toml:2:{place}: {said}"));
    }
    let numbers = medic::observe::detect::DetectOptions::default();
    let numbers = serde_json::to_value(numbers).unwrap();
    for (key, value) in numbers.as_object().unwrap() {
        if value.is_number() {
            let said = faults(&format!("[detect]\n{key} = -1000000000\n"));
            assert_ne!(said, "no faults", "{key}");
        }
    }
}

#[test]
fn an_attribute_that_can_never_name_a_group_of_merchants_is_refused() {
    insta::assert_snapshot!(faults(
        "[detect]\ncohort_attributes = [\"\", \"plan\", \"plan\", \"merchant_id\", \"migration_stage\", \"category\", \" a\"]\n"
    ), @r#"
    config.toml:2:21: detect.cohort_attributes: "" is empty; remove it
    config.toml:2:21: detect.cohort_attributes: "plan" stands there twice; remove it
    config.toml:2:21: detect.cohort_attributes: "merchant_id" names a single ticket or merchant, never a group of merchants; remove it
    config.toml:2:21: detect.cohort_attributes: "migration_stage" is always a cohort and need not be named; remove it
    config.toml:2:21: detect.cohort_attributes: "category" is a field of every ticket, not an attribute beside them; remove it
    config.toml:2:21: detect.cohort_attributes: " a" begins or ends with a space, so no attribute could be called that; remove it
    "#);
    assert!(read("[detect]\ncohort_attributes = [\"plan\", \"country\"]\n").is_ok());
}

#[test]
fn a_rule_that_speaks_of_no_fact_is_found_by_doctor() {
    let config = read(
        "[[policy.rules]]\nname = \"odd\"\nwhen = \"1 > 2\"\naction = \"escalate_to_engineering\"\ndecision = \"ask\"\n",
    )
    .unwrap();
    let findings: Vec<String> = config.findings().into_iter().map(|one| one.text).collect();
    assert!(
        findings
            .iter()
            .any(|text| text.contains("rule odd speaks of no fact")),
        "{findings:?}"
    );
}
