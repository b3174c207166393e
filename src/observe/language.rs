//! In which language a ticket is written, so that whoever reported it is answered in theirs.

use crate::domain::{Language, Ticket};
use whatlang::{Detector, Info, Lang};

/// The languages that can be told, each with its ISO 639-1 code.
const TOLD: [(Lang, &str); 29] = [
    (Lang::Eng, "en"),
    (Lang::Ara, "ar"),
    (Lang::Bul, "bg"),
    (Lang::Ces, "cs"),
    (Lang::Cmn, "zh"),
    (Lang::Dan, "da"),
    (Lang::Deu, "de"),
    (Lang::Ell, "el"),
    (Lang::Fin, "fi"),
    (Lang::Fra, "fr"),
    (Lang::Heb, "he"),
    (Lang::Hin, "hi"),
    (Lang::Hun, "hu"),
    (Lang::Ind, "id"),
    (Lang::Ita, "it"),
    (Lang::Jpn, "ja"),
    (Lang::Kor, "ko"),
    (Lang::Nld, "nl"),
    (Lang::Nob, "nb"),
    (Lang::Pol, "pl"),
    (Lang::Por, "pt"),
    (Lang::Ron, "ro"),
    (Lang::Rus, "ru"),
    (Lang::Slk, "sk"),
    (Lang::Spa, "es"),
    (Lang::Swe, "sv"),
    (Lang::Tha, "th"),
    (Lang::Tur, "tr"),
    (Lang::Ukr, "uk"),
];

/// A short text that is not certain among all languages may be among these, where both readings
/// give the same one.
const COMMON: [Lang; 6] = [
    Lang::Eng,
    Lang::Deu,
    Lang::Fra,
    Lang::Spa,
    Lang::Ita,
    Lang::Por,
];

/// How certain the reading among all languages must be for that, of 1.
const NOT_A_GUESS: f64 = 0.2;

/// Kana that make a text Japanese, however many words of program output stand among them.
const KANA: usize = 3;

/// The codes of the languages that can be told.
pub fn told() -> impl Iterator<Item = Language> {
    TOLD.iter().map(|(_, code)| Language::new(*code))
}

/// The language of a ticket: of the message, or of the title where that does not say. English where
/// neither is certain. Program output is not read.
pub fn of(ticket: &Ticket) -> Language {
    [&ticket.merchant_message, &ticket.issue]
        .into_iter()
        .find_map(|text| certain(text))
        .and_then(|found| TOLD.iter().find(|(lang, _)| *lang == found))
        .map_or_else(Language::default, |(_, code)| Language::new(*code))
}

fn certain(text: &str) -> Option<Lang> {
    let is_kana = |sign: &char| ('\u{3041}'..='\u{30ff}').contains(sign);
    if text.chars().filter(is_kana).count() >= KANA {
        return Some(Lang::Jpn);
    }
    let found = Detector::new().detect(text)?;
    let agrees = |other: Info| other.lang() == found.lang() && other.is_reliable();
    let certain = found.is_reliable()
        || (found.confidence() >= NOT_A_GUESS
            && Detector::with_allowlist(COMMON.to_vec())
                .detect(text)
                .is_some_and(agrees));
    certain.then_some(found.lang())
}
