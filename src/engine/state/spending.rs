//! What models cost: a ledger of every request, and a sum for each day.

use super::{Dirty, State};
use crate::domain::{ModelCall, SubjectId, WorkspaceId};
use crate::engine::query;
use crate::engine::rows::{LedgerRow, SpendRow};
use crate::reason::budget::{Spent, day};
use crate::store::{Order, Store, StoreError, codec};
use jiff::Timestamp;

impl State {
    /// Puts a request to a model in the ledger.
    pub fn bill(&mut self, now: Timestamp, subject: SubjectId, call: ModelCall) {
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
        let counters = self.counters_mut();
        counters.call += 1;
        counters.figures.model_calls += 1;
        let number = counters.call;
        self.put_row(&LedgerRow {
            number,
            at: now,
            subject,
            call,
        });
    }
}

/// What models have used on the day of `now`, by the ledger of this workspace.
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

/// The ledger of a workspace, oldest first.
///
/// # Errors
/// When the store cannot be read.
pub fn ledger(store: &dyn Store, workspace: &WorkspaceId) -> Result<Vec<LedgerRow>, StoreError> {
    query::page(store, workspace, "", None, usize::MAX, Order::Ascending)
}
