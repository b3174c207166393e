//! What Discord shows of incidents and cases: a projection of the store. A notice, a start or a
//! reconnect marks subjects; each marked one is compared with what stands there and brought to
//! the newest state, however many states lay between.

use super::context::Context;
use super::posts::{self, Kind, PostError, Standing};
use super::render::card as render;
use super::upkeep::Upkeep;
use super::{anchors, closure, pausing, pings, threads};
use crate::domain::card::Card;
use crate::domain::{SubjectId, Surface};
use crate::engine::handle::{CommandError, Note, StoreError, Topic};
use serenity::model::id::{ChannelId, MessageId};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tokio::sync::{broadcast, mpsc};
use tokio::task::JoinSet;

/// Subjects that are brought up to date at once.
const AT_ONCE: usize = 8;
/// How long a subject waits after Discord or the store failed it, at first and at most.
const WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// How long what has begun may take to end when Medic stops.
const FINISH: Duration = Duration::from_secs(5);
/// Records looked at in one go when catching up.
const RECORDS: usize = 1_000;
/// How often it is noted how far everything has been shown.
const NOTED_EVERY: Duration = Duration::from_secs(60);
/// The note that says up to which record everything has been shown.
const SHOWN_UP_TO: &str = "shown-up-to";

/// What makes the cards be looked at again, besides notices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// This one may stand differently from what its note says.
    At(SubjectId),
    /// Anything may have been missed.
    Everything {
        /// Also whether a card was deleted.
        doubt: bool,
    },
}

