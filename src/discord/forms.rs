//! Forms: what a person is asked to write, and what they wrote.

use super::custom_id::CustomId;
use super::limits;
use serenity::builder::{CreateActionRow, CreateInputText, CreateModal};
use serenity::model::application::{ActionRowComponent, InputTextStyle, ModalInteractionData};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The longest reason, in characters; as the engine takes it.
pub const REASON: u16 = 1_000;

/// A form to be filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// What it carries back.
    pub id: CustomId,
    /// What it is for.
    pub title: String,
    /// One to five questions.
    pub inputs: Vec<Input>,
}

/// One question of a form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Input {
    /// The name under which the answer comes back.
    pub name: Cow<'static, str>,
    /// The question.
    pub label: String,
    /// What stands there already, may be empty.
    pub value: String,
    /// A hint while it is empty, may be empty.
    pub hint: String,
    /// Whether it has several lines.
    pub long: bool,
    /// Whether it has to be answered.
    pub required: bool,
    /// Characters at most.
    pub most: u16,
}

impl Form {
    /// A form that asks only why.
    pub fn reason(id: CustomId, title: &str, label: &str) -> Self {
        Self {
            id,
            title: title.to_owned(),
            inputs: vec![Input {
                name: "reason".into(),
                label: label.to_owned(),
                hint: "Whoever reviews this later will read it.".to_owned(),
                long: true,
                required: true,
                most: REASON,
                ..Input::default()
            }],
        }
    }

    /// The form as Discord shows it.
    pub fn wire(&self) -> CreateModal {
        let title = super::escape::label(&self.title, limits::FORM_TITLE);
        let rows = self.inputs.iter().take(limits::FORM_INPUTS).map(|input| {
            let style = if input.long {
                InputTextStyle::Paragraph
            } else {
                InputTextStyle::Short
            };
            let label = limits::cut(&input.label, limits::INPUT_LABEL);
            let mut wire = CreateInputText::new(style, label, input.name.as_ref())
                .required(input.required)
                .max_length(input.most);
            if !input.hint.is_empty() {
                wire = wire.placeholder(limits::cut(&input.hint, limits::INPUT_PLACEHOLDER));
            }
            if !input.value.is_empty() {
                wire = wire.value(limits::cut(&input.value, input.most.into()));
            }
            CreateActionRow::InputText(wire)
        });
        CreateModal::new(self.id.to_string(), title).components(rows.collect())
    }
}

/// What was written, by the name of its question; nothing where it was left empty.
pub fn answers(data: &ModalInteractionData) -> BTreeMap<String, String> {
    let inputs = data.components.iter().flat_map(|row| &row.components);
    inputs
        .filter_map(|component| match component {
            ActionRowComponent::InputText(input) => {
                let value = input.value.clone().unwrap_or_default();
                let value = value.trim();
                (!value.is_empty()).then(|| (input.custom_id.clone(), value.to_owned()))
            }
            _ => None,
        })
        .collect()
}
