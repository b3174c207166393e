//! `/audit search|show|export`.

use super::incident::subjects;
use super::{Action, Call, Command, Does, Doing, Needs, Opt, Sub, Takes};
use crate::discord::answer::{Answer, Refusal};
use crate::discord::context::Context;
use crate::discord::custom_id::CustomId;
use crate::discord::limits;
use crate::discord::message::{Draft, File};
use crate::discord::render::lists;
use crate::domain::{PlanId, SubjectId, TicketId};
use crate::engine::handle::{ExportFormat, RecordQuery};

const ABOUT: Opt = Opt {
    name: "about",
    about: "Only records about this: INC-4, CASE-2, PLAN-9, T-31",
    required: false,
    takes: Takes::Suggested(subjects),
};

const KIND: Opt = Opt {
    name: "kind",
    about: "Only records whose kind begins like this: plan, delivery.failed",
    required: false,
    takes: Takes::Text(30),
};

pub(super) const COMMAND: Command = Command {
    name: "audit",
    about: "Who decided what, on which evidence, with which result",
    does: Does::Group(&[
        Sub {
            name: "search",
            about: "Audit records, newest first",
            action: Action {
                needs: Needs::Team,
                options: &[ABOUT, KIND],
                run: search,
            },
        },
        Sub {
            name: "show",
            about: "One audit record, whole",
            action: Action {
                needs: Needs::Team,
                options: &[Opt {
                    name: "record",
                    about: "Its number",
                    required: true,
                    takes: Takes::Text(20),
                }],
                run: show,
            },
        },
        Sub {
            name: "export",
            about: "Audit records as a file, with what is needed to check the chain",
            action: Action {
                needs: Needs::Decider,
                options: &[
                    ABOUT,
                    KIND,
                    Opt {
                        name: "format",
                        about: "jsonl can be verified with `medic audit verify`, csv opens in a spreadsheet",
                        required: false,
                        takes: Takes::OneOf(&["jsonl", "csv"]),
                    },
                ],
                run: export,
            },
        },
    ]),
    page: Some((Needs::Team, |context, filter, from| {
        let (about, kind) = match filter {
            [about, kind] => (*about, *kind),
            _ => ("", ""),
        };
        Box::pin(page(context, about, kind, from))
    })),
};

fn search<'a>(call: &'a Call<'a>) -> Doing<'a, Answer> {
    Box::pin(async move {
        let about = checked(call.text("about").unwrap_or_default())?;
        let kind = call.text("kind").unwrap_or_default();
        let page = page(call.context, about, kind, "").await?;
        Ok(Answer::Say(Box::new(page)))
    })
}

/// Whether this is the form of something that records are about.
fn checked(about: &str) -> Result<&str, Refusal> {
    let upper = about.to_ascii_uppercase();
    let known = about.is_empty()
        || upper.strip_prefix(TicketId::PREFIX).map_or_else(
            || {
                upper.starts_with(PlanId::PREFIX) && upper.parse::<PlanId>().is_ok()
                    || upper
                        .parse::<SubjectId>()
                        .is_ok_and(|id| id.to_string() == upper)
            },
            |_| upper.parse::<TicketId>().is_ok(),
        );
    if known {
        return Ok(about);
    }
    Err(Refusal::Told(format!(
        "Records are about INC-4, CASE-2, PLAN-9 or T-31, not {about:?}."
    )))
}

fn query(about: &str, kind: &str, before: Option<u64>) -> RecordQuery {
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    RecordQuery {
        about: given(about),
        kind: given(kind),
        before,
        after: None,
    }
}

async fn page(context: &Context, about: &str, kind: &str, from: &str) -> Result<Draft, Refusal> {
    let wanted = query(about, kind, from.parse().ok());
    let records = context
        .read(move |handle, workspace| handle.records(workspace, &wanted, lists::PAGE + 1))
        .await?;
    // A filter that does not fit on a button has no further pages.
    let list = format!("audit/{about}/{kind}");
    let carries = list.len() <= 40 && !list.contains(':') && list.matches('/').count() == 2;
    let older = (records.len() > lists::PAGE && carries).then(|| CustomId::Page {
        list,
        from: records[lists::PAGE - 1].seq.to_string(),
    });
    let entries: Vec<_> = records
        .iter()
        .take(lists::PAGE)
        .map(lists::record)
        .collect();
    Ok(lists::page(
        "Audit records",
        &entries,
        "No record matches.",
        older,
    ))
}

fn show<'a>(call: &'a Call<'a>) -> Doing<'a, Answer> {
    Box::pin(async move {
        let text = call.text("record").unwrap_or_default();
        let number: u64 = text.trim_start_matches('#').parse().map_err(|_| {
            Refusal::Told(format!("{text:?} is not the number of an audit record."))
        })?;
        let wanted = query("", "", number.checked_add(1));
        let records = call
            .context
            .read(move |handle, workspace| handle.records(workspace, &wanted, 1))
            .await?;
        match records.first().filter(|record| record.seq == number) {
            Some(record) => Ok(Answer::Say(Box::new(lists::whole_record(record)))),
            None => Err(Refusal::Told(format!("There is no audit record {number}."))),
        }
    })
}

fn export<'a>(call: &'a Call<'a>) -> Doing<'a, Answer> {
    Box::pin(async move {
        let (format, ending) = match call.text("format") {
            Some("csv") => (ExportFormat::Csv, "csv"),
            _ => (ExportFormat::Jsonl, "jsonl"),
        };
        let wanted = query(
            checked(call.text("about").unwrap_or_default())?,
            call.text("kind").unwrap_or_default(),
            None,
        );
        let exported = call
            .context
            .read(move |handle, workspace| {
                handle.export(workspace, &wanted, format, limits::FILE_BYTES)
            })
            .await?;
        let Some(exported) = exported else {
            return Err(Refusal::Told(
                "The export is larger than the 10 MiB that Discord takes. Narrow it with about or kind, or run `medic audit export` on Medic's machine.".to_owned(),
            ));
        };
        let words = format!(
            "{} of {} records, up to record {} with the hash `{}`.",
            exported.written,
            exported.written + exported.skipped,
            exported.head.seq,
            exported.head.hash,
        );
        Ok(Answer::Say(Box::new(Draft {
            file: Some(File {
                name: format!("audit.{ending}"),
                bytes: exported.bytes,
            }),
            ..Draft::words(words)
        })))
    })
}