/// Keeps every card as the store says, until `looks` is closed.
pub async fn run(context: Context, mut looks: mpsc::UnboundedReceiver<Look>) {
    let mut notices = context.handle.notices();
    let mut marked = Marked::default();
    let mut under_way: JoinSet<(SubjectId, bool, Result<(), PostError>)> = JoinSet::new();
    let mut pauses = Upkeep::new(&context, "telling the team about a pause", |context| {
        Box::pin(async move { pausing::tell(&context).await })
    });
    let mut heads = Upkeep::new(&context, "posting the end of the audit log", |context| {
        Box::pin(async move { anchors::post(&context).await })
    });
    let mut busy = BTreeSet::new();
    let mut look_back = tokio::time::interval(NOTED_EVERY);
    mark_everything(&context, &mut marked);
    loop {
        while busy.len() < AT_ONCE
            && let Some(subject) = marked.next(&busy)
        {
            busy.insert(subject);
            let context = context.clone();
            let doubted = marked.doubted.remove(&subject);
            under_way.spawn(async move {
                let done = looked_at(&context, subject, doubted).await;
                (subject, doubted, done)
            });
        }
        let all_shown = busy.is_empty() && marked.is_empty();
        let wake = marked.wake();
        tokio::select! {
            notice = notices.recv() => match notice {
                Ok(notice) if notice.workspace == context.workspace => {
                    match notice.topic {
                        Topic::Subject(subject) => {
                            marked.now(subject);
                            heads.look();
                        }
                        Topic::Pause => pauses.look(),
                        Topic::Tickets => {}
                    }
                }
                Ok(_) => {}
                Err(broadcast::error::RecvError::Lagged(_)) => {
                    mark_everything(&context, &mut marked);
                    pauses.look();
                    heads.look();
                }
                Err(broadcast::error::RecvError::Closed) => break,
            },
            look = looks.recv() => match look {
                Some(Look::At(subject)) => marked.now(subject),
                Some(Look::Everything { doubt }) => {
                    mark_everything(&context, &mut marked);
                    if doubt {
                        marked.doubt();
                    }
                }
                None => break,
            },
            Some(ended) = under_way.join_next(), if !under_way.is_empty() => match ended {
                Ok((subject, doubted, result)) => {
                    busy.remove(&subject);
                    match result {
                        Ok(()) => marked.shown(subject),
                        Err(error) => {
                            if doubted {
                                marked.doubted.insert(subject);
                            }
                            marked.failed(subject, &error);
                        }
                    }
                }
                Err(error) if error.is_cancelled() => {}
                Err(error) => {
                    // Which one it was is not known: everything is looked at again.
                    tracing::error!(%error, "showing a card broke down");
                    busy.clear();
                    under_way.abort_all();
                    mark_everything(&context, &mut marked);
                }
            },
            _ = look_back.tick(), if all_shown => {
                shown(&context, &mut marked).await;
                heads.look();
            }
            () = pauses.done() => {}
            () = heads.done() => {}
            () = wake => {}
        }
    }
    // What has begun is finished, within reason; the rest is seen at the next start.
    let all = async { while under_way.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(FINISH, all).await;
    under_way.shutdown().await;
    pauses.end().await;
    heads.end().await;
}

/// Subjects that wait to be looked at.
#[derive(Default)]
struct Marked {
    due: BTreeSet<SubjectId>,
    later: BTreeMap<SubjectId, tokio::time::Instant>,
    /// Those whose card may be gone.
    doubted: BTreeSet<SubjectId>,
    failures: BTreeMap<SubjectId, u32>,
    /// Everything up to this record was marked, and what of that is noted.
    up_to: u64,
    noted: u64,
    /// Whether anything was shown since.
    worked: bool,
}

impl Marked {
    fn now(&mut self, subject: SubjectId) {
        if !self.later.contains_key(&subject) {
            self.due.insert(subject);
        }
    }

    /// The card of anything marked may be gone.
    fn doubt(&mut self) {
        let marked = self.due.iter().chain(self.later.keys());
        self.doubted = marked.copied().collect();
    }

    fn next(&mut self, busy: &BTreeSet<SubjectId>) -> Option<SubjectId> {
        let now = tokio::time::Instant::now();
        let ready: Vec<_> = self
            .later
            .iter()
            .filter(|(_, at)| **at <= now)
            .map(|(subject, _)| *subject)
            .collect();
        for subject in ready {
            self.later.remove(&subject);
            self.due.insert(subject);
        }
        let next = self
            .due
            .iter()
            .find(|subject| !busy.contains(subject))
            .copied();
        next.inspect(|subject| {
            self.due.remove(subject);
        })
    }

    fn shown(&mut self, subject: SubjectId) {
        self.failures.remove(&subject);
        self.worked = true;
    }

    fn failed(&mut self, subject: SubjectId, error: &PostError) {
        let failures = self.failures.entry(subject).or_default();
        *failures += 1;
        let wait = WAIT
            .saturating_mul(1 << (*failures - 1).min(6))
            .min(LONGEST_WAIT);
        if *failures == 1 || wait == LONGEST_WAIT {
            tracing::warn!(%subject, %error, "cannot show the newest state in Discord; trying again");
        }
        self.due.remove(&subject);
        self.later
            .insert(subject, tokio::time::Instant::now() + wait);
    }

    fn is_empty(&self) -> bool {
        self.due.is_empty() && self.later.is_empty()
    }

    /// Ends when the next subject that waits is due; never where none waits.
    fn wake(&self) -> impl Future<Output = ()> + use<> {
        let at = self.later.values().min().copied();
        async move {
            match at {
                Some(at) => tokio::time::sleep_until(at).await,
                None => std::future::pending().await,
            }
        }
    }
}

/// Marks everything live, and everything that changed since all was shown.
fn mark_everything(context: &Context, marked: &mut Marked) {
    let found = everything(context, marked);
    match found {
        Ok(subjects) => subjects.into_iter().for_each(|subject| marked.now(subject)),
        Err(error) => tracing::error!(%error, "cannot read what Discord should show"),
    }
}

fn everything(context: &Context, marked: &mut Marked) -> Result<BTreeSet<SubjectId>, StoreError> {
    let (handle, workspace) = (&context.handle, &context.workspace);
    let noted = handle.note_of(workspace, Surface::Discord, SHOWN_UP_TO)?;
    let head = handle.head().seq;
    let mut subjects = handle.live(workspace)?;
    // Without a note nothing was ever shown; what is over by then is history.
    let mut from = noted.and_then(|text| text.parse().ok()).unwrap_or(head);
    marked.noted = from;
    loop {
        let changed = handle.changed_since(workspace, from, RECORDS)?;
        subjects.extend(changed.subjects);
        from = changed.upto;
        if !changed.more {
            break;
        }
    }
    marked.up_to = from;
    Ok(subjects)
}

/// Everything marked has been shown: a later start needs to look no further back. What is the end
/// now is noted a while later, when every notice of it has been heard.
async fn shown(context: &Context, marked: &mut Marked) {
    let head = context.handle.head().seq;
    let worked = std::mem::take(&mut marked.worked);
    if marked.up_to <= marked.noted {
        if worked {
            marked.up_to = head;
        }
        return;
    }
    let note = Note {
        key: SHOWN_UP_TO.to_owned(),
        value: Some(marked.up_to.to_string()),
    };
    let kept = context
        .handle
        .note(&context.workspace, Surface::Discord, vec![note])
        .await;
    match kept {
        Ok(()) => marked.noted = marked.up_to,
        // The next start looks further back than it has to.
        Err(error) => tracing::warn!(%error, "cannot note what Discord shows"),
    }
}

/// Brings a subject up to date, and first makes sure that its card stands where it may be gone.
async fn looked_at(context: &Context, subject: SubjectId, doubted: bool) -> Result<(), PostError> {
    let key = render::key(subject);
    if doubted
        && let Some(at) = posts::standing(context, &key)?
        && let Some(message) = at.message
    {
        let channel = ChannelId::new(at.channel);
        match context.rest.message(channel, message.into()).await {
            Err(error) if error.is_unknown_message() => {
                context.found.forget(channel);
                posts::forget(context, &key, at).await?;
            }
            // What else is wrong shows when it is edited.
            Ok(_) | Err(_) => {}
        }
    }
    bring_up_to_date(context, subject).await
}

/// Brings everything that Discord shows of one subject to what the store says.
///
/// # Errors
/// When Discord or the store fails; what was done is noted, and trying again does the rest.
pub async fn bring_up_to_date(context: &Context, subject: SubjectId) -> Result<(), PostError> {
    let Some(card) = context.handle.card(&context.workspace, subject)? else {
        return Ok(());
    };
    if let Some(channel) = context.options.alerts_channel
        && wanted(context, &card)?
    {
        let at = show(context, channel, &card).await?;
        pings::bring_up_to_date(context, channel, &card, &at).await?;
    }
    closure::bring_up_to_date(context, &card).await
}

/// Incidents have a card; cases get one when they ask, and keep it.
fn wanted(context: &Context, card: &Card) -> Result<bool, StoreError> {
    let asks = card
        .plans
        .iter()
        .any(|plan| plan.can_vote || plan.deliveries.iter().any(|delivery| delivery.unknown));
    Ok(matches!(card.subject, SubjectId::Incident(_))
        || asks
        || posts::standing(context, &render::key(card.subject))?.is_some())
}

/// The card, its thread, and what stands in it. The buttons come last: only once whatever the card
/// has no room for can be read in the thread.
async fn show(context: &Context, channel: ChannelId, card: &Card) -> Result<Standing, PostError> {
    let key = render::key(card.subject);
    let mut around = threads::around(context, card)?;
    let draw = |around: &render::Around, at: &Standing| {
        let earlier = at
            .earlier
            .map(|message| context.link(channel, message.into()));
        render::card(
            card,
            &render::Around {
                earlier,
                ..around.clone()
            },
        )
    };
    let mut at = posts::show(context, channel, &key, Kind::Living, |at| draw(&around, at)).await?;
    let incident = matches!(card.subject, SubjectId::Incident(_));
    let too_long = render::too_long(card);
    if !incident && too_long.is_none() {
        return Ok(at);
    }
    let Some(message) = at.message.map(MessageId::new) else {
        return Ok(at);
    };
    let thread = threads::of(context, channel, message, card).await?;
    if let Some(plan) = too_long
        && !around.whole_in_thread.contains(&plan.id)
    {
        threads::post_payload(context, thread, card, plan).await?;
        around.whole_in_thread.insert(plan.id);
        at = posts::show(context, channel, &key, Kind::Living, |at| draw(&around, at)).await?;
    }
    threads::post_timeline(context, thread, card).await?;
    Ok(at)
}

/// A message was deleted by somebody. If it was a card, it is posted anew. Answers with the
/// subject to be looked at.
///
/// # Errors
/// When the store cannot be read or written.
pub async fn deleted(
    context: &Context,
    message: MessageId,
) -> Result<Option<SubjectId>, CommandError> {
    let notes = context
        .handle
        .notes(
            &context.workspace,
            Surface::Discord,
            "card/",
            None,
            usize::MAX,
        )
        .map_err(|error| CommandError::Unavailable(error.to_string()))?;
    for (key, value) in notes {
        let Ok(at) = serde_json::from_str::<Standing>(&value) else {
            continue;
        };
        if at.message == Some(message.get()) {
            posts::forget(context, &key, at).await?;
            return Ok(key.strip_prefix("card/").and_then(|id| id.parse().ok()));
        }
    }
    Ok(None)
}
