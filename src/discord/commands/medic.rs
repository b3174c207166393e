//! `/medic status|stats|pause|resume|doctor|console|help`.

use super::{Action, Call, Command, Does, Doing, Needs, Opt, Sub, Takes, ways};
use crate::discord::answer::{Answer, Refusal};
use crate::discord::escape::Text;
use crate::discord::limits;
use crate::discord::message::{Draft, Embed};
use crate::discord::render::status;
use crate::domain::Since;

pub(super) const COMMAND: Command = Command {
    name: "medic",
    about: "Medic itself",
    does: Does::Group(&[
        Sub {
            name: "status",
            about: "Whether Medic is well, what it has done, what waits",
            action: Action {
                needs: Needs::Team,
                options: &[],
                run: show_status,
            },
        },
        Sub {
            name: "stats",
            about: "How the team does: times, shares and the cost of waiting, each with what it means",
            action: Action {
                needs: Needs::Team,
                options: &[Opt {
                    name: "since",
                    about: "Only what began in this long: 30d, 12h; without it, everything",
                    required: false,
                    takes: Takes::Text(20),
                }],
                run: stats,
            },
        },
        Sub {
            name: "pause",
            about: "Stops every delivery, now, until somebody resumes",
            action: Action {
                needs: Needs::Team,
                options: &[Opt {
                    name: "reason",
                    about: "Why: whoever finds Medic paused will ask",
                    required: true,
                    takes: Takes::Text(1_000),
                }],
                run: pause,
            },
        },
        Sub {
            name: "resume",
            about: "Lets deliveries go on",
            action: Action {
                needs: Needs::Decider,
                options: &[],
                run: resume,
            },
        },
        Sub {
            name: "doctor",
            about: "Looks for everything that would keep Medic from working, and says what to do",
            action: Action {
                needs: Needs::Team,
                options: &[],
                run: doctor,
            },
        },
        Sub {
            name: "console",
            about: "A link that signs you in to the console, once",
            action: Action {
                needs: Needs::Team,
                options: &[],
                run: console,
            },
        },
        Sub {
            name: "help",
            about: "Every command, what it does and who may",
            action: Action {
                needs: Needs::Anybody,
                options: &[],
                run: help,
            },
        },
    ]),
    page: None,
};

fn show_status<'a>(call: &'a Call<'a>) -> Doing<'a, Answer> {
    Box::pin(async move {
        let overview = call
            .context
            .read(|handle, workspace| handle.overview(workspace))
            .await?;
        let ready = call.context.handle.ready();
        Ok(Answer::Say(Box::new(status::draft(
            &overview,
            ready.err().as_deref(),
        ))))
    })
}

fn stats<'a>(call: &'a Call<'a>) -> Doing<'a, Answer> {
    Box::pin(async move {
        let since: Option<Since> = match call.text("since") {
            None => None,
            Some(text) => Some(
                text.parse()
                    .map_err(|error| Refusal::Told(format!("{error}.")))?,
            ),
        };
        let found = call
            .context
            .read(move |handle, workspace| {
                let since = since.and_then(|since| since.before(handle.now()));
                handle.stats(workspace, since)
            })
            .await?;
        Ok(Answer::Say(Box::new(status::stats(&found))))
    })
}

fn pause<'a>(call: &'a Call<'a>) -> Doing<'a, Answer> {
    Box::pin(async move {
        let (context, person) = (call.context, &call.caller.person);
        let reason = call.text("reason").unwrap_or_default();
        let said = context
            .handle
            .pause(&context.workspace, person, reason)
            .await?;
        Ok(Answer::said(&said))
    })
}

fn resume<'a>(call: &'a Call<'a>) -> Doing<'a, Answer> {
    Box::pin(async move {
        let (context, person) = (call.context, &call.caller.person);
        let said = context.handle.resume(&context.workspace, person).await?;
        Ok(Answer::said(&said))
    })
}

fn doctor<'a>(call: &'a Call<'a>) -> Doing<'a, Answer> {
    Box::pin(async move {
        let findings = call.context.extras.doctor().await;
        Ok(Answer::Say(Box::new(status::findings(&findings))))
    })
}

fn console<'a>(call: &'a Call<'a>) -> Doing<'a, Answer> {
    Box::pin(async move {
        let context = call.context;
        let person = &call.caller.person;
        let link = context
            .extras
            .login_link(&context.workspace, person)
            .map_err(Refusal::Told)?;
        Ok(Answer::own(format!(
            "This link signs you in once, within 15 minutes. It is yours alone: whoever opens it is you.\n<{link}>"
        )))
    })
}

fn help<'a>(_: &'a Call<'a>) -> Doing<'a, Answer> {
    Box::pin(async move {
        let mut text = Text::new();
        for way in ways() {
            text = text
                .line()
                .own(&format!("**{}** · ", way.typed))
                .foreign(way.about)
                .own(&format!(" ({})", way.action.needs.in_words()));
        }
        Ok(Answer::Say(Box::new(Draft {
            embeds: vec![Embed {
                colour: 0x0056_B4E9,
                title: "What Medic can do for you here".to_owned(),
                description: text.clamp(limits::EMBED_DESCRIPTION),
                fields: Vec::new(),
            }],
            ..Draft::default()
        })))
    })
}
