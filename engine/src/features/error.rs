//! Why a front end cannot be computed.

/// Why a front end cannot be computed. The message names the field, what was expected and what was found.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("front end {index}: {field}: expected {expected}, found {actual}")]
pub struct FeatureError {
    /// Which of the front ends, from 0.
    pub index: usize,
    /// The field at fault.
    pub field: &'static str,
    /// What was expected.
    pub expected: String,
    /// What was found.
    pub actual: String,
}
