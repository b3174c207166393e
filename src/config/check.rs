//! From sections to a config that holds together.

use super::Config;
use super::document::{ConfigErrors, Document, did_you_mean};
use super::env::EnvSource;
use super::options::{
    AuthKind, EndpointOptions, LimitOptions, ListenOptions, Secrets, Source, SourceAuth,
    SourceOptions, StoreOptions, VerifyOptions, WorkspaceOptions,
};
use crate::decide::{
    ApprovalRules, Catalogue, PersonOptions, Policy, PolicyOptions, RiskOptions, RuleOptions,
};
use crate::domain::{Action, ActionName, Risk, WorkspaceId};
use jiff::SignedDuration;
use secrecy::SecretString;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

const SECTIONS: [&str; 14] = [
    "workspace",
    "workspaces",
    "web",
    "store",
    "sources",
    "people",
    "approval",
    "policy",
    "risk",
    "actions",
    "endpoints",
    "verify",
    "detect",
    "limits",
];

/// `[policy]` without its rules, which are read one by one.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PolicyHead {
    default_action: ActionName,
    #[serde(default)]
    dry_run: bool,
    #[serde(default)]
    quiet_hours: Option<crate::decide::QuietHours>,
}

/// Reads every section, so that what is wrong in one does not hide what is wrong in another; then
/// checks what they say of each other.
pub(super) fn config(mut document: Document<'_>, env: &EnvSource) -> Result<Config, ConfigErrors> {
    let doc = &mut document;
    doc.lift("policy", "rules");
    let workspaces = workspaces(doc);
    let web: Option<ListenOptions> = doc.section("web");
    let store: Option<StoreOptions> = doc.section("store");
    let sources = doc.list::<SourceOptions>("sources", "name");
    let people = people(doc, &workspaces);
    let approval: Option<ApprovalRules> = doc.section("approval");
    let head: Option<PolicyHead> = doc.section("policy");
    let rules = doc.list::<RuleOptions>("rules", "when");
    let risk: Option<RiskOptions> = doc.section("risk");
    let actions = actions(doc);
    let (endpoints, endpoints_off, secrets) = endpoints(doc, env);
    let verify: Option<VerifyOptions> = doc.section("verify");
    let detect: Option<toml::Table> = doc.section("detect");
    let limits: Option<LimitOptions> = doc.section("limits");

    let (sources, sources_off) = resolve_sources(doc, sources, &workspaces, env);
    numbers(doc, store.as_ref(), approval.as_ref(), risk, verify, limits);
    public_url(doc, web.as_ref());
    let catalogue = Catalogue::new(actions);
    endpoints_exist(doc, &catalogue, &endpoints, &endpoints_off);
    let policy = head.map(|head| {
        let options = PolicyOptions {
            default_action: head.default_action,
            dry_run: head.dry_run,
            quiet_hours: head.quiet_hours,
            rules: rules.iter().map(|(_, rule)| rule.clone()).collect(),
        };
        let compiled = compile(doc, &options, &rules, &catalogue);
        (options, compiled)
    });

    let sound = doc.is_sound();
    let errors = document.finish(&SECTIONS);
    let whole = (web, store, approval, policy, risk, verify, limits);
    if let (
        Some(web),
        Some(store),
        Some(approval),
        Some((policy, Some(rules))),
        Some(risk),
        Some(verify),
        Some(limits),
    ) = whole
        && sound
        && errors.is_empty()
        && let Some(workspace) = workspaces.first()
    {
        return Ok(Config {
            workspace: workspace.clone(),
            workspaces,
            web,
            store,
            sources,
            sources_off,
            people,
            approval,
            policy,
            risk,
            catalogue,
            endpoints,
            endpoints_off,
            secrets,
            verify,
            detect: detect.unwrap_or_default(),
            limits,
            rules,
        });
    }
    Err(ConfigErrors(errors))
}

