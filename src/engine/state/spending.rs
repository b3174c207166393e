//! What models use, summed up for each day, so that a start knows what is left of the budget.

use super::{Dirty, State};
use crate::domain::{ModelCall, WorkspaceId};
use crate::engine::rows::SpendRow;
use crate::reason::budget::{Spent, day};
use crate::store::{Store, StoreError, codec};
use jiff::Timestamp;

impl State {
    /// Adds a request to a model to the day's sum.
    pub fn spend(&mut self, now: Timestamp, call: &ModelCall) {
        let today = day(now).to_string();
        if self.spend.day != today {
            self.spend = SpendRow {
                day: today,
                ..SpendRow::default()
            };
        }
        let tokens = call.prompt_tokens.saturating_add(call.output_tokens);
        self.spend.calls += 1;
        self.spend.tokens = self.spend.tokens.saturating_add(tokens);
        self.spend.cost_micros = self.spend.cost_micros.saturating_add(call.cost_micros);
        self.dirty.insert(Dirty::Spend);
        self.counters_mut().figures.model_calls += 1;
    }
}

/// What models have used on the day of `now`, by the sums of this workspace.
///
/// # Errors
/// When the store cannot be read.
pub fn spent_on(
    store: &dyn Store,
    workspace: &WorkspaceId,
    now: Timestamp,
) -> Result<Spent, StoreError> {
    let row = codec::load::<SpendRow>(store, workspace, &day(now).to_string())?;
    let row = row.unwrap_or_default();
    Ok(Spent {
        tokens: row.tokens,
        micros: row.cost_micros,
    })
}
