//! The rules, held against series with known truth and against hostile ones.

mod figures;
mod properties;
mod scipy;
mod together;
