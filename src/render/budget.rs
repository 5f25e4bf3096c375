//! The size of an answer: how much of a list fits, and what is cut when nothing else helps.

use std::collections::BTreeMap;

use super::answer::{Answer, Item};
use super::cell::Cell;
use super::structured::to_structured;
use super::text::to_text;
use super::untrusted::Excerpt;

/// What is left of a block before rows are cut.
const SHORT_BLOCK: usize = 500;
/// What is left of a foreign value before whole things are left out.
const SHORT_CELL: usize = 60;

/// The characters of the larger of the two forms.
pub fn size(answer: &Answer) -> usize {
    to_text(answer).chars().count().max(to_structured(answer).to_string().chars().count())
}

/// The answer with the most rows, of at most `rows`, that fits into `budget`. `build(n)` makes the answer with the first
/// `n` rows, with the cursor that continues after them.
///
/// Where not even one row fits, the answer with one row is cut ([`enforce`]): a page is never empty for want of room,
/// so that a cursor always moves on.
pub fn fit(rows: usize, budget: usize, mut build: impl FnMut(usize) -> Answer) -> Answer {
    let whole = build(rows);
    let mut too_large = (rows, size(&whole));
    if too_large.1 <= budget {
        return whole;
    }
    if rows <= 1 {
        return enforce(whole, budget);
    }
    let mut best: Option<Answer> = None;
    let mut fits = (0, 0);
    let mut guess = true;
    while too_large.0 - fits.0 > 1 {
        let between = too_large.0 - fits.0;
        // Rows are of similar size, so a guess by proportion is nearly right; halving bounds the tries when it is not.
        let step = if guess {
            between.saturating_mul(budget.saturating_sub(fits.1)) / (too_large.1 - fits.1).max(1)
        } else {
            between / 2
        };
        guess = !guess;
        let tried = fits.0 + step.clamp(1, between - 1);
        let answer = build(tried);
        let size = size(&answer);
        if size <= budget {
            fits = (tried, size);
            best = Some(answer);
        } else {
            too_large = (tried, size);
        }
    }
    best.unwrap_or_else(|| enforce(build(1), budget))
}

/// The answer cut to `budget` characters if it is longer: first long texts, then rows, then long values, then whole
/// things. A note says what was cut and how to get it. The last resort: a tool that can page does so with [`fit`].
pub fn enforce(mut answer: Answer, budget: usize) -> Answer {
    let mut excess = size(&answer).saturating_sub(budget);
    if excess == 0 {
        return answer;
    }
    let mut cuts = Cuts::default();
    loop {
        let shortened = shorten(&mut answer, excess, &mut cuts);
        let noted = answer.clone().note(cuts.sentence(budget));
        excess = size(&noted).saturating_sub(budget);
        if excess == 0 || !shortened {
            return noted;
        }
    }
}

/// What was cut: how many of which things, by the name of the item they were in.
#[derive(Default)]
struct Cuts(BTreeMap<(&'static str, String), usize>);

impl Cuts {
    fn count(&mut self, unit: &'static str, name: &str, by: usize) {
        *self.0.entry((unit, name.to_owned())).or_default() += by;
    }

    fn sentence(&self, budget: usize) -> String {
        const NAMED: usize = 5;
        let mut parts: Vec<_> =
            self.0.iter().take(NAMED).map(|((unit, name), count)| format!("{count} {unit} of {name}")).collect();
        let further: usize = self.0.values().skip(NAMED).sum();
        if further > 0 {
            parts.push(format!("{further} more in other parts"));
        }
        format!(
            "cut to {budget} characters, left out: {}; next_cursor does not lead to them: \
             ask again with a smaller limit, fewer things, or narrower keys, columns or lines",
            parts.join(", ")
        )
    }
}

/// What can be shortened, in the order in which it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    LongText,
    Rows,
    LongValues,
    Entries,
    Columns,
    Items,
}

/// Shortens the heaviest thing of the first kind that there is, by about `excess` characters.
/// `false` when nothing is left that could be cut.
fn shorten(answer: &mut Answer, excess: usize, cuts: &mut Cuts) -> bool {
    // Weighing means rendering, so only what is of the first kind is weighed.
    let mut first: Option<Kind> = None;
    weigh(&answer.items, &mut Vec::new(), &mut |kind, _, _| first = Some(first.map_or(kind, |first| first.min(kind))));
    let mut heaviest: Option<(Kind, usize, Vec<usize>)> = None;
    weigh(&answer.items, &mut Vec::new(), &mut |kind, weight, path| {
        if first != Some(kind) {
            return;
        }
        let weight = weight();
        if heaviest.as_ref().is_none_or(|(_, most, _)| weight > *most) {
            heaviest = Some((kind, weight, path.to_vec()));
        }
    });
    let Some((kind, weight, path)) = heaviest else { return false };
    if kind == Kind::Items {
        return container_at(&mut answer.items, &path).is_some_and(|items| drop_items(items, excess, cuts));
    }
    let Some((at, container)) = path.split_last() else { return false };
    let Some(items) = container_at(&mut answer.items, container) else { return false };
    if matches!(items.get(*at), Some(Item::Fact { .. })) {
        return shorten_facts(items.iter_mut().skip(*at), excess, cuts);
    }
    items.get_mut(*at).map(|item| cut(item, kind, excess, weight, cuts)).is_some()
}

/// Tells of everything that can be shortened: its kind, its weight in characters, and the way to it, which is the places of
/// items and, between them, of entries.
fn weigh(items: &[Item], path: &mut Vec<usize>, tell: &mut impl FnMut(Kind, &dyn Fn() -> usize, &[usize])) {
    for (at, item) in items.iter().enumerate() {
        let weight = || size(&Answer::new().with(item.clone()));
        path.push(at);
        match item {
            Item::Foreign { text, .. } | Item::Guide(text) if text.length() > SHORT_BLOCK => {
                tell(Kind::LongText, &|| text.length(), path);
            }
            Item::Table(table) => {
                if table.rows.len() > 1 {
                    tell(Kind::Rows, &weight, path);
                }
                if table.rows.iter().flatten().any(is_long) {
                    tell(Kind::LongValues, &weight, path);
                }
                if table.columns.len() > 1 {
                    tell(Kind::Columns, &weight, path);
                }
            }
            Item::Fact { value, .. } if is_long(value) => tell(Kind::LongValues, &|| 0, path),
            Item::Section { body, .. } => {
                path.push(0);
                weigh(&body.items, path, tell);
                path.pop();
            }
            Item::Records { entries, .. } => {
                if entries.len() > 1 {
                    tell(Kind::Entries, &weight, path);
                }
                for (at, entry) in entries.iter().enumerate() {
                    path.push(at);
                    weigh(&entry.items, path, tell);
                    path.pop();
                }
            }
            _ => {}
        }
        path.pop();
    }
    if items.len() > 1 {
        tell(Kind::Items, &|| items.len(), path);
    }
}

/// The items at the end of a way that [`weigh`] told of.
fn container_at<'a>(items: &'a mut Vec<Item>, path: &[usize]) -> Option<&'a mut Vec<Item>> {
    let [at, entry, rest @ ..] = path else { return Some(items) };
    match items.get_mut(*at)? {
        Item::Section { body, .. } => container_at(&mut body.items, rest),
        Item::Records { entries, .. } => container_at(&mut entries.get_mut(*entry)?.items, rest),
        _ => None,
    }
}

