//! What the gateway is asked to send.

use twilight_gateway::Intents;

/// Exactly what is needed: `GUILDS` always (channels, threads and roles come with it; interactions
/// need none), messages and their content only where channels are read. `MESSAGE_CONTENT` is
/// privileged: it has to be switched on in Discord's developer portal, else Discord closes the
/// connection with 4014.
pub fn intents(reads_channels: bool) -> Intents {
    if reads_channels {
        Intents::GUILDS | Intents::GUILD_MESSAGES | Intents::MESSAGE_CONTENT
    } else {
        Intents::GUILDS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_privileged_intent_is_asked_for_only_where_channels_are_read() {
        assert_eq!(intents(false), Intents::GUILDS);
        assert!(intents(true).contains(Intents::MESSAGE_CONTENT));
    }
}
