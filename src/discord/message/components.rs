//! What can be pressed under a message: buttons and menus.

use crate::discord::custom_id::CustomId;
use crate::discord::{escape, limits};
use serde::Serialize;
use serenity::builder::{
    CreateActionRow, CreateButton, CreateSelectMenu, CreateSelectMenuKind, CreateSelectMenuOption,
};
use serenity::model::application::ButtonStyle;

/// One row of components.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Row {
    /// Up to five buttons.
    Buttons(Vec<Button>),
    /// A menu of which one or more entries are chosen.
    Menu {
        /// What it carries back.
        id: String,
        /// What stands in it before a choice.
        placeholder: String,
        /// Label, what the choice means, and the value that comes back.
        entries: Vec<Entry>,
        /// How many may be chosen at once.
        most: u8,
    },
}

/// A button.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Button {
    /// What it says.
    pub label: String,
    /// What it carries back.
    pub id: String,
    /// How it looks.
    pub look: Look,
}

/// How a button looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Look {
    /// Do it.
    Yes,
    /// Do not.
    No,
    /// Anything else.
    Plain,
}

/// An entry of a menu.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// What it says.
    pub label: String,
    /// A second line, may be empty.
    pub hint: String,
    /// What comes back.
    pub value: String,
}

impl Row {
    /// A menu from presses, one an entry.
    pub fn menu(id: &CustomId, placeholder: &str, entries: Vec<Entry>) -> Self {
        Self::Menu {
            id: id.to_string(),
            placeholder: limits::cut(placeholder, limits::MENU_PLACEHOLDER),
            entries,
            most: 1,
        }
    }

    /// A menu of which several entries may be chosen; the menu itself says what that means.
    pub fn choice(id: &CustomId, placeholder: &str, entries: Vec<Entry>) -> Self {
        Self::Menu {
            id: id.to_string(),
            placeholder: limits::cut(placeholder, limits::MENU_PLACEHOLDER),
            most: u8::try_from(entries.len()).unwrap_or(u8::MAX),
            entries,
        }
    }

    pub(super) fn wire(&self) -> CreateActionRow {
        match self {
            Self::Buttons(buttons) => CreateActionRow::Buttons(
                buttons
                    .iter()
                    .map(|button| {
                        CreateButton::new(&button.id).label(&button.label).style(
                            match button.look {
                                Look::Yes => ButtonStyle::Success,
                                Look::No => ButtonStyle::Danger,
                                Look::Plain => ButtonStyle::Secondary,
                            },
                        )
                    })
                    .collect(),
            ),
            Self::Menu {
                id,
                placeholder,
                entries,
                most,
            } => {
                let options = entries.iter().map(Entry::wire).collect();
                let kind = CreateSelectMenuKind::String { options };
                CreateActionRow::SelectMenu(
                    CreateSelectMenu::new(id, kind)
                        .placeholder(placeholder)
                        .max_values(*most),
                )
            }
        }
    }
}

impl Button {
    /// A button for this press.
    pub fn new(press: &CustomId, label: &str, look: Look) -> Self {
        Self {
            label: escape::label(label, limits::BUTTON_LABEL),
            id: press.to_string(),
            look,
        }
    }
}

impl Entry {
    /// An entry for this press.
    pub fn new(press: &CustomId, label: &str, hint: &str) -> Self {
        Self {
            label: escape::label(label, limits::OPTION_TEXT),
            hint: escape::label(hint, limits::OPTION_TEXT),
            value: press.to_string(),
        }
    }

    /// An entry that is a value of its menu.
    pub fn plain(value: String, label: &str) -> Self {
        Self {
            label: escape::label(label, limits::OPTION_TEXT),
            hint: String::new(),
            value,
        }
    }

    fn wire(&self) -> CreateSelectMenuOption {
        let option = CreateSelectMenuOption::new(&self.label, &self.value);
        if self.hint.is_empty() {
            option
        } else {
            option.description(&self.hint)
        }
    }
}
