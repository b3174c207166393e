//! What stands right before a number, where the number alone does not say what it is.

use super::scan::Scan;

/// How far back a word is looked for.
const REACH: usize = 32;

/// Words after which a number is one to call.
const PHONE: &[&str] = &[
    "phone",
    "telephone",
    "tel",
    "telefon",
    "téléphone",
    "teléfono",
    "telefono",
    "mobile",
    "mobil",
    "móvil",
    "cell",
    "call",
    "handy",
    "whatsapp",
    "fax",
    "sms",
    "text",
    "ring",
    "dial",
    "hotline",
];

/// Words after which a number names goods.
const GOODS: &[&str] = &[
    "ean", "gtin", "upc", "isbn", "barcode", "asin", "sku", "gtin13", "ean13",
];

/// Words after which a number is a payment card's.
const CARD: &[&str] = &[
    "card",
    "cards",
    "creditcard",
    "visa",
    "pan",
    "karte",
    "carte",
    "tarjeta",
];

/// Words that may stand between such a word and the number.
const FILLERS: &[&str] = &[
    "at", "number", "no", "nr", "is", "me", "us", "on", "under", "to",
];

/// Whether a phone number is announced before `at`.
pub(super) fn announces_phone(scan: &Scan<'_>, at: usize) -> bool {
    announced(scan, at, PHONE)
}

/// Whether a number of goods is announced before `at`.
pub(super) fn announces_goods(scan: &Scan<'_>, at: usize) -> bool {
    announced(scan, at, GOODS)
}

/// Whether a card's number is announced before `at`.
pub(super) fn announces_card(scan: &Scan<'_>, at: usize) -> bool {
    announced(scan, at, CARD)
}

fn announced(scan: &Scan<'_>, at: usize, words: &[&str]) -> bool {
    let mut floor = at.saturating_sub(REACH);
    while !scan.text().is_char_boundary(floor) {
        floor += 1;
    }
    let before = scan.text()[floor..at].to_lowercase();
    let mut pieces = before
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .rev()
        .skip_while(|word| FILLERS.contains(word));
    pieces.next().is_some_and(|word| words.contains(&word))
}
