//! Resolving a name once, and checking every address it gives.

use super::address::{AddressClass, classify};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// Turns a host name into addresses.
#[async_trait::async_trait]
pub trait Lookup: Send + Sync {
    /// Every address of this name.
    async fn lookup(&self, host: &str) -> io::Result<Vec<IpAddr>>;
}

/// The system's resolver.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemLookup;

/// Which addresses an endpoint may have.
#[derive(Clone, Copy, Debug)]
pub(super) struct Allowed {
    /// Private networks and this machine.
    pub private: bool,
    /// Nothing but this machine.
    pub only_loopback: bool,
}

/// A name or address leads where the endpoint may not go.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{host} is {address}, {reason}; it is not connected")]
pub(super) struct AddressRefused {
    host: String,
    address: IpAddr,
    reason: &'static str,
}

/// Answers the client's question for a name with checked addresses, or not at all.
pub(super) struct CheckedLookup {
    pub lookup: Arc<dyn Lookup>,
    pub allowed: Allowed,
}

impl Allowed {
    /// Whether this address may be connected.
    pub fn check(self, host: &str, address: IpAddr) -> Result<(), AddressRefused> {
        let reason = match classify(address) {
            AddressClass::Never(reason) => reason,
            AddressClass::Loopback if self.private => return Ok(()),
            _ if self.only_loopback => "not this machine, and plain http stays on it",
            AddressClass::Public => return Ok(()),
            AddressClass::Private if self.private => return Ok(()),
            AddressClass::Private => "a private network, and the endpoint lacks allow_private",
            AddressClass::Loopback => "this machine, and the endpoint lacks allow_private",
        };
        Err(AddressRefused {
            host: host.to_owned(),
            address,
            reason,
        })
    }
}

#[async_trait::async_trait]
impl Lookup for SystemLookup {
    async fn lookup(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        let found = tokio::net::lookup_host((host, 0)).await?;
        Ok(found.map(|address| address.ip()).collect())
    }
}

impl Resolve for CheckedLookup {
    fn resolve(&self, name: Name) -> Resolving {
        let lookup = Arc::clone(&self.lookup);
        let allowed = self.allowed;
        Box::pin(async move {
            let host = name.as_str();
            let found = lookup.lookup(host).await?;
            // One bad address among good ones is a trick or a mistake; neither is connected.
            for address in &found {
                allowed.check(host, *address)?;
            }
            if found.is_empty() {
                return Err(io::Error::other(format!("{host} has no address")).into());
            }
            let addresses = found.into_iter().map(|address| SocketAddr::new(address, 0));
            Ok(Box::new(addresses) as Addrs)
        })
    }
}
