//! The end of the audit log stands in a channel: at the start, after each decision of high risk, and
//! at intervals.

use super::team::Team;
use medic::engine::handle::RecordQuery;

/// The records whose hashes were posted, oldest first; each is compared with the log.
fn posted(team: &Team) -> Vec<u64> {
    let texts = team.discord.channel("audit").messages();
    let (handle, workspace) = (team.world.handle(), team.world.workspace());
    let log = handle
        .records(&workspace, &RecordQuery::default(), 1_000)
        .unwrap();
    let heads = texts.iter().map(|text| {
        let rest = text.split("ends with record ").nth(1).unwrap();
        let seq: u64 = rest.split(' ').next().unwrap().parse().unwrap();
        let hash = rest.split('`').nth(1).unwrap();
        let record = log.iter().find(|record| record.seq == seq).unwrap();
        assert_eq!(record.hash.to_string(), hash);
        seq
    });
    heads.collect()
}

#[tokio::test]
async fn the_end_of_the_audit_log_is_posted_after_decisions_of_high_risk_and_at_intervals() {
    let mut team = Team::with(|discord| {
        discord.text_channel("audit");
        String::new()
    })
    .await;
    let discord = team.discord.clone();
    let audit = discord.channel("audit");
    audit.shows("The audit log ends with record 1 at").await;
    team.webhooks_time_out().await;
    assert_eq!(posted(&team).len(), 1, "nobody has decided anything yet");
    team.member("Ana").clicks("alerts", "Approve PLAN-1").await;
    audit.holds(2).await;
    team.world.later(7 * 60).await;
    team.world
        .merchant_posts("M9", "A question about invoices", "")
        .await;
    audit.holds(3).await;
    let heads = posted(&team);
    assert!(heads.is_sorted(), "{heads:?}");
    assert_eq!(heads.len(), 3);
}