fn workspaces(doc: &mut Document<'_>) -> Vec<WorkspaceId> {
    let at = doc.place_of(&["workspace", "id"]);
    let first: Option<WorkspaceOptions> = doc.section("workspace");
    let further = doc.list::<WorkspaceOptions>("workspaces", "id");
    let mut known = Vec::new();
    for (at, options) in first.map(|first| (at, first)).into_iter().chain(further) {
        let id = options.id;
        if !is_name(id.as_str(), b"-") {
            doc.fault(
                at,
                format!(
                    "{:?} is not a workspace's id; 1 to 32 lower-case letters, digits and hyphens",
                    id.as_str()
                ),
            );
        } else if known.contains(&id) {
            doc.fault(at, format!("a second workspace {id}"));
        } else {
            known.push(id);
        }
    }
    known
}

fn people(doc: &mut Document<'_>, workspaces: &[WorkspaceId]) -> Vec<PersonOptions> {
    let mut ids = BTreeSet::new();
    let mut discord_ids = BTreeSet::new();
    let mut people = Vec::new();
    for (at, mut person) in doc.list::<PersonOptions>("people", "id") {
        if !is_name(person.id.as_str(), b"-_") {
            doc.fault(
                at,
                format!(
                    "{:?} is not a person's id; 1 to 32 lower-case letters, digits, - and _",
                    person.id.as_str()
                ),
            );
        }
        if !ids.insert(person.id.clone()) {
            doc.fault(
                at,
                format!(
                    "a second person {}; one entry is one person on every surface",
                    person.id
                ),
            );
        }
        if person.roles.is_empty() {
            doc.fault(at, format!("{} has no roles and could decide nothing; give one of those in [approval], or remove the entry", person.id));
        }
        if let Some(id) = &person.discord_id {
            if !(15..=20).contains(&id.len()) || !id.bytes().all(|b| b.is_ascii_digit()) {
                doc.fault(at, format!("discord_id {id:?} is not a user's id: 15 to 20 digits (Copy User ID in Discord)"));
            }
            if !discord_ids.insert(id.clone()) {
                doc.fault(
                    at,
                    format!("discord_id {id} belongs to somebody else already"),
                );
            }
        }
        person.workspace = known_workspace(doc, at, person.workspace, workspaces);
        people.push(person);
    }
    people
}

fn known_workspace(
    doc: &mut Document<'_>,
    at: usize,
    named: Option<WorkspaceId>,
    workspaces: &[WorkspaceId],
) -> Option<WorkspaceId> {
    let named = named.or_else(|| workspaces.first().cloned())?;
    if !workspaces.contains(&named) {
        let known: Vec<&str> = workspaces.iter().map(WorkspaceId::as_str).collect();
        let hint = did_you_mean(named.as_str(), &known);
        doc.fault(at, format!("there is no workspace {named}{hint}"));
    }
    Some(named)
}

fn actions(doc: &mut Document<'_>) -> Vec<Action> {
    doc.map::<Action>("actions")
        .into_iter()
        .map(|(at, name, mut action)| {
            if !is_name(&name, b"-_") {
                doc.fault(at, format!("{name:?} is not an action's name; 1 to 32 lower-case letters, digits, - and _"));
            }
            action.name = ActionName::new(name);
            action
        })
        .collect()
}

type Endpoints = (BTreeMap<String, EndpointOptions>, Vec<String>, Secrets);

fn endpoints(doc: &mut Document<'_>, env: &EnvSource) -> Endpoints {
    let mut on = BTreeMap::new();
    let mut off = Vec::new();
    let mut secrets = Secrets::default();
    for (_, name, options) in doc.map::<EndpointOptions>("endpoints") {
        if options.base_url.trim().is_empty() {
            off.push(name);
            continue;
        }
        let named = [
            ("bearer_env", &options.bearer_env),
            ("signing_env", &options.signing_env),
        ];
        for (key, variable) in named {
            let Some(variable) = variable else { continue };
            let at = doc.place_of(&["endpoints", &name, key]);
            match env.get(variable) {
                Ok(Some(secret)) => secrets.set(variable, secret),
                Ok(None) => doc.fault(
                    at,
                    format!(
                        "endpoint {name} needs the secret in {variable}, which is not set; set it in the environment or in .env, or remove the key {key}"
                    ),
                ),
                Err(reason) => doc.fault(at, format!("endpoint {name}: {reason}")),
            }
        }
        on.insert(name, options);
    }
    (on, off, secrets)
}

