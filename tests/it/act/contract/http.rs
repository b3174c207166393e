//! A receiver that honours idempotency keys, as the shipped actions expect it.

use super::{Double, Vendor};
use crate::support::receiver::{Behave, Seen};
use medic::act::connectors::http::HttpConnector;
use medic::net::EndpointOptions;
use std::collections::BTreeMap;
use std::sync::Arc;

pub fn vendor() -> Vendor {
    Vendor {
        name: "http",
        connector: |net, clock| Arc::new(HttpConnector::new(net, clock)),
        with: &[
            ("path", "/merchants/{{ merchant }}/messages"),
            ("body", r#"{"text": "{{ runbook.guide }}"}"#),
            ("idempotent", "true"),
            ("reference", "/id"),
            ("check_path", "/deliveries/{{ idempotency_key }}"),
            ("check_expect", "200; /status=delivered"),
        ],
        endpoint: |options| EndpointOptions {
            bearer_env: Some("TOKEN".into()),
            ..options
        },
        double: || Box::new(Receiver::default()),
        taken_back: None,
    }
}

#[derive(Default)]
struct Receiver(BTreeMap<String, String>);

impl Double for Receiver {
    fn answer(&mut self, seen: &Seen) -> Behave {
        let json = |status, body: &str| Behave::Answer(status, Vec::new(), body.to_owned());
        if let Some(key) = seen.path().strip_prefix("/deliveries/") {
            return match self.0.contains_key(key) {
                true => json(200, r#"{"status":"delivered"}"#),
                false => json(404, "{}"),
            };
        }
        let key = seen.header("idempotency-key").unwrap().to_owned();
        self.0.insert(key, seen.body.clone());
        json(200, r#"{"id":"message-1"}"#)
    }

    fn work(&self) -> Vec<String> {
        self.0.values().cloned().collect()
    }
}
