//! From sections to a config that holds together.

use super::Config;
use super::document::{ConfigErrors, Document, did_you_mean};
use super::env::EnvSource;
use super::options::{LimitOptions, ListenOptions, SourceOptions, StoreOptions, WorkspaceOptions};
use super::{bounds, detector, discord, models, secrets, steps};
use crate::decide::{
    ApprovalRules, Catalogue, PersonOptions, Policy, PolicyOptions, RiskOptions, RuleOptions,
};
use crate::domain::{Action, ActionApproval, ActionName, Reaches, WorkspaceId};
use crate::net::EndpointOptions;
use crate::observe::detect::DetectOptions;
use crate::reason::ReasonOptions;
use crate::verify::VerifyOptions;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

const SECTIONS: [&str; 16] = [
    "workspace",
    "workspaces",
    "web",
    "store",
    "sources",
    "people",
    "approval",
    "discord",
    "policy",
    "risk",
    "actions",
    "endpoints",
    "reason",
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
    let mut approval: Option<ApprovalRules> = doc.section("approval");
    let discord = discord::discord(doc, &workspaces, env);
    let head: Option<PolicyHead> = doc.section("policy");
    let rules = doc.list::<RuleOptions>("rules", "when");
    let risk: Option<RiskOptions> = doc.section("risk");
    let actions = actions(doc);
    steps::checked(doc, &actions);
    if let Some(approval) = &mut approval {
        approval.actions = own_approvals(&actions);
    }
    if let (Some(discord), Some(approval)) = (&discord, &approval) {
        discord::role_names(doc, discord, approval, &people);
    }
    let (endpoints, endpoints_off, mut secrets) = secrets::endpoints(doc, env);
    let reason: Option<ReasonOptions> = doc.section("reason");
    let reason = reason.map(|reason| models::access(doc, reason, env, &mut secrets));
    let verify: Option<VerifyOptions> = doc.section("verify");
    let detect: Option<DetectOptions> = doc.section("detect");
    let limits: Option<LimitOptions> = doc.section("limits");

    let (sources, sources_off) = secrets::sources(doc, sources, &workspaces, env);
    bounds::numbers(
        doc,
        store.as_ref(),
        approval.as_ref(),
        risk,
        verify.as_ref(),
        limits,
    );
    if let Some(detect) = &detect {
        detector::detector(doc, detect);
    }
    bounds::public_url(doc, web.as_ref());
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

    if let (Some(verify), Some((policy, _))) = (&verify, &policy) {
        closing_action(doc, verify, policy, &catalogue);
    }
    let sound = doc.is_sound();
    let errors = document.finish(&SECTIONS);
    let whole = (
        web, store, approval, discord, policy, risk, reason, verify, limits,
    );
    if let (
        Some(web),
        Some(store),
        Some(approval),
        Some(discord),
        Some((policy, Some(rules))),
        Some(risk),
        Some(reason),
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
            discord,
            policy,
            risk,
            catalogue,
            endpoints,
            endpoints_off,
            secrets,
            reason,
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

/// The workspace named, or the first; a fault where there is none of that name.
pub(super) fn known_workspace(
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

fn own_approvals(actions: &[Action]) -> BTreeMap<ActionName, ActionApproval> {
    actions
        .iter()
        .filter_map(|action| Some((action.name.clone(), action.approval.clone()?)))
        .collect()
}

fn endpoints_exist(
    doc: &mut Document<'_>,
    catalogue: &Catalogue,
    on: &BTreeMap<String, EndpointOptions>,
    off: &[String],
) {
    let known: Vec<&str> = on.keys().chain(off).map(String::as_str).collect();
    for action in catalogue.iter() {
        for probe in &action.probes {
            if !known.contains(&probe.endpoint.as_str()) {
                let at = doc.place_of(&["actions", action.name.as_str(), "probes"]);
                let hint = did_you_mean(&probe.endpoint, &known);
                let named = &probe.endpoint;
                doc.fault(at, format!("there is no [endpoints.{named}]{hint}"));
            }
        }
        if let Some(endpoint) = action.with.get("endpoint")
            && !known.contains(&endpoint.as_str())
        {
            let at = doc.place_of(&["actions", action.name.as_str(), "with", "endpoint"]);
            let hint = did_you_mean(endpoint, &known);
            doc.fault(at, format!("there is no [endpoints.{endpoint}]{hint}"));
        }
    }
}

/// The action that tells reporters is for nothing else, and sends to each merchant.
fn closing_action(
    doc: &mut Document<'_>,
    verify: &VerifyOptions,
    policy: &PolicyOptions,
    catalogue: &Catalogue,
) {
    let Some(name) = &verify.closing_action else {
        return;
    };
    let used =
        policy.default_action == *name || policy.rules.iter().any(|rule| rule.action == *name);
    let wrong = match catalogue.get(name) {
        None => "is not an action of [actions]",
        Some(action) if !action.steps.is_empty() => {
            "has steps; reporters are told by one action alone"
        }
        Some(action) if action.remedial => {
            "treats merchants; telling them that it is healed treats nobody, set remedial = false"
        }
        Some(action) if action.reaches != Reaches::EachMerchant => "has to reach \"each_merchant\"",
        Some(_) if used => "is used by a rule too; give closings an action of their own",
        Some(_) => return,
    };
    let at = doc.place_of(&["verify", "closing_action"]);
    doc.fault(at, format!("verify.closing_action: {name} {wrong}"));
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

/// A name as ids, sources and actions have them: 1–32 lower-case letters, digits and these.
pub(super) fn is_name(text: &str, also: &[u8]) -> bool {
    (1..=32).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || also.contains(&b))
}
