//! Which diagnosers are asked, in the configured order. The offline one is always run, named or
//! not: nothing else may support an automatic action.

use super::offline::Offline;
use super::{Diagnose, Question};
use crate::domain::Diagnosis;
use std::sync::Arc;

/// The name of the offline diagnoser in the config and on the command line.
pub const OFFLINE: &str = "offline";

/// A configured provider that there is not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no diagnosis provider \"{name}\" in this version; the only one is \"{OFFLINE}\"")]
pub struct UnknownProvider {
    /// As configured.
    pub name: String,
}

/// The diagnosers in force.
#[derive(Clone, Debug)]
pub struct Chain {
    offline: Arc<Offline>,
}

impl Chain {
    /// A chain from the configured names; an empty list is the offline diagnoser alone.
    pub fn new(providers: &[String], offline: Arc<Offline>) -> Result<Self, UnknownProvider> {
        match providers.iter().find(|name| *name != OFFLINE) {
            Some(name) => Err(UnknownProvider { name: name.clone() }),
            None => Ok(Self { offline }),
        }
    }
}

#[async_trait::async_trait]
impl Diagnose for Chain {
    async fn diagnose(&self, question: &Question) -> Diagnosis {
        self.offline.answer(question)
    }
}
