use crate::Problem;

/// The Problem of an input that cannot be used, with what to do about it.
pub fn refuse(message: impl Into<String>, hint: impl Into<String>) -> Problem {
    Problem { hint: hint.into(), ..Problem::new("invalid-input", message) }
}

impl Problem {
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Problem { code: code.into(), message: message.into(), ..Problem::default() }
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, out: &mut std::fmt::Formatter) -> std::fmt::Result {
        out.write_str(&self.message)
    }
}

impl std::error::Error for Problem {}

impl From<serde_json::Error> for Problem {
    fn from(error: serde_json::Error) -> Self {
        Problem::new("invalid-document", error.to_string())
    }
}
