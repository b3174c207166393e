//! A rush: twenty people press 200 buttons, four on each of fifty questions.

use super::team::Team;
use crate::support::discord::people::Answer;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::task::JoinSet;

/// Questions that wait.
pub const QUESTIONS: usize = 50;
/// Who presses.
pub const PEOPLE: usize = 20;
/// How often they press, all together.
pub const CLICKS: usize = 200;

/// A card that asks: its message, and the label of the button.
type Question = (u64, String);

/// A team of twenty who may decide, and fifty cards that ask them.
pub struct Rush {
    pub team: Team,
    questions: Vec<Question>,
}

impl Rush {
    /// Fifty critical tickets of one merchant are fifty cases, each with a question of its own.
    pub async fn new() -> Self {
        let team = Team::with(|discord| {
            format!(
                "[discord]\nguild_id = \"{}\"\n[discord.roles]\non_call = \"{}\"\nsupport = \"{}\"\n",
                discord.world(|world| world.guild),
                discord.role("on-call"),
                discord.role("support")
            )
        })
        .await;
        for number in 0..PEOPLE {
            let name = format!("Person {number}");
            team.discord.member_with(&name, &["on-call", "support"]);
        }
        let tickets: Vec<_> = (0..QUESTIONS)
            .map(|number| {
                serde_json::json!({
                    "ticket_id": format!("rush-{number}"),
                    "merchant_id": "M1",
                    "timestamp": team.world.now(),
                    "issue": "Checkout is down, nobody can pay",
                    "severity": "critical",
                })
            })
            .collect();
        let body = serde_json::Value::from(tickets).to_string();
        team.world.sends(&body, true).await;
        let questions = team
            .discord
            .until("fifty questions", |world| {
                let asking: Vec<Question> = world
                    .messages
                    .values()
                    .filter_map(|message| Some((message.id, button(&message.components)?)))
                    .collect();
                (asking.len() >= QUESTIONS).then_some(asking)
            })
            .await;
        Self { team, questions }
    }

    /// All press, one every `pause`. What each got, by question.
    pub async fn begins(&self, pause: Duration) -> BTreeMap<String, Vec<Answer>> {
        let mut pressing = JoinSet::new();
        let begun = tokio::time::Instant::now();
        for click in 0..CLICKS {
            let (message, label) = self.questions[click % QUESTIONS].clone();
            // Four different people for each question.
            let person = (click % QUESTIONS + 5 * (click / QUESTIONS)) % PEOPLE;
            let member = self.team.member(&format!("Person {person}"));
            let at = begun + pause * u32::try_from(click).unwrap();
            pressing.spawn(async move {
                tokio::time::sleep_until(at).await;
                let answer = member.presses(message, &label).await;
                (label, answer)
            });
        }
        let mut answers: BTreeMap<String, Vec<Answer>> = BTreeMap::new();
        while let Some(done) = pressing.join_next().await {
            let (label, answer) = done.unwrap();
            answers.entry(label).or_default().push(answer);
        }
        answers
    }
}

/// The label of the button that approves.
fn button(rows: &serde_json::Value) -> Option<String> {
    let rows = rows.as_array()?.iter();
    let mut parts = rows.flat_map(|row| row["components"].as_array().into_iter().flatten());
    parts.find_map(|part| {
        let label = part["label"].as_str()?;
        label.starts_with("Approve PLAN-").then(|| label.to_owned())
    })
}
