//! For whoever reviews: the policy in force, records as a file, refusals of a surface's own.

use super::{CommandError, Handle, RecordQuery, TicketView};
use crate::audit::{self, Format, Head, RecordFilter};
use crate::decide::{ApprovalRules, Policy};
use crate::domain::{Decision, Digest, Person, Risk, Since, SubjectId, Surface, WorkspaceId};
use crate::engine::query;
use crate::engine::redecide::{History, Redecided, redecide};
use crate::store::StoreError;
use std::collections::BTreeSet;
use std::io;

pub use crate::audit::Format as ExportFormat;

/// The policy in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyView {
    /// Digest of the rules.
    pub digest: Digest,
    /// The rules, in order.
    pub rules: Vec<RuleView>,
    /// Who approves at each risk, in words.
    pub approval: Vec<(Risk, String)>,
    /// What holds besides, in words: dry run, quiet hours.
    pub notes: Vec<String>,
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleView {
    /// Its name.
    pub name: String,
    /// Its condition.
    pub when: String,
    /// Its action.
    pub action: String,
    /// What it answers.
    pub decision: Decision,
    /// Whether later rules are looked at too.
    pub goes_on: bool,
    /// Whether its action is planned once for a subject.
    pub once: bool,
}

/// Records as a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportedRecords {
    /// The file.
    pub bytes: Vec<u8>,
    /// Records in it.
    pub written: u64,
    /// Records that the filter left out.
    pub skipped: u64,
    /// The last record that was looked at.
    pub head: Head,
}

/// Records read at once for an export.
const PAGE: usize = 1_000;

impl Handle {
    /// The rules in force and who may approve; none for a workspace that does not exist.
    pub fn policy(&self, workspace: &WorkspaceId) -> Option<PolicyView> {
        let rules = self.inbox.rules(workspace)?;
        let policy = &rules.governance.policy;
        let rule = |rule: &crate::decide::RuleOptions| RuleView {
            name: rule.name.clone(),
            when: rule.when.clone(),
            action: rule.action.to_string(),
            decision: rule.decision,
            goes_on: rule.goes_on,
            once: rule.once,
        };
        let mut notes = vec![format!(
            "Where no rule matches, people are asked about {}.",
            policy.default_action()
        )];
        if rules.dry_run {
            notes.push("Dry run: everything is decided and shown, nothing is sent.".to_owned());
        }
        if rules.quiet_hours.is_some() {
            notes.push(
                "In quiet hours nothing that treats merchants happens without a person.".to_owned(),
            );
        }
        Some(PolicyView {
            digest: policy.digest(),
            rules: policy.rules().map(rule).collect(),
            approval: LEVELS
                .iter()
                .map(|risk| (*risk, who(&rules.governance.approval, *risk)))
                .collect(),
            notes,
        })
    }

    /// What has been decided, decided again under these rules, back from the newest decision for so
    /// long. Changes nothing.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn redecided(
        &self,
        workspace: &WorkspaceId,
        policy: &Policy,
        since: Option<Since>,
    ) -> Result<Redecided, StoreError> {
        let (history, from) = History::of(&*self.store, workspace, since)?;
        Ok(redecide(&history, policy, from))
    }

    /// The roles that may decide about plans of some risk.
    pub fn deciders(&self, workspace: &WorkspaceId) -> BTreeSet<String> {
        let Some(rules) = self.inbox.rules(workspace) else {
            return BTreeSet::new();
        };
        LEVELS
            .iter()
            .flat_map(|risk| rules.governance.approval.at(*risk).roles.iter().cloned())
            .collect()
    }

    /// Records as a file of at most `most` bytes; nothing where it would be larger.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn export(
        &self,
        workspace: &WorkspaceId,
        wanted: &RecordQuery,
        format: Format,
        most: usize,
    ) -> Result<Option<ExportedRecords>, StoreError> {
        let filter = filter(workspace, wanted);
        let head = self.store.head();
        let mut out = Bounded {
            bytes: Vec::new(),
            most,
        };
        match audit::export(self.every_record(head.seq), &filter, format, &mut out) {
            Ok(done) => Ok(Some(ExportedRecords {
                bytes: out.bytes,
                written: done.written,
                skipped: done.skipped,
                head,
            })),
            Err(audit::ExportError::Read(error)) => Err(error),
            Err(audit::ExportError::Write(_)) => Ok(None),
        }
    }

    /// Records that a person was refused something that a surface, and not the engine, decides.
    ///
    /// # Errors
    /// When the store does not write.
    pub async fn refused(
        &self,
        workspace: &WorkspaceId,
        person: &Person,
        what: &str,
        why: &str,
    ) -> Result<(), CommandError> {
        Ok(self.inbox.refused(workspace, person, what, why).await?)
    }

    /// The ticket that stands at this place of a surface; see [`crate::domain::Origin::id`].
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn ticket_at(
        &self,
        workspace: &WorkspaceId,
        surface: Surface,
        id: &str,
    ) -> Result<Option<TicketView>, StoreError> {
        query::ticket_at(&*self.store, workspace, surface, id)
    }

    fn every_record(
        &self,
        last: u64,
    ) -> impl Iterator<Item = Result<crate::domain::Record, StoreError>> {
        let mut next = 1;
        let mut page = Vec::new().into_iter();
        std::iter::from_fn(move || {
            if let Some(record) = page.next() {
                return Some(Ok(record));
            }
            if next > last {
                return None;
            }
            let left = usize::try_from(last - next + 1).unwrap_or(PAGE);
            match self.store.records(next, PAGE.min(left)) {
                Ok(records) => {
                    next += records.len().max(1) as u64;
                    page = records.into_iter();
                    page.next().map(Ok)
                }
                Err(error) => {
                    next = last + 1;
                    Some(Err(error))
                }
            }
        })
    }
}

const LEVELS: [Risk; 4] = [Risk::Low, Risk::Medium, Risk::High, Risk::Critical];

/// Who approves at this risk, how many of them, and in which time.
fn who(approval: &ApprovalRules, risk: Risk) -> String {
    let rule = approval.at(risk);
    let roles = rule.roles.join(" or ");
    let minutes = rule.expires_after.as_mins();
    match rule.quorum {
        0 | 1 => format!("{roles}, within {minutes} minutes"),
        need => format!("{need} different people with the role {roles}, within {minutes} minutes"),
    }
}

fn filter(workspace: &WorkspaceId, wanted: &RecordQuery) -> RecordFilter {
    let mut filter = RecordFilter {
        workspace: Some(workspace.clone()),
        kind: wanted.kind.clone(),
        ..RecordFilter::default()
    };
    if let Some(about) = wanted.about.as_deref().map(str::to_ascii_uppercase) {
        if about.starts_with("PLAN-") {
            filter.plan = about.parse().ok();
        } else if about.starts_with("T-") {
            filter.ticket = about.parse().ok();
        } else {
            filter.subject = about.parse::<SubjectId>().ok();
        }
    }
    filter
}

/// A file in memory that refuses to grow beyond its bound.
struct Bounded {
    bytes: Vec<u8>,
    most: usize,
}

impl io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + bytes.len() > self.most {
            return Err(io::Error::from(io::ErrorKind::FileTooLarge));
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