fn endpoints_exist(
    doc: &mut Document<'_>,
    catalogue: &Catalogue,
    on: &BTreeMap<String, EndpointOptions>,
    off: &[String],
) {
    let known: Vec<&str> = on.keys().chain(off).map(String::as_str).collect();
    for action in catalogue.iter() {
        if let Some(endpoint) = action.with.get("endpoint")
            && !known.contains(&endpoint.as_str())
        {
            let at = doc.place_of(&["actions", action.name.as_str(), "with", "endpoint"]);
            let hint = did_you_mean(endpoint, &known);
            doc.fault(at, format!("there is no [endpoints.{endpoint}]{hint}"));
        }
    }
}

type Sources = (Vec<Source>, BTreeMap<String, Vec<String>>);

fn resolve_sources(
    doc: &mut Document<'_>,
    options: Vec<(usize, SourceOptions)>,
    workspaces: &[WorkspaceId],
    env: &EnvSource,
) -> Sources {
    let mut on: Vec<Source> = Vec::new();
    let mut off = BTreeMap::new();
    let mut names = BTreeSet::new();
    for (at, source) in options {
        let name = source.name.clone();
        if !is_name(name.as_str(), b"-_") || !names.insert(name.clone()) {
            doc.fault(at, format!("{:?} is no name for a source, or a second one of that name; 1 to 32 lower-case letters, digits, - and _", name.as_str()));
        }
        if source.replay_window <= SignedDuration::ZERO {
            doc.fault(
                at,
                format!(
                    "source {name}: replay_window has to be longer than nothing; \"24h\" is usual"
                ),
            );
        }
        let workspace = known_workspace(doc, at, source.workspace, workspaces);
        let secrets = source_secrets(doc, at, &source.secret_env, env);
        if secrets.is_empty() {
            let variables = source.secret_env;
            if !source.optional {
                doc.fault(at, format!("source {name} has no secret, so anybody could send tickets: set {} in the environment or in .env (make one with `openssl rand -base64 32`), or write optional = true to start without it", variables.join(" or ")));
            }
            off.insert(name.to_string(), variables);
            continue;
        }
        let Some(workspace) = workspace else { continue };
        on.push(Source {
            name,
            workspace,
            auth: match source.auth {
                AuthKind::StandardWebhooks => SourceAuth::StandardWebhooks(secrets),
                AuthKind::Bearer => SourceAuth::Bearer(secrets),
            },
            verified_merchants: source.verified_merchants,
            replay_window: source.replay_window,
        });
    }
    (on, off)
}

/// The secrets of those variables that are set. One that is set but empty is a fault: it is meant
/// to be a secret, and is none.
fn source_secrets(
    doc: &mut Document<'_>,
    at: usize,
    variables: &[String],
    env: &EnvSource,
) -> Vec<SecretString> {
    let mut secrets = Vec::new();
    for variable in variables {
        match env.get(variable) {
            Ok(secret) => secrets.extend(secret),
            Err(reason) => doc.fault(at, reason),
        }
    }
    secrets
}

fn compile(
    doc: &mut Document<'_>,
    options: &PolicyOptions,
    rules: &[(usize, RuleOptions)],
    catalogue: &Catalogue,
) -> Option<Arc<Policy>> {
    let errors = match Policy::compile(options, catalogue) {
        Ok(policy) => return Some(Arc::new(policy)),
        Err(errors) => errors,
    };
    for error in errors {
        let at = rules
            .iter()
            .find(|(_, rule)| rule.name == error.rule)
            .map_or(doc.place_of(&["policy", "default_action"]), |(at, _)| *at);
        doc.fault(at, error.to_string());
    }
    None
}

