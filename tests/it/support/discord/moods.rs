//! How it misbehaves, on command.

use std::collections::VecDeque;
use std::time::Duration;

/// Whose limit a 429 speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    User,
    Global,
    Shared,
}

/// What happens to a request.
#[derive(Clone, Debug)]
pub enum Mood {
    /// 429 with this `retry_after` in seconds; not carried out.
    Limited(Scope, f64),
    /// This status, and it is not carried out.
    Status(u16),
    /// A 400 of Discord's with this number.
    Refuses(u16, u32, &'static str),
    /// Carried out, and the connection closed without an answer.
    AnswerLost,
    /// Waits before it is looked at.
    Slow(Duration),
    /// Answers, with rate headers that nobody can read.
    UnreadableHeaders,
    /// 429, and no number anywhere that says how long.
    LimitedWithoutWord,
    /// This JSON text instead of the answer, with 200.
    Says(&'static str),
}

/// What happens to the gateway's next event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventMood {
    Lost,
    Twice,
    /// After the one that follows it.
    Late,
    Undecodable,
}

#[derive(Default)]
pub struct Moods {
    /// Part of `METHOD /path`, and what happens the next time.
    pub requests: VecDeque<(String, Mood)>,
    pub events: VecDeque<(String, EventMood)>,
    /// Requests a window that a route of a channel may take, and its seconds.
    pub bucket: Option<(u32, f64)>,
    pub gateway_down: bool,
}

impl Moods {
    pub fn take(&mut self, request: &str) -> Option<Mood> {
        let at = self
            .requests
            .iter()
            .position(|(part, _)| request.contains(part.as_str()))?;
        self.requests.remove(at).map(|(_, mood)| mood)
    }

    pub fn take_event(&mut self, kind: &str) -> Option<EventMood> {
        let at = self.events.iter().position(|(name, _)| name == kind)?;
        self.events.remove(at).map(|(_, mood)| mood)
    }
}

impl super::Discord {
    /// The next request whose `METHOD /path` contains `part` meets this mood.
    pub fn next(&self, part: &str, mood: Mood) -> &Self {
        self.world(|world| world.moods.requests.push_back((part.to_owned(), mood)));
        self
    }

    /// The next event of this type meets this mood.
    pub fn next_event(&self, kind: &str, mood: EventMood) -> &Self {
        self.world(|world| world.moods.events.push_back((kind.to_owned(), mood)));
        self
    }

    /// Every route takes so many requests a window for each channel.
    pub fn limits_routes(&self, requests: u32, seconds: f64) -> &Self {
        self.world(|world| world.moods.bucket = Some((requests, seconds)));
        self
    }
}
