//! A filter and an order as text that reads back as the same.

use std::fmt;

use super::times::write_length;
use super::{Comparison, Direction, Filter, Literal, Order, Predicate, Test};

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        })
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write_quoted(f, text),
            Self::Number(number) => write_number(f, *number),
            Self::Time(moment) => write!(f, "'{moment}'"),
            Self::Duration(length) => write!(f, "'{}'", write_length(*length)),
            Self::Bool(truth) => write!(f, "{truth}"),
            Self::Me => f.write_str("me"),
        }
    }
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let not = |negated: &bool| if *negated { "not " } else { "" };
        match self {
            Self::Compare(comparison, literal) => write!(f, "{comparison} {literal}"),
            Self::In { values, negated } => {
                write!(f, "{}in (", not(negated))?;
                for (index, value) in values.iter().enumerate() {
                    write!(f, "{}{value}", if index == 0 { "" } else { ", " })?;
                }
                f.write_str(")")
            }
            Self::Like { pattern, ignore_case, negated } => {
                write!(f, "{}{} ", not(negated), if *ignore_case { "ilike" } else { "like" })?;
                write_quoted(f, pattern)
            }
            Self::Null { negated } => write!(f, "is {}null", not(negated)),
        }
    }
}

impl fmt::Display for Predicate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.key, self.test)
    }
}

impl fmt::Display for Filter {
    /// With as few parentheses as the meaning needs; an empty `And` is `true`, an empty `Or` is `false`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::And(parts) if parts.is_empty() => f.write_str("true"),
            Self::Or(parts) if parts.is_empty() => f.write_str("false"),
            Self::And(parts) => write_joined(f, parts, " and ", binds_as_tightly_as_and),
            Self::Or(parts) => write_joined(f, parts, " or ", |_| true),
            Self::Not(inner) => {
                f.write_str("not ")?;
                write_joined(f, std::slice::from_ref(&**inner), "", stands_alone)
            }
            Self::Is(predicate) => write!(f, "{predicate}"),
        }
    }
}

fn binds_as_tightly_as_and(part: &Filter) -> bool {
    !matches!(part, Filter::Or(parts) if !parts.is_empty())
}

fn stands_alone(part: &Filter) -> bool {
    !matches!(part, Filter::And(parts) | Filter::Or(parts) if !parts.is_empty())
}

fn write_joined(f: &mut fmt::Formatter<'_>, parts: &[Filter], by: &str, bare: fn(&Filter) -> bool) -> fmt::Result {
    for (index, part) in parts.iter().enumerate() {
        f.write_str(if index == 0 { "" } else { by })?;
        if bare(part) {
            write!(f, "{part}")?;
        } else {
            write!(f, "({part})")?;
        }
    }
    Ok(())
}

/// In single quotes, inner ones doubled, and backslashes too, because one before a quote would escape it.
fn write_quoted(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    write!(f, "'{}'", text.replace('\\', r"\\").replace('\'', "''"))
}

/// The shortest form that reads back exactly, without long rows of zeros.
fn write_number(f: &mut fmt::Formatter<'_>, number: f64) -> fmt::Result {
    let plain = number == 0.0 || !number.is_finite() || (1e-5..1e16).contains(&number.abs());
    if plain { write!(f, "{number}") } else { write!(f, "{number:e}") }
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ascending => "asc",
            Self::Descending => "desc",
        })
    }
}

impl fmt::Display for Order {
    /// `started desc, metrics.loss asc`; without keys `id asc`, which is what remains.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("id asc");
        }
        for (index, (key, direction)) in self.0.iter().enumerate() {
            write!(f, "{}{key} {direction}", if index == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Filter, Literal};
    use crate::query::Key;

    fn canonical(text: &str) -> String {
        Filter::parse(text, "2026-11-20T09:30:00Z".parse().unwrap()).unwrap().to_string()
    }

    #[test]
    fn a_filter_is_written_in_our_words() {
        assert_eq!(
            canonical(
                "ATTRIBUTES.run_name=\"it's\" AND metric.`val loss`<>1.50e0 And not(parameters.a In('x',\"y\",3))"
            ),
            "name = 'it''s' and metrics.`val loss` != 1.5 and not params.a in ('x', 'y', 3)"
        );
        assert_eq!(
            canonical("started>7d and duration >= 5400 and user=me and status='KILLED' and archived = 'true'"),
            "started > '2026-11-13T09:30:00Z' and duration >= '1h30m' and user = me and status = 'stopped' and archived = true"
        );
    }

    #[test]
    fn only_needed_parentheses_remain() {
        assert_eq!(canonical("((id='1') and (id='2' and id='3'))"), "id = '1' and id = '2' and id = '3'");
        assert_eq!(
            canonical("id='1' and (id='2' or (id='3' or id='4'))"),
            "id = '1' and (id = '2' or id = '3' or id = '4')"
        );
        assert_eq!(canonical("(id='1' and id='2') or id='3'"), "id = '1' and id = '2' or id = '3'");
        assert_eq!(canonical("not (not (id='1' or id='2'))"), "not not (id = '1' or id = '2')");
    }

    #[test]
    fn numbers_are_short_and_exact() {
        for (number, text) in [
            (3.0, "3"),
            (0.1, "0.1"),
            (1e300, "1e300"),
            (5e-324, "5e-324"),
            (f64::NEG_INFINITY, "-inf"),
            (1e15, "1000000000000000"),
        ] {
            assert_eq!(Literal::Number(number).to_string(), text);
        }
    }

    #[test]
    fn backslashes_and_quotes_are_doubled() {
        assert_eq!(Filter::equals(Key::Name, r"C:\it's\").to_string(), r"name = 'C:\\it''s\\'");
    }
}
