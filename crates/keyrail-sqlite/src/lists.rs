//! Lists in a column: JSON, which people can read and SQLite can take apart.

use rusqlite::types::Type;
use rusqlite::{Error, Result};
use serde::Serialize;

/// A list as a column holds it.
pub fn json_of<T: Serialize>(list: &[T]) -> String {
    // Numbers and texts always have a JSON; an empty list would be refused by no check.
    serde_json::to_string(list).unwrap_or_default()
}

/// The numbers in a column.
pub fn numbers_of(json: &str) -> Result<Vec<i64>> {
    serde_json::from_str(json).map_err(|error| Error::FromSqlConversionFailure(0, Type::Text, Box::new(error)))
}
