//! The demo's people: they answer by themselves when nobody watches, or the story waits for them.

use super::Demo;
use crate::engine::Clock as _;
use crate::engine::handle::Ballot;
use jiff::SignedDuration;

/// How long the demo's people take to answer when nobody watches.
const ANSWER_AFTER: SignedDuration = SignedDuration::from_mins(8);

impl Demo {
    /// Approves everything that has waited as long as people take to read it, by as many people as
    /// it takes. Whether there was anything.
    pub(super) async fn approve_all(&self) -> anyhow::Result<bool> {
        let handle = self.app.handle();
        let waiting = handle.overview(&self.workspace)?.waiting;
        let read = self.clock.now() - ANSWER_AFTER;
        let mut any = false;
        for row in waiting.into_iter().filter(|row| row.since <= read) {
            let Some(card) = handle.card(&self.workspace, row.subject)? else {
                continue;
            };
            let Some(plan) = card.plans.iter().find(|p| p.id == row.plan && p.can_vote) else {
                continue;
            };
            for person in &self.people {
                let voted = handle
                    .vote(
                        &self.workspace,
                        person,
                        plan.id,
                        &plan.digest_prefix,
                        Ballot::Approve,
                    )
                    .await;
                any |= voted.is_ok();
            }
        }
        Ok(any)
    }

    /// Waits until a person has decided everything that waits; the story's clock stands still.
    pub(super) async fn wait_for_person(&mut self) -> anyhow::Result<()> {
        if self.args.exit_when_done {
            return Ok(());
        }
        let handle = self.app.handle();
        let mut notices = handle.notices();
        let mut asked = false;
        while !handle.overview(&self.workspace)?.waiting.is_empty() {
            if !asked {
                self.say(
                    "The clock of this story stands still until you have decided what waits in \
                     the console. Ctrl-C ends it.",
                )?;
                asked = true;
            }
            // A missed notice is as good as one: the question is asked again anyway.
            let _ = notices.recv().await;
            self.app.engine().quiet().await;
            self.tell()?;
        }
        Ok(())
    }
}
