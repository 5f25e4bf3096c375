//! What a tool says when it cannot answer: what was wrong, and the next call.

use backends::{Error, ErrorKind};
use serde_json::Value;

/// The result of a tool.
pub type Result<T, E = Problem> = std::result::Result<T, E>;

/// An error with the calls that lead on.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// What was wrong.
    pub error: Error,
    /// Calls that may help, ready to be copied.
    pub next: Vec<NextCall>,
}

/// A call that leads on.
#[derive(Clone, Debug, PartialEq)]
pub struct NextCall {
    /// The tool.
    pub tool: &'static str,
    /// Its arguments.
    pub arguments: Value,
}

impl Problem {
    /// The same with a call that may help.
    #[must_use]
    pub fn next(mut self, tool: &'static str, arguments: Value) -> Self {
        self.next.push(NextCall { tool, arguments });
        self
    }

    /// Whether a tracker failed, and not what was asked of it: others may still answer.
    pub fn is_of_tracker(&self) -> bool {
        matches!(self.kind(), ErrorKind::Unavailable | ErrorKind::NotAllowed)
    }

    /// What can be done about it.
    pub fn kind(&self) -> ErrorKind {
        self.error.kind
    }
}

impl std::fmt::Display for NextCall {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.tool, self.arguments)
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.error)?;
        for (at, call) in self.next.iter().enumerate() {
            write!(f, "{} {call}", if at == 0 { ". Next:" } else { " or" })?;
        }
        Ok(())
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self { error, next: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::Problem;
    use backends::Error;
    use serde_json::json;

    #[test]
    fn a_problem_ends_with_a_call_that_can_be_copied() {
        let problem = Problem::from(Error::not_found("no project 'x'")).next("list_projects", json!({"query": "x"}));
        assert_eq!(problem.to_string(), r#"no project 'x'. Next: list_projects {"query":"x"}"#);
    }
}
