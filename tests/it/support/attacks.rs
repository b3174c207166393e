//! Hostile texts from a file of attacks, one JSON object a line.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// What an attacker sends, and where.
pub struct Attack {
    /// Its name in the file.
    pub id: String,
    /// The field that carries it: `merchant_message`, `merchant_id`, `timestamp`, `interaction`, or
    /// `raw_body` for a whole request.
    pub channel: String,
    /// The bytes; of the largest only the beginning.
    pub bytes: Vec<u8>,
}

/// All attacks of the file that the environment's ATTACKS names.
pub fn of_the_file() -> Vec<Attack> {
    let path = std::env::var("ATTACKS").expect("ATTACKS names a file");
    let file = std::fs::read_to_string(&path).unwrap();
    let attacks: Vec<Attack> = file
        .lines()
        .map(|line| {
            let attack: Value = serde_json::from_str(line).unwrap();
            Attack {
                id: attack["id"].as_str().unwrap().to_owned(),
                channel: attack["channel"].as_str().unwrap().to_owned(),
                bytes: bytes(&attack),
            }
        })
        .collect();
    assert!(!attacks.is_empty(), "{path} holds no attacks");
    attacks
}

fn bytes(attack: &Value) -> Vec<u8> {
    if let Some(text) = attack["text"].as_str() {
        return text.as_bytes().to_vec();
    }
    if let Some(raw) = attack["raw_b64"].as_str() {
        return STANDARD.decode(raw).unwrap();
    }
    // The largest would only show how fast 50 MB are repeated.
    const MOST: usize = 200_000;
    let pieces = attack["gen"].as_array().unwrap().iter().map(|piece| {
        let text = piece[0].as_str().unwrap();
        let count = usize::try_from(piece[1].as_u64().unwrap()).unwrap();
        text.repeat(count.min(MOST / text.len().max(1)))
    });
    pieces.collect::<String>().into_bytes()
}
