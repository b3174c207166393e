//! The demo's merchants: posts tickets to Medic's own webhook, signed, over a real socket.

use crate::domain::Digest;
use crate::net::{EndpointOptions, Method, Net, Request, SystemLookup};
use jiff::Timestamp;
use secrecy::SecretString;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

const ENDPOINT: &str = "medic";
const SECRET: &str = "MEDIC_WEBHOOK_SECRET";

/// Sends tickets as a helpdesk would.
pub struct Sender {
    net: Net,
    url: String,
    sent: u64,
}

impl Sender {
    /// A sender to the intake at this address, signing with this secret.
    ///
    /// # Errors
    /// When the secret is no signing secret.
    pub fn new(address: SocketAddr, secret: &SecretString) -> anyhow::Result<Self> {
        let mut endpoint = EndpointOptions::new(format!("http://{address}"));
        endpoint.allow_private = true;
        endpoint.signing_env = Some(SECRET.to_owned());
        let options = BTreeMap::from([(ENDPOINT.to_owned(), endpoint)]);
        let lookup: Arc<dyn crate::net::Lookup> = Arc::new(SystemLookup);
        let net = Net::new(&options, &|_| Some(secret.clone()), &lookup)
            .map_err(|errors| anyhow::anyhow!("{errors:?}"))?;
        let url = net
            .url(ENDPOINT, "/v1/tickets")
            .map_err(|error| anyhow::anyhow!(error))?;
        Ok(Self { net, url, sent: 0 })
    }

    /// Posts one ticket and waits until it is acknowledged.
    ///
    /// # Errors
    /// When it is not acknowledged.
    pub async fn post(&mut self, ticket: String, now: Timestamp) -> anyhow::Result<()> {
        self.sent += 1;
        let id = Digest::of(format!("{}\n{ticket}", self.sent)).prefix();
        let request = Request {
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            body: ticket,
            sign_as: Some((format!("msg_{id}"), now)),
            ..Request::to(Method::Post, self.url.clone())
        };
        let response = self.net.send(ENDPOINT, request).await?;
        anyhow::ensure!(
            response.status == 202,
            "the intake answered {} instead of 202",
            response.status
        );
        Ok(())
    }
}
