//! A test card: posted with a live button, read back, removed. It proves what can be proven without
//! a person, and says what cannot.

use super::super::custom_id::CustomId;
use super::{Examination, Finding, fine, notice, problem};
use crate::domain::PlanId;
use jiff::{SignedDuration, Timestamp};
use serenity::builder::{CreateActionRow, CreateButton, CreateMessage};
use serenity::model::application::{ActionRowComponent, ButtonKind};
use serenity::model::channel::Message;

/// 2015 began so many milliseconds after 1970: Discord counts from there.
const YEAR_2015: i64 = 1_420_070_400_000;
/// How far apart the two clocks may be before deadlines and links are off.
const CLOCKS: SignedDuration = SignedDuration::from_secs(30);

impl Examination<'_> {
    pub(super) async fn test_card(&self, found: &mut Vec<Finding>) {
        let Some(channel) = self.options.alerts_channel else {
            return;
        };
        // No plan has this number: whoever presses in that second is told so, and nothing happens.
        let button = CustomId::Approve {
            plan: PlanId::new(0),
            digest: "0".repeat(16),
        }
        .to_string();
        let card = CreateMessage::new()
            .content("Medic checks whether it can post a card here; this goes away by itself.")
            .components(vec![CreateActionRow::Buttons(vec![
                CreateButton::new(button.clone()).label("Test"),
            ])]);
        let posted = match self.rest.create_message(channel, &card, Vec::new()).await {
            Ok(posted) => posted,
            Err(error) => {
                found.push(problem(
                    "test card",
                    format!("it cannot be posted: {error}"),
                ));
                return;
            }
        };
        let read = self.rest.message(channel, posted.id).await;
        let removed = self.rest.delete_message(channel, posted.id).await;
        found.push(match read {
            Ok(read) => proven(&read, &button),
            Err(error) => problem(
                "test card",
                format!("posted, but it cannot be read back: {error}"),
            ),
        });
        if let Err(error) = removed {
            found.push(problem(
                "test card",
                format!(
                    "it cannot be removed again: {error}; remove message {} by hand",
                    posted.id
                ),
            ));
        }
        found.push(clocks(&posted, self.now));
    }
}

fn proven(read: &Message, button: &str) -> Finding {
    let there = read
        .components
        .iter()
        .flat_map(|row| &row.components)
        .any(|component| {
            matches!(component, ActionRowComponent::Button(found)
                if matches!(&found.data, ButtonKind::NonLink { custom_id, .. } if custom_id == button))
        });
    if !there || button.parse::<CustomId>().is_err() {
        return problem(
            "test card",
            "posted and read back, but its button did not come back as it was sent: presses would not be understood"
                .to_owned(),
        );
    }
    fine(
        "test card",
        "posted, read back with its button intact, removed. Not proven: that a press arrives, which takes a person; press any button once"
            .to_owned(),
    )
}

/// The server's clock, by the time it gave to the message it just made.
fn clocks(posted: &Message, now: Timestamp) -> Finding {
    // The first 42 bits of an id are milliseconds since 2015.
    let since_2015 = i64::try_from(posted.id.get() >> 22).unwrap_or(i64::MAX);
    let Ok(theirs) = Timestamp::from_millisecond(since_2015.saturating_add(YEAR_2015)) else {
        return notice("clock", "the server's time cannot be read".to_owned());
    };
    let apart = now.duration_since(theirs);
    if apart.abs() <= CLOCKS {
        return fine("clock", "agrees with Discord's".to_owned());
    }
    problem(
        "clock",
        format!(
            "this machine's clock is {} s {} Discord's: switch on time synchronisation (NTP), or expiries and sign-in links are off",
            apart.as_secs().abs(),
            if apart.is_negative() {
                "behind"
            } else {
                "ahead of"
            }
        ),
    )
}
