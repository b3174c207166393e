//! What a card says about a diagnosis, and against it.

use crate::domain::card::{Line, Span};
use crate::domain::{Diagnosis, JudgedBy, Judgement, RootCause};

/// What a person said against the cause.
pub(super) fn doubted(judged: &Judgement) -> Option<Line> {
    (judged.by == JudgedBy::WrongCause).then(|| {
        vec![
            Span::Own("A person says that this cause is wrong: ".to_owned()),
            Span::Foreign(judged.words.clone()),
        ]
    })
}

/// How far to trust the cause.
pub(super) fn how_sure(found: &Diagnosis) -> String {
    match found.leading() {
        None => return format!("{}: nothing points to a cause", found.verdict),
        Some(nearest) if found.root_cause == RootCause::Unknown => {
            return format!(
                "{}: nearest is {}, with {} of 100",
                found.verdict,
                nearest.root_cause.in_words(),
                found.confidence
            );
        }
        Some(_) => {}
    }
    let worth = found.calibrated.map_or_else(String::new, |worth| {
        format!(" (so far about {worth} in 100 such answers were right)")
    });
    format!(
        "{}, {} of 100{worth}, by {}",
        found.verdict,
        found.confidence,
        found.reach.in_words()
    )
}

/// Who answered, and what became of everybody who was asked.
pub(super) fn answered_by(found: &Diagnosis) -> String {
    let who = match found.provider.as_str() {
        // Its version is a digest; its beginning is enough to tell two apart.
        "offline" => {
            let version: String = found.model_version.chars().take(8).collect();
            format!("our own rules and runbooks (version {version})")
        }
        model => format!("{model} ({})", found.model_version),
    };
    format!("{who}; {}", found.provider_note)
}

/// Everything that speaks against the cause, or was left out.
pub(super) fn doubts(found: &Diagnosis) -> Vec<Line> {
    let against = found
        .leading()
        .map(|best| best.against.as_slice())
        .unwrap_or_default();
    let line =
        |head: &str, text: &String| vec![Span::Own(head.to_owned()), Span::Foreign(text.clone())];
    let differs = Some(&found.disagreement).filter(|text| !text.is_empty());
    found
        .suspicious
        .iter()
        .map(|text| line("Suspicious: ", text))
        .chain(differs.map(|text| line("They differ: ", text)))
        .chain(against.iter().map(|text| line("Against it: ", text)))
        .chain(found.assumptions.iter().map(|text| line("Assumed: ", text)))
        .chain(found.dropped.iter().map(|text| line("Dropped: ", text)))
        .collect()
}

/// The other explanations, each with what would tell it apart.
pub(super) fn alternatives(found: &Diagnosis) -> Vec<Line> {
    found
        .others()
        .iter()
        .map(|other| {
            let mut line = vec![
                Span::Own(format!(
                    "{} ({} of 100, by {}): ",
                    other.root_cause.in_words(),
                    other.confidence,
                    other.reach.in_words()
                )),
                Span::Foreign(other.explanation.clone()),
            ];
            if !other.would_tell.is_empty() {
                line.push(Span::Own(" To tell: ".to_owned()));
                line.push(Span::Foreign(other.would_tell.clone()));
            }
            line
        })
        .collect()
}
