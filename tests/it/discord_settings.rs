//! `[discord]`: what the config takes and refuses, whose merchant a message is, who a member is,
//! and what the invitation asks for.

use medic::config::{Config, EnvSource};
use medic::discord::merchants::{NamedMerchant, merchant_of, read};
use medic::discord::options::{DiscordOptions, TicketChannel};
use medic::discord::people::{KnownPerson, People};
use medic::discord::permissions::{Purpose, invite_link, invited_with};
use medic::domain::{PersonId, Severity, Surface};
use serenity::model::Permissions;
use serenity::model::id::{ApplicationId, ChannelId, GuildId, RoleId, UserId};

const GUILD: &str = "[discord]\nguild_id = \"900000000000000001\"\n";
const TOKEN: (&str, &str) = ("DISCORD_TOKEN", "a-token-that-opens-nothing");

fn config(text: &str, env: &[(&str, &str)]) -> Config {
    Config::read("the config", text, &EnvSource::fixed(env.iter().copied())).unwrap()
}

fn refused(text: &str) -> String {
    match Config::read("c.toml", text, &EnvSource::fixed([])) {
        Ok(_) => panic!("it was taken"),
        Err(errors) => errors.to_string(),
    }
}

fn said(config: &Config) -> String {
    config
        .findings()
        .iter()
        .filter(|finding| finding.key.starts_with("discord"))
        .map(|finding| format!("{:?} {}: {}", finding.level, finding.key, finding.text))
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn without_a_token_or_a_server_discord_is_off_and_says_what_is_missing() {
    let bare = config("", &[]);
    assert!(bare.discord_setup().is_none());
    insta::assert_snapshot!(said(&bare), @r#"Notice discord: Discord is not set up, so Medic runs without it: README.md, "Set up Discord", says how"#);
    let no_guild = config("", &[TOKEN]);
    assert!(no_guild.discord_setup().is_none());
    assert!(
        said(&no_guild).contains("give discord.guild_id in config.toml"),
        "{}",
        said(&no_guild)
    );
    let no_token = config(GUILD, &[]);
    assert!(no_token.discord_setup().is_none());
    assert!(
        said(&no_token).contains("DISCORD_TOKEN is not set"),
        "{}",
        said(&no_token)
    );
    let both = config(GUILD, &[TOKEN]);
    assert!(both.discord_setup().is_some());
    insta::assert_snapshot!(said(&both), @r"
    Problem discord.alerts_channel: no channel for alerts, so no card is ever posted and nobody can approve in Discord: give discord.alerts_channel
    Problem discord.roles: nobody could decide anything in Discord: map a role in [discord.roles], or give people their discord_id in [[people]]
    Notice discord.channels: no channel or forum is read for tickets; add [[discord.channels]], or forward messages by hand
    ");
}

#[test]
fn a_token_is_never_shown() {
    let shown = format!("{:?}", config(GUILD, &[TOKEN]));
    assert!(!shown.contains(TOKEN.1), "{shown}");
}

#[test]
fn a_whole_section_is_read() {
    let text = r#"
[discord]
guild_id = "900000000000000001"
alerts_channel = "900000000000000002"
register_commands = false
[discord.roles]
on_call = "900000000000000004"
[discord.merchant_roles]
"900000000000000005" = "M5"
[[discord.channels]]
id = "900000000000000006"
merchant_tags = { "Ana's Tea" = "M6" }
claimed_pattern = "M*"
severity = "high"
migration_stage = "cut-over"
[[discord.channels]]
id = "900000000000000007"
claimed = false
"#;
    let options = config(text, &[]).discord.options;
    assert_eq!(
        options.guild_id,
        Some(GuildId::new(900_000_000_000_000_001))
    );
    assert_eq!(options.workspace.as_ref().unwrap().as_str(), "default");
    assert_eq!(
        options.roles["on_call"],
        RoleId::new(900_000_000_000_000_004)
    );
    assert_eq!(options.channels.len(), 2);
    let first = options
        .ticket_channel(ChannelId::new(900_000_000_000_000_006))
        .unwrap();
    assert_eq!((first.severity, first.claimed), (Severity::High, true));
    assert!(!options.channels[1].claimed);
}

#[test]
fn slips_are_named_with_their_place_and_the_way_out() {
    for (text, expected) in [
        (
            "[discord]\nguild_id = \"12\"\n",
            "\"12\" is not a Discord id",
        ),
        (
            "[discord]\nguild = \"900000000000000001\"\n",
            "there is no key `guild` here; did you mean `guild_id`?",
        ),
        (
            "[discord.roles]\non_cal = \"900000000000000001\"\n",
            "did you mean `on_call`?",
        ),
        (
            "[discord]\nworkspace = \"other\"\n",
            "there is no workspace other",
        ),
        (
            "[discord]\nalerts_channel = \"900000000000000001\"\n[[discord.channels]]\nid = \"900000000000000001\"\n",
            "give alerts_channel a channel of its own",
        ),
        (
            "[[discord.channels]]\nid = \"900000000000000001\"\n[[discord.channels]]\nid = \"900000000000000001\"\n",
            "a second entry for channel 900000000000000001",
        ),
        (
            "[[sources]]\nname = \"discord\"\nauth = \"bearer\"\nsecret_env = [\"X\"]\noptional = true\n",
            "the name discord is kept for tickets from Discord itself",
        ),
    ] {
        let said = refused(text);
        assert!(said.contains(expected), "{text}\n{said}");
        assert!(said.starts_with("c.toml:"), "{said}");
    }
}

fn options() -> DiscordOptions {
    config(
        r#"
[discord.merchant_roles]
"900000000000000011" = "M1"
"900000000000000012" = "M2"
[[discord.channels]]
id = "900000000000000006"
merchant_tags = { "Ana's Tea" = "M6", "900000000000000066" = "M7" }
"#,
        &[],
    )
    .discord
    .options
}

fn channel(pattern: &str) -> TicketChannel {
    TicketChannel {
        claimed_pattern: pattern.to_owned(),
        ..options().channels[0].clone()
    }
}

#[test]
fn a_merchant_is_read_from_a_prefix_or_a_line_of_its_own() {
    for (text, merchant, rest) in [
        ("[M123] it is broken", Some("M123"), "it is broken"),
        ("  [ shop-9 ]it is broken", Some("shop-9"), "it is broken"),
        ("merchant: M123\nit is broken", Some("M123"), "it is broken"),
        (
            "it is broken\nMerchant : acme",
            Some("acme"),
            "it is broken",
        ),
        ("merchant: M123", Some("M123"), ""),
        ("[urgent] it is broken", None, "[urgent] it is broken"),
        ("[M123", None, "[M123"),
        ("[M 123] it is broken", None, "[M 123] it is broken"),
        (
            "the merchant: M123 says so",
            None,
            "the merchant: M123 says so",
        ),
        ("merchant: <@77>", None, "merchant: <@77>"),
        ("a\nmerchant: M1\nb", None, "a\nmerchant: M1\nb"),
        ("[]", None, "[]"),
        ("", None, ""),
    ] {
        let channel = channel("*");
        let found = read(&channel, text);
        assert_eq!((found.claimed, found.rest), (merchant, rest), "{text:?}");
    }
    let long = format!("[M{}] x", "1".repeat(64));
    assert_eq!(read(&channel("*"), &long).claimed, None);
}

#[test]
fn a_pattern_narrows_what_counts_as_a_merchant() {
    for (pattern, name, fits) in [
        ("*", "M1", true),
        ("M*", "M1", true),
        ("M*", "X1", false),
        ("M1", "M1", true),
        ("M1", "M12", false),
        ("*-shop", "9-shop", true),
        ("*-shop", "9-shops", false),
        ("M*-*", "M1-2", true),
        ("M*-*", "M12", false),
    ] {
        let channel = channel(pattern);
        let text = format!("[{name}] x");
        assert_eq!(
            read(&channel, &text).claimed.is_some(),
            fits,
            "{pattern} {name}"
        );
    }
    let off = TicketChannel {
        claimed: false,
        ..channel("*")
    };
    assert_eq!(read(&off, "[M1] x").claimed, None);
}

#[test]
fn tags_and_roles_verify_and_words_only_claim() {
    let (options, channel) = (options(), channel("*"));
    let roles = |ids: &[u64]| -> Vec<RoleId> {
        ids.iter()
            .map(|id| RoleId::new(900_000_000_000_000_000 + id))
            .collect()
    };
    let tags = |names: &[&str]| -> Vec<String> { names.iter().map(|n| (*n).to_owned()).collect() };
    let named = |id: &str, verified| {
        Some(NamedMerchant {
            id: id.to_owned(),
            verified,
        })
    };
    for (held, on, claimed, expected) in [
        (roles(&[]), tags(&[]), None, None),
        (roles(&[]), tags(&[]), Some("M1"), named("M1", false)),
        (roles(&[11]), tags(&[]), None, named("M1", true)),
        (roles(&[11]), tags(&[]), Some("M1"), named("M1", true)),
        (roles(&[11]), tags(&[]), Some("M9"), named("M9", false)),
        (roles(&[11, 12]), tags(&[]), None, None),
        (roles(&[11, 12]), tags(&[]), Some("M2"), named("M2", true)),
        (
            roles(&[11]),
            tags(&["ana's tea"]),
            Some("M9"),
            named("M6", true),
        ),
        (
            roles(&[]),
            tags(&["900000000000000066"]),
            None,
            named("M7", true),
        ),
        (roles(&[99]), tags(&["other"]), None, None),
    ] {
        let found = merchant_of(&options, &channel, &held, &on, claimed);
        assert_eq!(found, expected, "{held:?} {on:?} {claimed:?}");
    }
}

#[test]
fn one_human_is_one_person_and_a_role_in_discord_gives_ours() {
    let options = config(
        "[discord.roles]\non_call = \"900000000000000021\"\nsupport = \"900000000000000022\"\n",
        &[],
    )
    .discord
    .options;
    let ana = UserId::new(900_000_000_000_000_031);
    let people = People::new(
        [KnownPerson {
            user: ana,
            id: PersonId::new("ana"),
            name: "Ana".to_owned(),
            roles: vec!["support".to_owned()],
        }],
        &options,
    );
    let on_call = RoleId::new(900_000_000_000_000_021);
    let known = people.person(ana, "ana_in_discord", &[on_call]);
    assert_eq!((known.id.as_str(), known.name.as_str()), ("ana", "Ana"));
    assert_eq!(known.roles, ["on_call", "support"]);
    assert_eq!(known.surface, Surface::Discord);
    let other = people.person(UserId::new(900_000_000_000_000_032), "kim", &[on_call]);
    assert_eq!(other.id.as_str(), "discord:900000000000000032");
    assert_eq!(
        (other.name.as_str(), other.roles),
        ("kim", vec!["on_call".to_owned()])
    );
    let nobody = people.person(UserId::new(900_000_000_000_000_033), "x", &[]);
    assert!(nobody.roles.is_empty());
    assert_eq!(people.user(&PersonId::new("ana")), Some(ana));
    assert_eq!(
        people.user(&other.id),
        Some(UserId::new(900_000_000_000_000_032))
    );
    assert_eq!(people.user(&PersonId::new("ben")), None);
}

#[test]
fn the_invitation_asks_for_what_is_used_and_nothing_else() {
    let used: Permissions = Purpose::ALL
        .iter()
        .flat_map(|purpose| purpose.needs())
        .map(|need| need.permission)
        .collect();
    assert_eq!(invited_with(), used);
    insta::assert_snapshot!(invited_with().get_permission_names().join(", "), @"View Channel, Send Messages, Embed Links, Read Message History, Create Public Threads, Send Messages in Threads");
    let link = invite_link(ApplicationId::new(42), Some(GuildId::new(7)));
    insta::assert_snapshot!(link, @"https://discord.com/oauth2/authorize?client_id=42&scope=bot+applications.commands&permissions=309237730304&guild_id=7&disable_guild_select=true");
}
