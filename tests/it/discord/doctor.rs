//! The doctor finds each fault on the server itself, and says what to do about it; the invitation asks
//! for what the doctor looks for.

use super::whole::Place;
use crate::support::discord::{Mood, Permission};
use clap::Parser;
use jiff::{SignedDuration, Timestamp};
use medic::app;
use medic::cli::invite::{self, InviteArgs};
use medic::config::{Config, EnvSource};
use medic::discord::extras::Level;

/// What the doctor calls a problem.
async fn problems(place: &Place, config: &Config, now: Timestamp) -> Vec<String> {
    let rest = app::discord::rest(config).unwrap().unwrap();
    let found = app::discord::examine(config, &rest, now).await;
    found
        .into_iter()
        .filter(|finding| finding.level == Level::Problem)
        .map(|finding| format!("{}: {}", finding.what, finding.text))
        .filter(|_| place.folder.path().exists())
        .collect()
}

/// One problem, and it reads like this.
async fn finds(place: &Place, config: &Config, what: &str, parts: &[&str]) {
    let found = problems(place, config, place.now()).await;
    let right = found
        .iter()
        .find(|text| text.starts_with(&format!("{what}: ")));
    let right = right.unwrap_or_else(|| panic!("nothing about {what}: {found:#?}"));
    for part in parts {
        assert!(right.contains(part), "{part}: {right}");
    }
}

#[tokio::test]
async fn a_server_in_order_has_no_problems() {
    let place = Place::new().await;
    assert_eq!(
        problems(&place, &place.config(), place.now()).await,
        [""; 0]
    );
}

#[tokio::test]
async fn a_wrong_token_server_or_switch_is_found() {
    let place = Place::new().await;
    let discord = &place.discord;
    discord.world(|world| world.content_switched_on = false);
    finds(
        &place,
        &place.config(),
        "intents",
        &["Message Content Intent"],
    )
    .await;
    discord.world(|world| world.content_switched_on = true);

    let mut elsewhere = place.config();
    elsewhere.discord.options.guild_id = Some(7.into());
    finds(
        &place,
        &elsewhere,
        "server",
        &["discord.guild_id", "oauth2/authorize"],
    )
    .await;

    discord.world(|world| world.token_valid = false);
    finds(&place, &place.config(), "token", &["DISCORD_TOKEN"]).await;
}

#[tokio::test]
async fn each_missing_permission_is_named_with_its_channel() {
    for (permission, name) in [
        (Permission::ReadMessageHistory, "Read Message History"),
        (Permission::SendMessages, "Send Messages"),
        (Permission::EmbedLinks, "Embed Links"),
        (Permission::CreatePublicThreads, "Create Public Threads"),
        (
            Permission::SendMessagesInThreads,
            "Send Messages in Threads",
        ),
    ] {
        for (channel, key) in [
            ("alerts", "discord.alerts_channel"),
            ("help", "discord.channels"),
        ] {
            let place = Place::new().await;
            place.discord.deny(channel, permission);
            finds(
                &place,
                &place.config(),
                key,
                &[&format!("#{channel}"), name],
            )
            .await;
        }
    }
    let place = Place::new().await;
    place.discord.deny("alerts", Permission::ViewChannel);
    finds(
        &place,
        &place.config(),
        "discord.alerts_channel",
        &["View Channel"],
    )
    .await;
}

#[tokio::test]
async fn a_role_that_is_gone_or_cannot_be_called_is_found() {
    let place = Place::new().await;
    let role = place.discord.role("on-call");
    place.discord.world(|world| {
        world.roles.get_mut(&role).unwrap().mentionable = false;
        world.users.get_mut(&world.bot).unwrap().can &= !(Permission::MentionEveryone as u64);
    });
    finds(
        &place,
        &place.config(),
        "discord.roles.on_call",
        &["Allow anyone to @mention this role"],
    )
    .await;
    let config = place.config();
    place.discord.world(|world| world.roles.remove(&role));
    finds(&place, &config, "discord.roles.on_call", &["no role"]).await;
}

#[tokio::test]
async fn commands_that_are_missing_or_may_not_be_registered_are_found() {
    let place = Place::new().await;
    let mut config = place.config();
    config.discord.options.register_commands = false;
    finds(&place, &config, "commands", &["register_commands = true"]).await;
    place
        .discord
        .next("/commands", Mood::Refuses(403, 50_001, "Missing Access"));
    finds(
        &place,
        &place.config(),
        "commands",
        &["applications.commands"],
    )
    .await;
}

#[tokio::test]
async fn a_clock_that_is_off_and_a_card_that_cannot_be_posted_are_found() {
    let place = Place::new().await;
    let late = place.now() - SignedDuration::from_mins(5);
    let found = problems(&place, &place.config(), late).await;
    assert!(
        found
            .iter()
            .any(|text| text.starts_with("clock: ") && text.contains("NTP")),
        "{found:#?}"
    );
    for (request, part) in [
        ("POST /channels", "cannot be posted"),
        ("DELETE /channels", "by hand"),
    ] {
        place
            .discord
            .next(request, Mood::Refuses(403, 50_013, "Missing Permissions"));
        finds(&place, &place.config(), "test card", &[part]).await;
    }
}

#[derive(Parser)]
struct Invite {
    #[command(flatten)]
    args: InviteArgs,
}

/// What `medic invite` prints, or says went wrong.
fn invited(config: &Config, words: &[&str]) -> String {
    let words = std::iter::once("invite").chain(words.iter().copied());
    let args = match Invite::try_parse_from(words) {
        Ok(invite) => invite.args,
        Err(error) => return error.to_string(),
    };
    let mut out = Vec::new();
    match invite::run_with(&args, config, &mut out) {
        Ok(_) => String::from_utf8(out).unwrap(),
        Err(error) => format!("medic: {error:#}"),
    }
}

#[tokio::test]
async fn the_invitation_asks_for_what_is_used_and_for_nothing_else() {
    let bare = Config::read("c.toml", "", &EnvSource::fixed([])).unwrap();
    insta::assert_snapshot!(invited(&bare, &[]), @"medic: set DISCORD_TOKEN and discord.guild_id first, or give --application with the application's id");
    insta::assert_snapshot!(invited(&bare, &["--application", "900000000000000009"]), @"https://discord.com/oauth2/authorize?client_id=900000000000000009&scope=bot+applications.commands&permissions=309237730304");
    let wrong = invited(&bare, &["--application", "0"]);
    assert!(
        wrong.contains("invalid value '0' for '--application <ID>'"),
        "{wrong}"
    );

    // With a token, Discord says which application it belongs to; the link leads to the one server.
    let place = Place::new().await;
    let config = place.config();
    let asked = tokio::task::spawn_blocking(move || invited(&config, &[]))
        .await
        .unwrap();
    insta::assert_snapshot!(asked, @"https://discord.com/oauth2/authorize?client_id=1566738638438400002&scope=bot+applications.commands&permissions=309237730304&guild_id=1566738638438400001&disable_guild_select=true");
}
