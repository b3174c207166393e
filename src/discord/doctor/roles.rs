//! Roles that the config names: whether they are there and can be called, and whether enough people
//! hold them.

use super::{Examination, Finding, Seen, fine, notice, problem};
use serenity::model::Permissions;
use std::collections::BTreeMap;

impl Examination<'_> {
    pub(super) async fn roles(&self, seen: &Seen, found: &mut Vec<Finding>) {
        let there = &seen.guild.roles;
        for (name, id) in &self.options.roles {
            let key = format!("discord.roles.{name}");
            let Some(role) = there.get(id) else {
                found.push(problem(
                    &key,
                    format!(
                        "there is no role {id} on {}: in Discord open the server's settings, Roles, copy the id again",
                        seen.guild.name
                    ),
                ));
                continue;
            };
            let may_call = self.may_call_anybody(seen);
            found.push(if role.mentionable || may_call {
                fine(&key, format!("@{}", role.name))
            } else {
                problem(
                    &key,
                    format!(
                        "@{} cannot be called, so nobody hears of an approval: in Discord open the server's settings, Roles, {}, and switch on \"Allow anyone to @mention this role\"",
                        role.name, role.name
                    ),
                )
            });
        }
        for (id, merchant) in &self.options.merchant_roles {
            if !there.contains_key(id) {
                found.push(problem(
                    "discord.merchant_roles",
                    format!(
                        "there is no role {id}, so nobody speaks for {merchant}; copy the id again"
                    ),
                ));
            }
        }
        self.escalations(found);
        self.quorums(seen, found).await;
    }

    /// Whom an escalation cannot call: roles that no Discord role stands for.
    fn escalations(&self, found: &mut Vec<Finding>) {
        let mut missing: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for quorum in self.quorums {
            for role in &quorum.escalate_to {
                if !self.options.roles.contains_key(role) {
                    missing.entry(role).or_default().push(&quorum.risk);
                }
            }
        }
        for (role, risks) in missing {
            found.push(notice(
                "approval",
                format!(
                    "undecided plans of {} risk escalate to {role}, and nobody is called in Discord: set {role} under [discord.roles] to a role's id, or name other roles in escalate_to",
                    risks.join(", ")
                ),
            ));
        }
    }

    fn may_call_anybody(&self, seen: &Seen) -> bool {
        seen.guild
            .member_permissions(&seen.me)
            .intersects(Permissions::MENTION_EVERYONE | Permissions::ADMINISTRATOR)
    }

    /// Whether enough different people could approve at each level of risk. People whom both the
    /// config and a role name are counted twice here, so this finds what can never be, not what
    /// will be.
    async fn quorums(&self, seen: &Seen, found: &mut Vec<Finding>) {
        let counts = match self.rest.role_member_counts(seen.guild.id).await {
            Ok(counts) => counts,
            Err(error) => {
                found.push(notice(
                    "approval",
                    format!("how many people hold a role cannot be read: {error}"),
                ));
                BTreeMap::new()
            }
        };
        for quorum in self.quorums {
            let key = format!("approval.{}", quorum.risk);
            let roles: Vec<_> = quorum
                .roles
                .iter()
                .filter_map(|name| self.options.roles.get(name))
                .collect();
            let known = roles.iter().all(|role| counts.contains_key(role));
            let by_role: u64 = roles.iter().filter_map(|role| counts.get(role)).sum();
            let have = quorum
                .configured
                .saturating_add(usize::try_from(by_role).unwrap_or(0));
            let (need, names) = (quorum.need, quorum.roles.join(" or "));
            if have >= need {
                found.push(fine(
                    &key,
                    format!("needs {need} of {names}; up to {have} could approve"),
                ));
            } else if known {
                found.push(problem(
                    &key,
                    format!(
                        "needs {need} of {names}, and only {have} could approve: give more people the role in Discord, or add them to [[people]]"
                    ),
                ));
            } else {
                found.push(notice(
                    &key,
                    format!(
                        "needs {need} of {names}; the config names {have}, and the server does not say how many hold the role"
                    ),
                ));
            }
        }
    }
}
