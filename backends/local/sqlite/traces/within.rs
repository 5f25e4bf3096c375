//! What is asked of a trace's run and spans, as a condition of SQL on `trace_info t`.

use super::super::schema::Traces;
use super::super::sql::Parameters;
use crate::mlflow_model::traces::RUN;
use crate::mlflow_model::traces::span_filter::{Asked, Field, Parted, read};
use crate::model::RunId;
use crate::{Error, Result};

/// The condition, if there is something to ask.
pub(super) fn condition(
    parted: &Parted<'_>,
    run: Option<&RunId>,
    tables: Traces,
    sql: &mut Parameters,
) -> Result<Option<String>> {
    let mut conditions = Vec::new();
    conditions.extend(run.map(|run| of_run(run, tables, sql)));
    if !parted.of_spans.is_empty() {
        if !tables.spans {
            return Err(Error::unsupported(
                "this store keeps spans in files, as old versions of MLflow 3 did: nothing is looked for within them; leave text and span.… out of the filter",
            ));
        }
        let asked: Result<Vec<String>> = parted
            .of_spans
            .iter()
            .map(|(key, test)| read(key, test).map(|(field, asked)| of_span(&field, &asked, sql)))
            .collect();
        // One and the same span fulfils all.
        let asked = asked?.join(" AND ");
        conditions.push(format!("EXISTS (SELECT 1 FROM spans s WHERE s.trace_id = t.request_id AND {asked})"));
    }
    Ok((!conditions.is_empty()).then(|| conditions.join(" AND ")))
}

/// Made in the run, or linked to it later.
fn of_run(run: &RunId, tables: Traces, sql: &mut Parameters) -> String {
    let (key, run) = (sql.bind(RUN.to_owned()), sql.bind(run.as_str().to_owned()));
    let made = format!(
        "EXISTS (SELECT 1 FROM trace_request_metadata m WHERE m.request_id = t.request_id AND m.key = {key} AND m.value = {run})"
    );
    if !tables.links {
        return made;
    }
    format!(
        "({made} OR EXISTS (SELECT 1 FROM entity_associations a WHERE a.source_type = 'trace' \
         AND a.source_id = t.request_id AND a.destination_type = 'run' AND a.destination_id = {run}))"
    )
}

fn of_span(field: &Field, asked: &Asked, sql: &mut Parameters) -> String {
    let column = match field {
        Field::Content | Field::Attribute(_) => "s.content",
        Field::Name => "s.name",
        Field::Type => "s.type",
        Field::Status => "s.status",
    };
    match asked {
        Asked::Equal(value) => format!("{column} = {}", sql.bind(value.clone())),
        Asked::NotEqual(value) => format!("{column} <> {}", sql.bind(value.clone())),
        Asked::In { words, negated } => {
            format!("{column} {}IN ({})", if *negated { "NOT " } else { "" }, sql.list(words.iter().cloned()))
        }
        Asked::Like { pattern, ignore_case } => {
            let pattern = match field {
                Field::Attribute(name) => format!("%\"{name}\"{pattern}%"),
                _ => pattern.clone(),
            };
            // SQLite's own LIKE takes no account of case; its GLOB does, with other signs.
            if *ignore_case {
                format!("{column} LIKE {}", sql.bind(pattern))
            } else {
                format!("{column} GLOB {}", sql.bind(globbed(&pattern)))
            }
        }
    }
}

/// A pattern of `like` as one of `GLOB`.
fn globbed(pattern: &str) -> String {
    pattern.chars().fold(String::with_capacity(pattern.len()), |mut glob, sign| {
        match sign {
            '%' => glob.push('*'),
            '_' => glob.push('?'),
            '*' | '?' | '[' => glob.extend(['[', sign, ']']),
            _ => glob.push(sign),
        }
        glob
    })
}

#[cfg(test)]
mod tests {
    use super::globbed;

    #[test]
    fn a_pattern_means_the_same_to_glob() {
        for (like, glob) in [("%a_b%", "*a?b*"), ("a*b?", "a[*]b[?]"), ("[x]", "[[]x]"), ("ü\"\\", "ü\"\\")] {
            assert_eq!(globbed(like), glob);
        }
    }
}
