//! The policy in force, as people read it.

use crate::discord::escape::Text;
use crate::discord::limits;
use crate::discord::message::{Draft, Embed};
use crate::engine::handle::PolicyView;

/// Rules in order, then who may approve what.
pub fn draft(view: &PolicyView) -> Draft {
    let mut rules = Text::new();
    for (index, rule) in view.rules.iter().enumerate() {
        rules = rules
            .line()
            .own(&format!("{}\\. ", index + 1))
            .code(&rule.name, 60)
            .own(&format!(" **{}** ", rule.decision))
            .code(&rule.action, 60);
        if rule.once {
            rules = rules.own(", once");
        }
        if rule.goes_on {
            rules = rules.own(", then goes on");
        }
        rules = rules.own("\n  when ").code(&rule.when, 200);
    }
    let mut approval = Text::new();
    for (risk, who) in &view.approval {
        approval = approval.line().own(&format!("**{risk}** ")).foreign(who);
    }
    let mut notes = Text::new();
    for note in &view.notes {
        notes = notes.line().own("• ").foreign(note);
    }
    let mut fields = vec![(
        "Who approves which risk".to_owned(),
        approval.clamp(limits::FIELD_VALUE),
    )];
    if !notes.is_empty() {
        fields.push(("Besides".to_owned(), notes.clamp(limits::FIELD_VALUE)));
    }
    Draft {
        embeds: vec![Embed {
            colour: 0x0056_B4E9,
            title: format!("Policy {}", view.digest.prefix()),
            description: rules.clamp(3_500),
            fields,
        }],
        ..Draft::default()
    }
}
