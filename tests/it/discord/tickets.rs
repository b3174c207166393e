//! What becomes a ticket in threads and forums and what does not, and what happens to it there, with
//! the whole of Medic.

use super::whole::Place;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_post_grows_by_its_authors_words_follows_its_title_and_ends_with_its_thread() {
    let place = Place::new().await;
    let discord = &place.discord;
    let medic = place.starts().await;
    discord.online().await;
    let author = discord.member("Merchant 1");
    let post = author.posts("reports", "Cart is empty", "It empties itself", &[]);
    medic.until("a ticket", |all| all.len() == 1).await;

    discord
        .member("Ben")
        .says("Cart is empty", "I look into it");
    author.says("Cart is empty", "On the phone too");
    let found = medic
        .until("what the author added", |all| {
            all[0].ticket.merchant_message.contains("On the phone too")
        })
        .await;
    assert_eq!(found.len(), 1);
    let words = &found[0].ticket.merchant_message;
    assert!(!words.contains("I look into it"), "{words}");

    discord.renames(post, "Cart is empty since Monday");
    medic
        .until("the new title", |all| {
            all[0].ticket.issue == "Cart is empty since Monday"
        })
        .await;

    // Whoever writes in an archived thread brings it back.
    discord.world(|world| world.channels.get_mut(&post).unwrap().archived = true);
    author.says("Cart is empty since Monday", "Still so");
    medic
        .until("what came to the archived thread", |all| {
            all[0].ticket.merchant_message.contains("Still so")
        })
        .await;

    discord.deletes_thread(post);
    let found = medic
        .until("the deletion", |all| all[0].withdrawn_at.is_some())
        .await;
    assert_eq!(found.len(), 1);
    medic.app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_and_bots_are_no_tickets_and_a_bulk_deletion_is_noted_for_each() {
    let place = Place::new().await;
    let discord = &place.discord;
    let medic = place.starts().await;
    discord.online().await;
    let author = discord.member("Merchant 1");
    let first = author.says("help", "Orders do not arrive");
    medic.until("a ticket", |all| all.len() == 1).await;
    discord.member("Ben").replies(first, "Which ones?");
    discord.bot("Deploys").says("help", "Version 2 is out");
    let second = author.says("help", "Images are missing");
    let found = medic
        .until("the next ticket", |all| {
            all.iter()
                .any(|view| view.ticket.merchant_message == "Images are missing")
        })
        .await;
    assert_eq!(found.len(), 2, "{found:#?}");

    discord.deletes_in_bulk(&[first, second]);
    medic
        .until("both deletions", |all| {
            all.iter().all(|view| view.withdrawn_at.is_some())
        })
        .await;
    medic.app.stop().await;
}
