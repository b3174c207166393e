//! Reporters read in the language of their ticket, and only in that.

use super::reading::plain;
use super::team::Team;

const GERMAN: &str = "Seit dem Umzug kommen keine Bestellungen mehr an, der Webhook meldet \
    WebhookTimeout: order.created webhook failed after 30s - endpoint unreachable";
const ISSUE: &str = "Orders do not arrive, webhook fails";
const TIMEOUT: &str =
    "WebhookTimeout: order.created webhook failed after 30s - endpoint unreachable";

#[tokio::test]
async fn whoever_reports_in_german_is_answered_in_german_before_and_after_healed() {
    let mut team = Team::new().await;
    let kim = team.member("Kim");
    team.webhooks_time_out().await;
    let message = team.member("Merchant").says("support", GERMAN);
    let form = kim.uses_menu("Forward as ticket", message).await;
    kim.submits(&form, &[("merchant", "M6")]).await;
    let discord = team.discord.clone();
    let support = discord.channel("support");
    support.shows("gehört zu **INC-1**").await;
    for _ in 0..8 {
        team.world.later(15).await;
        for number in 1..=6 {
            let merchant = format!("M{number}");
            let issue = match number {
                6 => "Es kommen immer noch keine Bestellungen an",
                _ => ISSUE,
            };
            team.world.merchant_posts(&merchant, issue, TIMEOUT).await;
        }
    }
    team.world.later(15).await;
    team.world
        .approves("ana", "INC-1", "send_configuration_guide")
        .await;
    let card = team.world.card("INC-1");
    let before = card.lines().find(|line| line.starts_with("Once healed"));
    insta::assert_snapshot!(before.unwrap_or_default(), @r#"Once healed: reporters of 1 merchant read where they reported: "Der Händler wurde behandelt: Sie können ihm sagen, dass es wieder funktioniert."; people are asked to have 5 merchants told by tell_it_is_healed, each message shown whole first"#);
    for _ in 0..11 {
        if team.world.card("INC-1").contains("healed: 6 treated") {
            break;
        }
        team.world.later(30).await;
    }
    support.shows("nachweislich behoben").await;
    let told: Vec<String> = support
        .messages()
        .iter()
        .filter(|text| text.starts_with("Medic"))
        .map(|text| plain(text))
        .collect();
    insta::assert_snapshot!(told.join("\n\n"), @"
    Medic: T-7 gehört zu **INC-1**. Das können Sie dem Händler jetzt sagen:
    > Ihre Meldung liegt uns vor, und wir gehen ihr nach. Wir melden uns, sobald wir mehr wissen.
    Sie lesen hier wieder davon, sobald geprüft ist, dass es behoben ist.
    -# Medic · told/T-7/INC-1/found
      [Ask the merchant…]

    Medic: **INC-1** ist nachweislich behoben, und T-7 damit auch. Der Händler wurde behandelt: Sie können ihm sagen, dass es wieder funktioniert.
    -# Medic · told/T-7/INC-1/healed
    ");
}
