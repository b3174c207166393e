//! While the store does not read or write: what cannot be handled waits or is refused, and nothing
//! goes on before the states are what is durable.

use super::{Answer, Loop, bookkeeping, is_delivery, ours};
use crate::domain::WorkspaceId;
use crate::engine::event::{Event, Reply};
use crate::engine::inbox::Envelope;
use crate::engine::lookup;
use crate::engine::step::{Output, Start};
use crate::store::{Batch, StoreError};
use std::collections::BTreeMap;

impl Loop {
    /// Whether the store was found not to read or write.
    pub(super) fn is_broken(&self) -> bool {
        self.health.wrong().is_some()
    }

    /// Whether all work outside has come back, even where its end is not kept yet.
    pub(super) fn all_is_back(&self) -> bool {
        let ended = self.carried.iter().filter(|envelope| envelope.ends_work);
        ended.count() >= self.under_way
    }

    /// Nothing of the batch was kept: whoever asked is told, our own events are kept for later, and
    /// the state is read anew from what is durable.
    pub(super) fn fail(
        &mut self,
        error: &StoreError,
        answers: Vec<(Answer, Reply)>,
        outputs: &BTreeMap<WorkspaceId, Output>,
        events: Vec<(WorkspaceId, Event, bool)>,
    ) {
        tracing::error!(%error, "cannot write, intake waits");
        self.health.set(Some(error.to_string()));
        for (answer, _) in answers {
            let _ = answer.send(Err(error.to_string()));
        }
        for (workspace, out) in outputs {
            let sends = out.starts.iter().filter_map(|start| match start {
                Start::Send { plan, index, .. } => Some((plan.plan().id, *index)),
                _ => None,
            });
            if let Some(state) = self.states.get_mut(workspace) {
                sends.for_each(|(plan, index)| state.set_under_way(plan, index, false));
            }
        }
        let mut again = Vec::with_capacity(events.len());
        for (workspace, event, ends_work) in events {
            if ends_work {
                self.under_way += 1;
                self.sending += usize::from(matches!(event, Event::DeliveryEnded { .. }));
            }
            if let (Event::DeliveryEnded { plan, index, .. }, Some(state)) =
                (&event, self.states.get_mut(&workspace))
            {
                state.set_under_way(*plan, *index, true);
            }
            again.push(ours(&workspace, event, ends_work));
        }
        self.put_back(again);
        self.stale = true;
        if let Err(error) = self.reload() {
            tracing::error!(%error, "cannot read the state anew, it is tried again");
        }
    }

    pub(super) fn give_back(&mut self, batch: impl IntoIterator<Item = Envelope>) {
        let why = self.health.wrong().unwrap_or_default();
        let mut again = Vec::new();
        for mut envelope in batch {
            match envelope.answer.take() {
                Some(answer) => {
                    let _ = answer.send(Err(why.clone()));
                }
                None => again.push(envelope),
            }
        }
        self.put_back(again);
    }

    /// Puts events of our own before those that wait: their turn had come.
    fn put_back(&mut self, again: Vec<Envelope>) {
        let (due, others): (Vec<_>, Vec<_>) = again.into_iter().partition(is_delivery);
        self.carried.splice(0..0, others);
        for envelope in due.into_iter().rev() {
            self.due.push_front(envelope);
        }
    }

    /// Whether the store reads and writes again, and the states are what it holds.
    pub(super) fn mend(&mut self) -> bool {
        let Some(workspace) = self.states.keys().next().cloned() else {
            return false;
        };
        let mut record = bookkeeping(&workspace, self.clock.now());
        record.kind = "store.recovered".to_owned();
        record.what = "the store works again".to_owned();
        let batch = Batch {
            records: vec![record],
            changes: Vec::new(),
        };
        let mended = self
            .reload()
            .and_then(|()| lookup::probe(&*self.store, &workspace))
            .and_then(|()| self.store.commit(batch));
        match mended {
            Ok(_) => {
                tracing::info!("the store works again");
                self.health.set(None);
                true
            }
            Err(error) => {
                self.health.set(Some(error.to_string()));
                false
            }
        }
    }

    /// Reads the states anew if they may hold what is not durable.
    fn reload(&mut self) -> Result<(), StoreError> {
        if !self.stale {
            return Ok(());
        }
        for (workspace, state) in &mut self.states {
            let mut fresh = (self.load)(&*self.store, workspace)?;
            fresh.keep_under_way(state);
            *state = fresh;
        }
        self.stale = false;
        Ok(())
    }
}
