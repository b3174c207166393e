//! A rule's condition: a small, typed part of CEL.
//!
//! CEL's `&&` and `||` swallow an error on one side, so evaluating a condition on samples does not
//! prove it sound. Therefore every node's type is checked when the config is read (`checker`), over
//! the variables of [`VARIABLES`] and a closed list of operators and functions. What can still fail
//! at night is arithmetic: division by zero and overflow.

use super::checker::{Checker, Type};
use super::context::{PolicyContext, VARIABLES};
use crate::domain::ActionName;
use cel::common::ast::{Expr, LiteralValue};
use cel::{Context, Env, ExecutionError, Program, Value};
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
            let mut facts = values(&sample, env);
            of_action(&mut facts, &sample, &PolicyContext::sample_action());
            if let Err(reason) = condition.holds(&facts) {
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

    /// Whether it speaks of no fact at all.
    pub(super) fn is_constant(&self) -> bool {
        self.program.references().variables().is_empty()
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

/// Lays what this action has done over the facts; every rule reads its own action's.
pub(super) fn of_action(
    values: &mut Context<'static, 'static>,
    facts: &PolicyContext,
    action: &ActionName,
) {
    for (name, value) in facts.values_of(action) {
        values.add_variable_from_value(name, value);
    }
}

/// The facts as conditions read them, but for what [`of_action`] adds.
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
pub(super) fn place_of(source: &str, byte: usize) -> (usize, usize) {
    let before = source.get(..byte.min(source.len())).unwrap_or(source);
    let line = before.matches('\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    (line, before[start..].chars().count() + 1)
}
