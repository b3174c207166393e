//! A rule's condition: a small, typed part of CEL.
//!
//! CEL's `&&` and `||` swallow an error on one side, so evaluating a condition on samples does not
//! prove it sound. Therefore every node's type is checked when the config is read, over the
//! variables of [`VARIABLES`] and a closed list of operators and functions. What can still fail
//! at night is arithmetic: division by zero and overflow.

use super::context::{PolicyContext, VARIABLES, VariableType};
use cel::common::ast::{CallExpr, Expr, LiteralValue, SourceInfo, operators};
use cel::{Context, Env, ExecutionError, IdedExpr, Program, Value};
use std::sync::Arc;

/// The longest condition, in bytes.
pub const MAX_BYTES: usize = 2048;

/// How deep brackets and operators may nest.
pub const MAX_DEPTH: usize = 24;

/// A fault in a condition, with its place: line and column from 1, in characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub line: usize,
    pub column: usize,
    pub reason: String,
}

/// A condition that has been parsed and checked.
#[derive(Debug)]
pub(super) struct Condition {
    program: Program,
    always: bool,
}

impl Condition {
    /// Parses and checks; then evaluates on every sample.
    pub(super) fn compile(source: &str, env: &Arc<Env>) -> Result<Self, Fault> {
        bounded(source)?;
        let program = env.compile(source).map_err(|errors| {
            let first = errors.errors.into_iter().next();
            let (line, column, reason) = first.map_or((1, 1, "not understood".to_owned()), |e| {
                (e.pos.0, e.pos.1, syntax(&e.msg))
            });
            Fault {
                line: usize::try_from(line).unwrap_or(1).max(1),
                column: usize::try_from(column).unwrap_or(1).max(1),
                reason,
            }
        })?;
        let checker = Checker {
            source,
            places: program.source_info(),
        };
        let root = program.expression();
        let found = checker.type_of(root, 0)?;
        if found != Type::Bool {
            return Err(checker.fault(
                root,
                format!(
                    "a condition has to be true or false, this is {}",
                    found.name()
                ),
            ));
        }
        let always = matches!(
            &root.expr,
            Expr::Literal(LiteralValue::Boolean(value)) if *value.inner()
        );
        let condition = Self { program, always };
        for sample in PolicyContext::samples() {
            if let Err(reason) = condition.holds(&values(&sample, env)) {
                return Err(Fault {
                    line: 1,
                    column: 1,
                    reason: format!("fails on an ordinary situation: {reason}"),
                });
            }
        }
        Ok(condition)
    }

    /// Whether it is the word `true`: the rule that takes what no other rule took.
    pub(super) const fn is_always(&self) -> bool {
        self.always
    }

    /// Whether it holds of these values; an error in words where it cannot be evaluated.
    pub(super) fn holds(&self, values: &Context<'_, '_>) -> Result<bool, String> {
        match self.program.execute(values) {
            Ok(Value::Bool(holds)) => Ok(holds),
            Ok(_) => Err("the answer is neither true nor false".to_owned()),
            Err(ExecutionError::DivisionByZero(_) | ExecutionError::RemainderByZero(_)) => {
                Err("it divides by zero".to_owned())
            }
            Err(ExecutionError::Overflow(..)) => Err("a number grows too large".to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }
}

/// The facts as conditions read them.
pub(super) fn values(facts: &PolicyContext, env: &Arc<Env>) -> Context<'static, 'static> {
    let mut values = Context::with_env(Arc::clone(env));
    for variable in VARIABLES {
        if let Some(value) = facts.value(variable.name) {
            values.add_variable_from_value(variable.name, value);
        }
    }
    values
}

/// The parser's message, without its list of everything that could have stood there.
fn syntax(message: &str) -> String {
    if message.contains("'<EOF>'") {
        return "ends where something more is needed".to_owned();
    }
    let message = message.split(" expecting ").next().unwrap_or(message);
    message.replace("Syntax error: ", "cannot be read: ")
}

/// The operators and functions conditions run with: the standard ones, without macros.
pub(super) fn environment() -> Arc<Env> {
    Arc::new(Env::default().with_optional_support(false).with_stdlib())
}

/// Refuses what is too long or too deep before it reaches the parser, which recurses.
fn bounded(source: &str) -> Result<(), Fault> {
    let at = |index: usize, reason: String| {
        let (line, column) = place_of(source, index);
        Fault {
            line,
            column,
            reason,
        }
    };
    if source.trim().is_empty() {
        return Err(at(
            0,
            "is empty; write `true` for a rule that takes everything".to_owned(),
        ));
    }
    if source.len() > MAX_BYTES {
        return Err(at(
            0,
            format!(
                "is {} bytes long, at most {MAX_BYTES} are allowed",
                source.len()
            ),
        ));
    }
    // Brackets inside texts count too: a bound may be strict, it may not be fooled.
    let mut depth = 0_usize;
    let mut run = 0_usize;
    for (index, sign) in source.char_indices() {
        match sign {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        run = match sign {
            '!' | '-' | '.' | '?' | '+' | '*' | '/' | '%' => run + 1,
            _ => run,
        };
        if depth > MAX_DEPTH {
            return Err(at(index, format!("nests deeper than {MAX_DEPTH} brackets")));
        }
        if run > 4 * MAX_DEPTH {
            return Err(at(
                index,
                "has too many operators; split the rule".to_owned(),
            ));
        }
    }
    Ok(())
}

/// Line and column, from 1, of a byte of the source.
fn place_of(source: &str, byte: usize) -> (usize, usize) {
    let before = source.get(..byte.min(source.len())).unwrap_or(source);
    let line = before.matches('\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    (line, before[start..].chars().count() + 1)
}

/// A type, while checking.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Type {
    Bool,
    Number,
    Text,
    Word(&'static str, &'static [&'static str]),
    List(Box<Type>),
}

impl Type {
    fn name(&self) -> String {
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

struct Checker<'a> {
    source: &'a str,
    places: &'a SourceInfo,
}

impl Checker<'_> {
    fn fault(&self, at: &IdedExpr, reason: impl Into<String>) -> Fault {
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

    fn type_of(&self, node: &IdedExpr, depth: usize) -> Result<Type, Fault> {
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
