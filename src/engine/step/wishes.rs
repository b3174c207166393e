//! What people want about a plan that waits, beside voting: take a vote back, be asked later.

use super::Step;
use crate::decide::{self, asks};
use crate::domain::{Person, Plan, PlanId, PlanState, Snooze};
use crate::engine::event::{PlanWish, Reply};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// The shortest time for which a question can be put off, in minutes.
const SNOOZE_MINUTES: i64 = 5;

impl Step<'_> {
    pub(super) fn plan_asked(&mut self, person: &Person, id: PlanId, wish: PlanWish) -> Reply {
        let what = match wish {
            PlanWish::Withdraw => "taking an approval back",
            PlanWish::Snooze { .. } => "putting a question off",
            PlanWish::Edit { .. } => "an edit",
        };
        match self.wished(person, id, wish) {
            Reply::Refused(sentence) => self.refuse_person(person, what, id.into(), sentence),
            done => done,
        }
    }

    fn wished(&mut self, person: &Person, id: PlanId, wish: PlanWish) -> Reply {
        let live = self.state.plan(id);
        let Some(live) = live.filter(|live| live.plan.state == PlanState::Waiting) else {
            return Reply::Refused(format!(
                "{id} does not wait any more, or there is no such plan. Nothing was changed."
            ));
        };
        let (plan, deliveries) = (live.plan.clone(), live.deliveries.clone());
        let governance = self.governance();
        if wish != PlanWish::Withdraw && !governance.may_now(&plan, person, self.now) {
            return Reply::Refused(format!(
                "{id} is decided by {}, and you are none of them. Nothing was changed.",
                governance.deciders(&plan).in_words()
            ));
        }
        match wish {
            PlanWish::Withdraw => self.withdraw(person, &plan),
            PlanWish::Snooze { until } => self.snooze(person, &plan, until),
            PlanWish::Edit {
                prefix,
                edits,
                without,
            } => self.edit(person, &plan, &deliveries, &prefix, &edits, &without),
        }
    }

    fn withdraw(&mut self, person: &Person, plan: &Plan) -> Reply {
        let id = plan.id;
        let Some(plan) = decide::approval::withdraw(plan, &person.id) else {
            return Reply::Refused(format!(
                "You have not approved {id}, so nothing was changed."
            ));
        };
        let said = format!("Your approval of {id} is taken back.");
        self.record_vote(person, &plan, "plan.vote_withdrawn", &said);
        self.replace_plan(plan);
        Reply::Done(said)
    }

    fn snooze(&mut self, person: &Person, plan: &Plan, until: Timestamp) -> Reply {
        let id = plan.id;
        let span = until.duration_since(self.now);
        let rule = self.rules.governance.rule_of(plan);
        let latest = asks::put_off_at_most(&rule, plan);
        let shortest = SignedDuration::from_mins(SNOOZE_MINUTES);
        if latest.duration_since(self.now) < shortest {
            return Reply::Refused(format!(
                "{id} cannot be put off any more: it waits long enough already. Decide it, or have somebody decide in your place. Nothing was changed."
            ));
        }
        if span < shortest || until > latest {
            let latest = latest.to_zoned(TimeZone::UTC).strftime("%H:%M");
            return Reply::Refused(format!(
                "{id} can be put off for {SNOOZE_MINUTES} minutes or more, until {latest} UTC at the latest. Nothing was changed."
            ));
        }
        let by = person.name.clone();
        let plan = asks::put_off(&rule, plan, Snooze { by, until });
        for at in plan
            .expires_at
            .into_iter()
            .chain(plan.ask_next.as_ref().map(|ask| ask.at))
        {
            self.state.set_timer(at, id);
        }
        let time = until.to_zoned(TimeZone::UTC).strftime("%H:%M");
        let said = format!("{id} is put off; everybody is asked again at {time} UTC.");
        self.record_vote(person, &plan, "plan.snoozed", &said);
        self.replace_plan(plan);
        Reply::Done(said)
    }
}
