//! `get_trace`

mod document;
mod fields;
mod one_span;
mod outline;
mod projection;
mod rows;
mod summary;
mod tree;

use backends::{Call, Capabilities};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::onward::Onward;
use crate::problem::Result;
use crate::references::{FoundTrace, one_trace};
use crate::render::{Answer, Cell, fit};
use crate::tool::{Access, Tool};
use crate::trackers::Trackers;
use outline::{Row, outline};
use tree::Tree;

/// `get_trace`
pub struct GetTrace;

#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// id (tr-…), unique beginning of one, URL, 'last', 'last failed', 'where FILTER'
    trace: String,
    /// one span whole: id or unique name
    span: Option<String>,
    /// only these paths, * is all: spans.*.inputs, info.tags; with span inputs.messages.*
    #[serde(default)]
    fields: Vec<String>,
    /// most rows, max 500
    #[serde(default = "limit")]
    #[schemars(range(min = 1, max = 500))]
    limit: usize,
    /// next_cursor: all spans in the order of the tree, all else unchanged
    cursor: Option<String>,
}

fn limit() -> usize {
    200
}

impl Tool for GetTrace {
    const NAME: &'static str = "get_trace";
    const GUIDE: &'static str = include_str!("../../guides/tools/get_trace.md");
    const ACCESS: Access = Access::Read;
    type Input = Input;

    fn offered_by(capabilities: Capabilities) -> bool {
        capabilities.traces
    }

    async fn run(trackers: &Trackers, call: &Call, input: Input) -> Result<Answer> {
        let onward = Onward::read(call, &input, input.cursor.as_deref())?;
        let found = one_trace(trackers, call, onward.run().unwrap_or(&input.trace)).await?;
        let tree = Tree::of(&found.trace.spans);
        let shown = Shown { found: &found, tree: &tree, onward: &onward, call };
        let from = input.span.as_deref().map(|wanted| one_span::find(&found, &tree, wanted)).transpose()?;
        let answer = if !input.fields.is_empty() {
            projection::answer(&shown, from, &input.fields, input.limit)?
        } else if onward.goes_on() {
            shown.walk(from, input.limit)
        } else if let Some(at) = from {
            one_span::answer(&shown, at)
        } else {
            shown.whole()
        };
        Ok(answer.notes(&found.trace.notes))
    }
}

/// What an answer is made of.
struct Shown<'a> {
    found: &'a FoundTrace,
    tree: &'a Tree<'a>,
    onward: &'a Onward,
    call: &'a Call,
}

impl Shown<'_> {
    /// The whole trace at a glance.
    fn whole(&self) -> Answer {
        let rows = outline(self.tree, None);
        let mut notes = Vec::new();
        if self.tree.orphans > 0 {
            notes.push(format!(
                "{} spans lie below one that was not recorded (yet); they stand as roots",
                self.tree.orphans
            ));
        }
        let recorded = self.found.trace.info.spans.unwrap_or_default();
        if recorded > self.tree.nodes.len() as u64 && self.found.trace.notes.is_empty() {
            notes.push(format!("{} of {recorded} spans have arrived; ask again for the others", self.tree.nodes.len()));
        }
        fit(rows.len(), self.call.allowance().characters, |count| {
            let head = summary::head(self.found, self.tree);
            let head = summary::texts(head, self.found, self.tree);
            self.outlined(head, None, &rows, count).notes(&notes)
        })
    }

    /// The outline of the spans from one on, and the cursor to all of them where some are left out.
    fn outlined(&self, answer: Answer, from: Option<usize>, rows: &[Row], count: usize) -> Answer {
        let some = rows.get(..count).unwrap_or(rows);
        let whole = some.iter().filter(|row| matches!(row, Row::Span(_))).count();
        let all = self.places(from).len();
        let answer = rows::table(answer, self.tree, self.found.trace.info.started, some);
        if whole == all {
            return answer;
        }
        answer
            .fact("next_cursor", self.cursor(0))
            .note(format!("{whole} of {all} spans are shown, the others counted; next_cursor lists all in the order of the tree, span opens one"))
    }

    /// All spans from where the page before ended, one row each.
    fn walk(&self, from: Option<usize>, limit: usize) -> Answer {
        let places = self.places(from);
        let skip = usize::try_from(self.onward.at()).unwrap_or(usize::MAX);
        let rows: Vec<Row> = places.clone().skip(skip).take(limit).map(Row::Span).collect();
        fit(rows.len(), self.call.allowance().characters, |count| {
            let some = rows.get(..count).unwrap_or(&rows);
            let end = skip.saturating_add(count);
            let answer = Answer::new().fact("trace", Cell::text(self.found.text()));
            let answer = rows::table(answer, self.tree, self.found.trace.info.started, some);
            answer
                .fact("returned", count)
                .fact("total", places.len())
                .fact("next_cursor", (end < places.len()).then(|| self.cursor(end)))
        })
    }

    /// The places of all spans in question.
    fn places(&self, from: Option<usize>) -> std::ops::Range<usize> {
        from.map_or(0..self.tree.nodes.len(), |at| self.tree.within(at))
    }

    /// The cursor that goes on behind so many rows.
    fn cursor(&self, rows: usize) -> Cell {
        let cursor = self.onward.cursor_in(self.found.tracker.name(), &self.found.trace.info.id, rows as u64, 0);
        cursor.map_or(Cell::Missing, Cell::Text)
    }
}
