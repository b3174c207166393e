//! The types of a condition: every name, operator and function in it is checked when the config is
//! read.

use super::condition::{Fault, MAX_DEPTH, place_of};
use super::context::{VARIABLES, VariableType};
use cel::IdedExpr;
use cel::common::ast::{CallExpr, Expr, LiteralValue, SourceInfo, operators};

/// A type, while checking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Type {
    Bool,
    Number,
    Text,
    Word(&'static str, &'static [&'static str]),
    List(Box<Type>),
}

impl Type {
    /// In words.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Bool => "true or false".to_owned(),
            Self::Number => "a whole number".to_owned(),
            Self::Text => "a text".to_owned(),
            Self::Word(name, _) => format!("the word in {name}"),
            Self::List(of) => format!("a list, each {}", of.name()),
        }
    }

    fn is_text(&self) -> bool {
        matches!(self, Self::Text | Self::Word(..))
    }

    fn compares_with(&self, other: &Self) -> bool {
        self == other || (self.is_text() && other.is_text())
    }
}

/// Checks the nodes of one condition.
pub(super) struct Checker<'a> {
    pub source: &'a str,
    pub places: &'a SourceInfo,
}

impl Checker<'_> {
    /// A fault at this node.
    pub(super) fn fault(&self, at: &IdedExpr, reason: impl Into<String>) -> Fault {
        let byte = self
            .places
            .offset_for(at.id)
            .map_or(0, |(start, _)| start as usize);
        let (line, column) = place_of(self.source, byte);
        Fault {
            line,
            column,
            reason: reason.into(),
        }
    }

    /// The type of this node, or the first fault in it.
    pub(super) fn type_of(&self, node: &IdedExpr, depth: usize) -> Result<Type, Fault> {
        if depth > 4 * MAX_DEPTH {
            return Err(self.fault(node, "is nested too deeply; split the rule"));
        }
        match &node.expr {
            Expr::Literal(LiteralValue::Boolean(_)) => Ok(Type::Bool),
            Expr::Literal(LiteralValue::Int(_)) => Ok(Type::Number),
            Expr::Literal(LiteralValue::String(_)) => Ok(Type::Text),
            Expr::Literal(_) => Err(self.fault(
                node,
                "only whole numbers, texts, true and false can be written in a condition",
            )),
            Expr::Ident(name) => self.variable(node, name),
            Expr::List(list) => self.list(node, &list.elements, depth),
            Expr::Call(call) => self.call(node, call, depth),
            Expr::Select(_) => Err(self.fault(
                node,
                "the facts have no parts: write the name alone, without a dot",
            )),
            _ => Err(self.fault(node, "is not available in a condition")),
        }
    }

    fn variable(&self, node: &IdedExpr, name: &str) -> Result<Type, Fault> {
        if let Some(found) = VARIABLES.iter().find(|variable| variable.name == name) {
            return Ok(match found.kind {
                VariableType::Bool => Type::Bool,
                VariableType::Number => Type::Number,
                VariableType::Text => Type::Text,
                VariableType::Word(words) => Type::Word(found.name, words),
            });
        }
        let names = VARIABLES.map(|variable| variable.name);
        Err(self.fault(node, unknown("fact", name, &names)))
    }

    fn list(&self, node: &IdedExpr, items: &[IdedExpr], depth: usize) -> Result<Type, Fault> {
        let mut of: Option<Type> = None;
        for item in items {
            let found = self.type_of(item, depth + 1)?;
            match &of {
                Some(first) if !first.compares_with(&found) => {
                    return Err(self.fault(
                        item,
                        format!(
                            "is {} in a list of others, each {}",
                            found.name(),
                            first.name()
                        ),
                    ));
                }
                Some(_) => {}
                None => of = Some(found),
            }
        }
        of.map(|of| Type::List(Box::new(of)))
            .ok_or_else(|| self.fault(node, "is an empty list: nothing is ever in it"))
    }

    fn call(&self, node: &IdedExpr, call: &CallExpr, depth: usize) -> Result<Type, Fault> {
        if let Some(target) = &call.target {
            return self.method(node, target, call, depth);
        }
        let mut kinds = Vec::new();
        for arg in &call.args {
            kinds.push(self.type_of(arg, depth + 1)?);
        }
        let wants = |wanted: &Type| {
            call.args
                .iter()
                .zip(&kinds)
                .find(|(_, kind)| *kind != wanted)
                .map_or(Ok(()), |(arg, kind)| {
                    Err(self.fault(
                        arg,
                        format!(
                            "is {}, but `{}` needs {}",
                            kind.name(),
                            sign(&call.func_name),
                            wanted.name()
                        ),
                    ))
                })
        };
        match (call.func_name.as_str(), kinds.as_slice()) {
            (operators::LOGICAL_AND | operators::LOGICAL_OR | operators::LOGICAL_NOT, _) => {
                wants(&Type::Bool).map(|()| Type::Bool)
            }
            (
                operators::GREATER
                | operators::GREATER_EQUALS
                | operators::LESS
                | operators::LESS_EQUALS,
                [left, _],
            ) => {
                if left.is_text() {
                    return Err(self.fault(
                        node,
                        "texts have no order that means anything; use == or `in [...]`",
                    ));
                }
                wants(&Type::Number).map(|()| Type::Bool)
            }
            (
                operators::ADD
                | operators::SUBSTRACT
                | operators::MULTIPLY
                | operators::DIVIDE
                | operators::MODULO,
                [_, _],
            )
            | (operators::NEGATE, [_]) => wants(&Type::Number).map(|()| Type::Number),
            (operators::EQUALS | operators::NOT_EQUALS, [left, right]) => {
                self.same_type(node, left, right)?;
                self.known_word(left, &call.args[1])?;
                self.known_word(right, &call.args[0])?;
                Ok(Type::Bool)
            }
            (operators::IN, [left, Type::List(of)]) => {
                self.same_type(node, left, of)?;
                if let Expr::List(list) = &call.args[1].expr {
                    for item in &list.elements {
                        self.known_word(left, item)?;
                    }
                }
                Ok(Type::Bool)
            }
            (operators::IN, _) => Err(self.fault(
                node,
                "`in` needs a list: `severity in [\"high\", \"critical\"]`",
            )),
            (operators::CONDITIONAL, [Type::Bool, left, right]) => {
                self.same_type(node, left, right)?;
                Ok(if left == right {
                    left.clone()
                } else {
                    Type::Text
                })
            }
            ("matches", _) => Err(self.fault(node, NO_MATCHES)),
            (name, _) => Err(self.fault(
                node,
                format!("`{}` is not available here{FUNCTIONS}", sign(name)),
            )),
        }
    }

    fn method(
        &self,
        node: &IdedExpr,
        target: &IdedExpr,
        call: &CallExpr,
        depth: usize,
    ) -> Result<Type, Fault> {
        let name = call.func_name.as_str();
        if name == "matches" {
            return Err(self.fault(node, NO_MATCHES));
        }
        if !matches!(name, "startsWith" | "endsWith" | "contains") {
            return Err(self.fault(node, format!("`{name}` is not available{FUNCTIONS}")));
        }
        let [arg] = call.args.as_slice() else {
            return Err(self.fault(node, format!("`{name}` takes exactly one text")));
        };
        for side in [target, arg] {
            let found = self.type_of(side, depth + 1)?;
            if !found.is_text() {
                return Err(self.fault(
                    side,
                    format!("is {}, but `{name}` needs a text", found.name()),
                ));
            }
        }
        Ok(Type::Bool)
    }

    fn same_type(&self, node: &IdedExpr, left: &Type, right: &Type) -> Result<(), Fault> {
        if left.compares_with(right) {
            return Ok(());
        }
        Err(self.fault(
            node,
            format!(
                "compares {} with {}: it would never hold",
                left.name(),
                right.name()
            ),
        ))
    }

    /// A word that the variable can never be is a slip of the pen.
    fn known_word(&self, of: &Type, written: &IdedExpr) -> Result<(), Fault> {
        let (Type::Word(name, words), Expr::Literal(LiteralValue::String(text))) =
            (of, &written.expr)
        else {
            return Ok(());
        };
        if words.contains(&text.inner()) {
            return Ok(());
        }
        Err(self.fault(written, unknown(name, text.inner(), words)))
    }
}

const NO_MATCHES: &str =
    "regular expressions are not available; use startsWith, endsWith, contains or `in [...]`";
const FUNCTIONS: &str =
    "; there are && || ! == != < <= > >= + - * / % ?: in, startsWith, endsWith and contains";

/// `_>=_` as it is written.
fn sign(name: &str) -> &str {
    match name {
        operators::IN => "in",
        operators::CONDITIONAL => "?:",
        other => other.trim_matches('_'),
    }
}

/// `no fact is called "x"; did you mean "y"?`
fn unknown(what: &str, name: &str, known: &[&str]) -> String {
    let nearest = known
        .iter()
        .max_by(|a, b| strsim::jaro_winkler(a, name).total_cmp(&strsim::jaro_winkler(b, name)));
    match nearest {
        Some(near) if strsim::jaro_winkler(near, name) > 0.8 => {
            format!("no {what} is called `{name}`; did you mean `{near}`?")
        }
        _ => format!(
            "no {what} is called `{name}`; there are {}",
            known.join(", ")
        ),
    }
}
