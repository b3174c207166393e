//! Two hundred clicks at once: each question is decided once, and everybody is answered.

use super::rush::{CLICKS, QUESTIONS, Rush};
use std::time::Duration;

#[tokio::test]
async fn two_hundred_clicks_by_twenty_people_decide_fifty_questions_once_each() {
    let rush = Rush::new().await;
    let answers = rush.begins(Duration::ZERO).await;
    assert_eq!(answers.len(), QUESTIONS);
    assert_eq!(answers.values().map(Vec::len).sum::<usize>(), CLICKS);
    for (question, answers) in &answers {
        let approved = answers
            .iter()
            .filter(|answer| answer.text.starts_with("Approved."));
        assert_eq!(approved.count(), 1, "{question}: {answers:#?}");
        for answer in answers {
            assert!(
                answer.ephemeral && !answer.text.is_empty(),
                "{question}: {answer:?}"
            );
        }
        let plan = question.trim_start_matches("Approve ");
        let records = rush.team.world.records(plan);
        let decided = records.iter().filter(|kind| *kind == "plan.approved");
        assert_eq!(decided.count(), 1, "{question}: {records:?}");
    }
}
