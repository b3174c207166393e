//! Each configured channel: whether it is there, of a kind that serves, and what is missing in it.

use super::super::permissions::Purpose;
use super::{Examination, Finding, Seen, fine, problem};
use serenity::model::channel::{ChannelType, GuildChannel};
use serenity::model::id::ChannelId;

impl Examination<'_> {
    pub(super) async fn channels(&self, seen: &Seen, found: &mut Vec<Finding>) {
        for (key, id) in self.wanted() {
            let channel = match self.rest.channel(id).await {
                Ok(channel) => channel,
                Err(error) => {
                    found.push(problem(
                        &key,
                        match error.status() {
                            Some(403 | 404) => format!(
                                "channel {id} is not there, or hidden from the bot: check the id, or in Discord open the channel's settings, Permissions, add the bot and allow View Channel"
                            ),
                            _ => format!("channel {id}: {error}"),
                        },
                    ));
                    continue;
                }
            };
            found.push(self.channel(seen, &key, &channel));
        }
    }

    /// Every channel that the config names, with its key.
    fn wanted(&self) -> Vec<(String, ChannelId)> {
        let own = [
            ("alerts_channel", self.options.alerts_channel),
            ("audit_channel", self.options.audit_channel),
        ];
        own.into_iter()
            .filter_map(|(key, id)| Some((format!("discord.{key}"), id?)))
            .chain(
                self.options
                    .channels
                    .iter()
                    .map(|channel| ("discord.channels".to_owned(), channel.id)),
            )
            .collect()
    }

    fn channel(&self, seen: &Seen, key: &str, channel: &GuildChannel) -> Finding {
        let name = &channel.name;
        if channel.guild_id != seen.guild.id {
            return problem(
                key,
                format!(
                    "#{name} belongs to another server; take one of {}",
                    seen.guild.name
                ),
            );
        }
        let Some(purpose) = self.purpose(channel) else {
            return problem(
                key,
                format!(
                    "#{name} is neither a text channel nor, for tickets, a forum; take another one"
                ),
            );
        };
        let held = seen.guild.user_permissions_in(channel, &seen.me);
        let missing: Vec<String> = purpose
            .missing(held)
            .map(|need| format!("{} ({})", need.name, need.what_for))
            .collect();
        if missing.is_empty() {
            return fine(key, format!("#{name} for {}", purpose.in_words()));
        }
        problem(
            key,
            format!(
                "in #{name} the bot lacks {}: in Discord open the channel's settings, Permissions, the bot or its role, and allow it",
                missing.join(", ")
            ),
        )
    }

    fn purpose(&self, channel: &GuildChannel) -> Option<Purpose> {
        let text = matches!(channel.kind, ChannelType::Text | ChannelType::News);
        if self.options.ticket_channel(channel.id).is_some() {
            return match channel.kind {
                ChannelType::Forum => Some(Purpose::TicketForum),
                _ => text.then_some(Purpose::TicketChannel),
            };
        }
        let purpose = if self.options.alerts_channel == Some(channel.id) {
            Purpose::Alerts
        } else {
            Purpose::Audit
        };
        text.then_some(purpose)
    }
}
