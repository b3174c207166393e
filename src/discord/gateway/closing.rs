//! What a close of the gateway's means (Discord's documentation, "Gateway Close Event Codes").

/// What to do after a close.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Closing {
    /// Connect and resume.
    Resume,
    /// Connect and begin a new session: the old one is over.
    Begin,
    /// Give up: somebody has to change something first. The sentence says what and where.
    Stop(&'static str),
}

/// What to do after a close with this code, or with none.
pub(super) fn closing(code: Option<u16>) -> Closing {
    match code {
        Some(1_000 | 1_001 | 4_007 | 4_009) => Closing::Begin,
        Some(4_004) => Closing::Stop(
            "Discord does not accept the bot's token (close 4004): set DISCORD_TOKEN to the token \
             shown under Bot in Discord's developer portal (Reset Token shows a new one), then \
             start Medic again",
        ),
        Some(4_014) => Closing::Stop(
            "Discord refuses the intent MESSAGE_CONTENT (close 4014): switch on \"Message Content \
             Intent\" under Bot, Privileged Gateway Intents, in Discord's developer portal, or \
             take every [[discord.channels]] out of config.toml, then start Medic again",
        ),
        Some(4_013) => Closing::Stop(
            "Discord does not know an intent that Medic asks for (close 4013): this Medic is too \
             old or too new for the server at DISCORD_API_BASE",
        ),
        Some(4_012) => Closing::Stop(
            "Discord does not speak version 10 of its gateway any more (close 4012): a newer \
             Medic is needed",
        ),
        Some(4_010 | 4_011) => Closing::Stop(
            "Discord wants the bot split over several connections (close 4010 or 4011), which is \
             for bots in more than 2,500 servers: use an application of its own for Medic",
        ),
        _ => Closing::Resume,
    }
}
