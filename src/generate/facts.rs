//! The particulars that fill a phrase's slots: those of one cause (the same in all its tickets)
//! and those of one ticket.

use super::merchants::Merchant;
use super::random::Random;
use jiff::Timestamp;

/// What all tickets of one incident have in common. A ticket outside any incident has its own.
#[derive(Clone, Debug)]
pub struct Facts {
    event: &'static str,
    endpoint: &'static str,
    processor: &'static str,
    carrier: &'static str,
    country: &'static str,
    cdn: &'static str,
}

impl Facts {
    /// Draws the particulars of one cause.
    pub fn draw(random: &mut Random) -> Self {
        Self {
            event: random.text(&[
                "order.created",
                "order.created",
                "order.paid",
                "checkout.completed",
            ]),
            endpoint: random.text(&[
                "/api/v2/orders",
                "/api/v2/products",
                "/api/v2/customers",
                "/api/v2/stock",
            ]),
            processor: random.text(&["Stripe", "Adyen", "Mollie", "Braintree", "Worldpay"]),
            carrier: random.text(&["DHL", "UPS", "DPD", "GLS", "Colissimo"]),
            country: random.text(&["Switzerland", "Austria", "France", "Norway", "Canada"]),
            cdn: random.text(&["edge-fra1", "edge-ams3", "edge-lhr2", "edge-mad1"]),
        }
    }
}

/// What a phrase may speak of.
pub struct Slots<'a> {
    /// Particulars of the cause.
    pub facts: &'a Facts,
    /// Who writes.
    pub merchant: Merchant,
    /// When.
    pub at: Timestamp,
}

impl Slots<'_> {
    /// The value of this slot; none for a name that is no slot.
    pub fn value(&self, name: &str, random: &mut Random) -> Option<String> {
        let id = |random: &mut Random| format!("{:010x}", random.next_u64() >> 24);
        Some(match name {
            "event" => self.facts.event.to_owned(),
            "endpoint" => self.facts.endpoint.to_owned(),
            "psp" => self.facts.processor.to_owned(),
            "carrier" => self.facts.carrier.to_owned(),
            "country" => self.facts.country.to_owned(),
            "cdn" => self.facts.cdn.to_owned(),
            "domain" => self.merchant.domain(),
            "shop" => self.merchant.shop_name(),
            "url" => {
                let path =
                    random.text(&["hooks/orders", "webhook.php", "api/webhooks", "wc-api/hook"]);
                format!("https://{}/{path}", self.merchant.domain())
            }
            "image" => {
                let place = random.text(&["images/products", "media/catalog", "files"]);
                format!(
                    "https://{}/{place}/{}.jpg",
                    self.merchant.domain(),
                    id(random)
                )
            }
            "id" => id(random),
            "order" => format!("#{}", random.between(10_000, 99_999)),
            "sku" => format!(
                "{}-{}",
                random.text(&["BK", "CF", "GR", "KT", "SH", "TX"]),
                random.between(1000, 9999)
            ),
            "product" => random
                .text(&[
                    "the oak table",
                    "our coffee sets",
                    "the trail shoe",
                    "the rain jacket",
                ])
                .to_owned(),
            "n" => random.between(3, 60).to_string(),
            "pct" => random.between(20, 80).to_string(),
            "try" => random.between(1, 5).to_string(),
            "tenths" => format!(".{}", random.between(0, 9)),
            "amount" => format!("{}.{:02}", random.between(9, 480), random.below(100)),
            "time" => {
                let minutes = random.between(10, 180) as i64;
                let then = self.at.as_second().saturating_sub(minutes * 60);
                let minute = then.div_euclid(60).rem_euclid(1440);
                format!("{:02}:{:02}", minute / 60, minute % 60)
            }
            "day" => random
                .text(&[
                    "yesterday",
                    "Monday",
                    "Tuesday",
                    "Thursday",
                    "Friday",
                    "the weekend",
                ])
                .to_owned(),
            "stamp" => self.at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            _ => return None,
        })
    }
}