/// Numbers and times that make no sense, or are beyond what the product bears.
fn numbers(
    doc: &mut Document<'_>,
    store: Option<&StoreOptions>,
    approval: Option<&ApprovalRules>,
    risk: Option<RiskOptions>,
    verify: Option<VerifyOptions>,
    limits: Option<LimitOptions>,
) {
    if let Some(store) = store {
        within(
            doc,
            &["store", "segment_mib"],
            store.segment_mib as usize,
            1,
            1024,
        );
        within(
            doc,
            &["store", "cache_mib"],
            store.cache_mib as usize,
            1,
            1024,
        );
    }
    for level in [Risk::Low, Risk::Medium, Risk::High, Risk::Critical] {
        let Some(rule) = approval.map(|rules| rules.at(level)) else {
            continue;
        };
        let least = if level == Risk::Critical { 2 } else { 1 };
        let key = level.as_str();
        within(
            doc,
            &["approval", key, "quorum"],
            rule.quorum as usize,
            least,
            20,
        );
        if rule.roles.is_empty() {
            let at = doc.place_of(&["approval", key, "roles"]);
            doc.fault(
                at,
                format!("approval.{key}.roles is empty: nobody could ever decide"),
            );
        }
        if rule.expires_after <= SignedDuration::ZERO {
            let at = doc.place_of(&["approval", key, "expires_after"]);
            doc.fault(
                at,
                format!("approval.{key}.expires_after has to be longer than nothing, like \"60m\""),
            );
        }
    }
    if let Some(risk) = risk {
        within(
            doc,
            &["risk", "high_from_merchants"],
            risk.high_from_merchants as usize,
            1,
            1_000_000,
        );
        if risk.critical_from_merchants < risk.high_from_merchants {
            let at = doc.place_of(&["risk", "critical_from_merchants"]);
            doc.fault(at, "risk.critical_from_merchants is below high_from_merchants, so that high would never come".to_owned());
        }
    }
    if let Some(verify) = verify
        && (verify.window <= SignedDuration::ZERO || verify.deadline < verify.window)
    {
        let at = doc.place_of(&["verify"]);
        doc.fault(
            at,
            "verify.window has to be longer than nothing, and verify.deadline at least as long"
                .to_owned(),
        );
    }
    if let Some(limits) = limits {
        for (key, value, least, most) in [
            ("ticket_bytes", limits.ticket_bytes, 1024, 65_536),
            ("request_bytes", limits.request_bytes, 1024, 1_048_576),
            ("request_tickets", limits.request_tickets, 1, 1000),
            ("requests_at_once", limits.requests_at_once, 1, 4096),
            ("live_pages", limits.live_pages, 1, 1024),
        ] {
            within(doc, &["limits", key], value, least, most);
        }
    }
}

fn within(doc: &mut Document<'_>, path: &[&str], value: usize, least: usize, most: usize) {
    if (least..=most).contains(&value) {
        return;
    }
    let at = doc.place_of(path);
    doc.fault(
        at,
        format!(
            "{} is {value}, allowed are {least} to {most}",
            path.join(".")
        ),
    );
}

/// Only scheme, host and port: what a browser sends as its Origin.
fn public_url(doc: &mut Document<'_>, web: Option<&ListenOptions>) {
    let Some(url) = web.and_then(|web| web.public_url.as_deref()) else {
        return;
    };
    let host = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"))
        .unwrap_or("");
    let plain = |b: u8| b.is_ascii_alphanumeric() || b".-:[]".contains(&b);
    if host.is_empty() || !host.bytes().all(plain) {
        let at = doc.place_of(&["web", "public_url"]);
        doc.fault(
            at,
            format!(
                "{url:?} is not scheme, host and port; write it like https://medic.example.com"
            ),
        );
    }
}

fn is_name(text: &str, also: &[u8]) -> bool {
    (1..=32).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || also.contains(&b))
}