/// Leaves the last items out that are no notes, until the excess is gone: what was not seen is worth more than what was.
fn drop_items(items: &mut Vec<Item>, excess: usize, cuts: &mut Cuts) -> bool {
    let mut freed = 0;
    while freed < excess {
        let last = items.iter().rposition(|item| !matches!(item, Item::Note(_))).filter(|at| *at > 0);
        let Some(at) = last.or_else(|| items.len().checked_sub(1)) else { break };
        let item = items.remove(at);
        cuts.count("parts", name_of(&item), 1);
        freed += size(&Answer::new().with(item));
    }
    freed > 0
}

/// Cuts facts short, one after the other, until the excess is gone.
fn shorten_facts<'a>(items: impl Iterator<Item = &'a mut Item>, excess: usize, cuts: &mut Cuts) -> bool {
    let mut freed = 0;
    for item in items {
        let Item::Fact { key, value } = item else { continue };
        if freed >= excess {
            break;
        }
        let shortened = shorten_cell(value);
        if shortened > 0 {
            cuts.count("characters", key, shortened);
            freed += shortened;
        }
    }
    freed > 0
}

fn cut(item: &mut Item, kind: Kind, excess: usize, weight: usize, cuts: &mut Cuts) {
    let name = name_of(item).to_owned();
    // Of things of similar size, about as many as make up for the excess; at most half, so that of several tables
    // none is emptied for the others.
    let share = |count: usize| (count.saturating_mul(excess) / weight.max(1)).clamp(1, (count / 2).max(1));
    match (kind, item) {
        (_, Item::Foreign { text, .. } | Item::Guide(text)) => {
            let before = text.length();
            text.shorten(before.saturating_sub(excess).max(SHORT_BLOCK));
            cuts.count("characters", &name, before - text.length());
        }
        (Kind::Rows, Item::Table(table)) => {
            let dropped = share(table.rows.len());
            table.rows.truncate(table.rows.len() - dropped);
            cuts.count("rows", &name, dropped);
        }
        (Kind::Columns, Item::Table(table)) => {
            let dropped = share(table.columns.len());
            table.columns.truncate(table.columns.len() - dropped);
            table.rows.iter_mut().for_each(|row| row.truncate(table.columns.len()));
            cuts.count("columns", &name, dropped);
        }
        (_, Item::Table(table)) => {
            let shortened = table.rows.iter_mut().flatten().map(shorten_cell).sum();
            cuts.count("characters", &name, shortened);
        }
        (_, Item::Records { entries, .. }) => {
            let dropped = share(entries.len());
            entries.truncate(entries.len() - dropped);
            cuts.count("entries", &name, dropped);
        }
        (_, Item::Fact { .. } | Item::Section { .. } | Item::Note(_) | Item::Image(_)) => {}
    }
}

fn long_excerpt(cell: &Cell) -> Option<&Excerpt> {
    match cell {
        Cell::Foreign(text) if text.length() > SHORT_CELL => Some(text),
        _ => None,
    }
}

fn is_long(cell: &Cell) -> bool {
    match cell {
        Cell::List(cells) => cells.iter().any(is_long),
        _ => long_excerpt(cell).is_some(),
    }
}

/// Cuts foreign text in a cell short; says how many characters went.
fn shorten_cell(cell: &mut Cell) -> usize {
    match cell {
        Cell::List(cells) => cells.iter_mut().map(shorten_cell).sum(),
        Cell::Foreign(text) => {
            let before = text.length();
            text.shorten(SHORT_CELL);
            before - text.length()
        }
        _ => 0,
    }
}

fn name_of(item: &Item) -> &str {
    match item {
        Item::Fact { key: name, .. }
        | Item::Records { name, .. }
        | Item::Section { name, .. }
        | Item::Foreign { name, .. } => name,
        Item::Table(table) => &table.name,
        Item::Note(_) => "notes",
        Item::Guide(_) => "text",
        Item::Image(_) => "image",
    }
}

#[cfg(test)]
mod tests;
