//! From the configured providers to the diagnoser that the engine asks.

use super::Diagnose;
use super::offline::Offline;
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

/// The diagnoser that asks the named providers in their order. The offline one is always run,
/// named or not: nothing else may support an automatic action.
///
/// # Errors
/// When a name is not that of a provider.
pub fn chain<N: AsRef<str>>(
    providers: &[N],
    offline: Arc<Offline>,
) -> Result<Arc<dyn Diagnose>, UnknownProvider> {
    let name = providers.iter().map(AsRef::as_ref);
    match name.clone().find(|name| *name != OFFLINE) {
        Some(name) => Err(UnknownProvider {
            name: name.to_owned(),
        }),
        None => Ok(offline),
    }
}
