//! Why a call to Discord came to nothing, and what that means for a repeat.

use std::time::Duration;

/// A message's, channel's or other thing's absence and the refusals that somebody acts on, by
/// Discord's number (its documentation, "JSON Error Codes").
mod code {
    pub const UNKNOWN_CHANNEL: u32 = 10_003;
    pub const UNKNOWN_MESSAGE: u32 = 10_008;
    pub const UNKNOWN_INTERACTION: u32 = 10_062;
    pub const ALREADY_ACKNOWLEDGED: u32 = 40_060;
    pub const TOO_MANY_EDITS_OF_OLD_MESSAGE: u32 = 30_046;
    pub const MISSING_ACCESS: u32 = 50_001;
    pub const NOT_THE_AUTHOR: u32 = 50_005;
    pub const MISSING_PERMISSIONS: u32 = 50_013;
    pub const ARCHIVED_THREAD: u32 = 50_083;
    pub const THREAD_EXISTS: u32 = 160_004;
    pub const THREAD_LOCKED: u32 = 160_005;
}

/// Why a call came to nothing. No variant holds a token or the text of a message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RestError {
    /// Discord refused it; the same call will be refused again.
    #[error("Discord refused: {message} (status {status}, code {code})")]
    Refused {
        /// HTTP status.
        status: u16,
        /// Discord's own number, 0 where it gave none.
        code: u32,
        /// Discord's words, with the field to blame.
        message: String,
    },
    /// The bot's token is not accepted. Nothing is sent any more by this process.
    #[error(
        "Discord does not accept the bot's token; set DISCORD_TOKEN to the one shown under Bot in \
         Discord's developer portal and start again"
    )]
    Unauthorised,
    /// A limit of Discord's would have to be waited for longer than the call may take. Nothing was
    /// sent, or Discord did not carry it out.
    #[error("Discord's limit is reached; again in {} ms", retry_after.as_millis())]
    RateLimited {
        /// When to come back.
        retry_after: Duration,
    },
    /// Discord cannot be reached; nothing was carried out.
    #[error("Discord cannot be reached: {0}")]
    Unreachable(String),
    /// Sent, but no answer says what became of it: it may or may not have been carried out.
    #[error("Discord gave no usable answer: {0}")]
    Unanswered(String),
    /// Carried out, but what Discord answered cannot be read.
    #[error("Discord's answer cannot be read: {0}")]
    Unreadable(String),
    /// Not sent: it cannot be put into a request.
    #[error("the request cannot be made: {0}")]
    Malformed(String),
}

impl RestError {
    /// Discord's number for a refusal.
    pub fn code(&self) -> Option<u32> {
        match self {
            Self::Refused { code, .. } => Some(*code),
            _ => None,
        }
    }

    /// HTTP status of a refusal.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Refused { status, .. } => Some(*status),
            Self::Unauthorised => Some(401),
            _ => None,
        }
    }

    /// The message is gone: deleted, or never there.
    pub fn is_unknown_message(&self) -> bool {
        self.code() == Some(code::UNKNOWN_MESSAGE)
    }

    /// The channel or thread is gone, or hidden from the bot.
    pub fn is_unknown_channel(&self) -> bool {
        self.code() == Some(code::UNKNOWN_CHANNEL)
    }

    /// The interaction's token is dead, or it was answered already. Never answer it again: the
    /// first answer may well have landed.
    pub fn is_interaction_over(&self) -> bool {
        matches!(
            self.code(),
            Some(code::UNKNOWN_INTERACTION | code::ALREADY_ACKNOWLEDGED)
        )
    }

    /// It was answered already, so only that answer can be changed.
    pub fn is_already_answered(&self) -> bool {
        self.code() == Some(code::ALREADY_ACKNOWLEDGED)
    }

    /// This message cannot be edited, though another can be posted: too old and edited too often,
    /// in an archived thread, or somebody else's.
    pub fn edits_refused(&self) -> bool {
        matches!(
            self.code(),
            Some(
                code::TOO_MANY_EDITS_OF_OLD_MESSAGE | code::ARCHIVED_THREAD | code::NOT_THE_AUTHOR
            )
        )
    }

    /// The thread is archived: unarchive it first.
    pub fn is_archived_thread(&self) -> bool {
        self.code() == Some(code::ARCHIVED_THREAD)
    }

    /// Nothing can be posted in this channel or thread any more, though in another it can: it is
    /// gone, archived or locked.
    pub fn is_closed_channel(&self) -> bool {
        matches!(
            self.code(),
            Some(code::UNKNOWN_CHANNEL | code::ARCHIVED_THREAD | code::THREAD_LOCKED)
        )
    }

    /// The message has a thread already; its id is the message's.
    pub fn is_thread_exists(&self) -> bool {
        self.code() == Some(code::THREAD_EXISTS)
    }

    /// The bot lacks a permission or cannot see the channel.
    pub fn is_forbidden(&self) -> bool {
        self.status() == Some(403)
            || matches!(
                self.code(),
                Some(code::MISSING_ACCESS | code::MISSING_PERMISSIONS)
            )
    }

    /// Whether the same call may succeed later without anybody changing anything.
    pub fn is_passing(&self) -> bool {
        matches!(
            self,
            Self::RateLimited { .. } | Self::Unreachable(_) | Self::Unanswered(_)
        )
    }

    /// Whether it may have been carried out nevertheless.
    pub fn may_have_happened(&self) -> bool {
        matches!(self, Self::Unanswered(_) | Self::Unreadable(_))
    }

    pub(super) fn already_acknowledged(&self) -> bool {
        self.code() == Some(code::ALREADY_ACKNOWLEDGED)
    }
}
