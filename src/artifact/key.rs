//! Ways to values in a document: `latency.p95`, `a.b[2].c`, `tasks.*.score`.

use backends::nearest::nearest;

use super::node::Node;
use crate::render::unescape_key;

/// Values that a way with stars may lead to.
const MOST: usize = 1_000;
/// Names that are told of a place where a name is missing.
const NAMES: usize = 12;

/// Why a way leads nowhere.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Missed {
    /// How far it leads; empty at the top.
    pub(crate) reached: String,
    /// What is there, in words.
    pub(crate) what: String,
    /// What is not there.
    pub(crate) missing: String,
    /// Names there that resemble it.
    pub(crate) near: Vec<String>,
    /// The first names there.
    pub(crate) names: Vec<String>,
}

/// The values that a key leads to, each with its way. Names are parted by points; those that hold points themselves are
/// found as well, as are places of lists (`[2]`, `.2`), and `*` stands for everything in a list or object.
pub(crate) fn lookup<'a>(node: &'a Node, key: &str) -> Result<Vec<(String, &'a Node)>, Missed> {
    let key = unescape_key(key.trim());
    let key = key.strip_prefix("$.").unwrap_or(&key);
    let mut search = Search { found: Vec::new(), missed: None };
    search.follow(node, "", key);
    match search.missed {
        Some(missed) if search.found.is_empty() => Err(missed),
        _ => Ok(search.found),
    }
}

struct Search<'a> {
    found: Vec<(String, &'a Node)>,
    /// The miss that was deepest in the document.
    missed: Option<Missed>,
}

impl<'a> Search<'a> {
    /// Whether anything was found.
    fn follow(&mut self, node: &'a Node, way: &str, rest: &str) -> bool {
        let rest = rest.strip_prefix('.').unwrap_or(rest);
        if rest.is_empty() {
            if self.found.len() < MOST {
                self.found.push((way.to_owned(), node));
            }
            return true;
        }
        if let Some(after) = rest.strip_prefix("[*]").or_else(|| star(rest)) {
            let inside = children(node, way);
            // All of them are followed, not only to the first that is found.
            let found = inside.into_iter().filter(|(way, child)| self.follow(child, way, after)).count();
            return found > 0 || self.miss(node, way, rest);
        }
        let bracket = rest.strip_prefix('[').and_then(|inside| inside.split_once(']'));
        let found = match (node, bracket) {
            (Node::List(list), Some((place, after))) => self.place(list, way, place, after),
            (Node::List(list), None) => {
                let end = rest.find(['.', '[']).unwrap_or(rest.len());
                let (place, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
                self.place(list, way, place, after)
            }
            (Node::Map(map), Some((quoted, after))) => {
                let name = quoted.trim_matches(['"', '\'']);
                let entry = map.iter().rfind(|(known, _)| known == name);
                entry.is_some_and(|(name, child)| self.follow(child, &joined(way, name), after))
            }
            (Node::Map(map), None) => {
                let mut fitting: Vec<_> = map.iter().filter(|(name, _)| begins(rest, name)).collect();
                // The last of equal names holds, and the longest goes first.
                fitting.reverse();
                fitting.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
                fitting.into_iter().any(|(name, child)| {
                    self.follow(child, &joined(way, name), rest.get(name.len()..).unwrap_or_default())
                })
            }
            _ => false,
        };
        found || self.miss(node, way, rest)
    }

    fn place(&mut self, list: &'a [Node], way: &str, place: &str, after: &str) -> bool {
        let Ok(number) = place.trim().parse::<i64>() else { return false };
        let at = if number < 0 { number + i64::try_from(list.len()).unwrap_or(i64::MAX) } else { number };
        let Ok(at) = usize::try_from(at) else { return false };
        list.get(at).is_some_and(|child| self.follow(child, &format!("{way}[{at}]"), after))
    }

    fn miss(&mut self, node: &Node, way: &str, rest: &str) -> bool {
        if self.missed.as_ref().is_some_and(|known| known.reached.len() >= way.len()) {
            return false;
        }
        let names: Vec<&str> = match node {
            Node::Map(map) => map.iter().map(|(name, _)| name.as_str()).collect(),
            _ => Vec::new(),
        };
        let first = rest.split(['.', '[']).next().unwrap_or(rest);
        let mut near = nearest(first, names.iter().copied(), 4);
        if near.is_empty() {
            near = nearest(rest, names.iter().copied(), 4);
        }
        self.missed = Some(Missed {
            reached: way.to_owned(),
            what: node.what(),
            missing: rest.to_owned(),
            near: near.into_iter().map(str::to_owned).collect(),
            names: names.into_iter().take(NAMES).map(str::to_owned).collect(),
        });
        false
    }
}

/// What follows a star that is a whole segment.
fn star(rest: &str) -> Option<&str> {
    rest.strip_prefix('*').filter(|after| after.is_empty() || after.starts_with(['.', '[']))
}

/// Whether a way begins with this name as a whole.
fn begins(rest: &str, name: &str) -> bool {
    let after = if name.is_empty() { None } else { rest.strip_prefix(name) };
    after.is_some_and(|after| after.is_empty() || after.starts_with(['.', '[']))
}

fn children<'a>(node: &'a Node, way: &str) -> Vec<(String, &'a Node)> {
    match node {
        Node::Map(map) => map.iter().map(|(name, child)| (joined(way, name), child)).collect(),
        Node::List(list) => list.iter().enumerate().map(|(at, child)| (format!("{way}[{at}]"), child)).collect(),
        _ => Vec::new(),
    }
}

fn joined(way: &str, name: &str) -> String {
    if way.is_empty() { name.to_owned() } else { format!("{way}.{name}") }
}

#[cfg(test)]
mod tests {
    use super::lookup;
    use crate::artifact::{Node, json};

    fn document() -> Node {
        let text = r#"{"latency": {"p50": 1, "p95": 2.5}, "results": {"mmlu": {"acc,none": 0.4, "a.b": [1, {"c": 7}]},
            "gsm8k": {"acc,none": 0.6}}, "list": [{"n": 1}, {"n": 2}], "": 0}"#;
        json::parse(text).node
    }

    fn values(key: &str) -> Vec<(String, String)> {
        let document = document();
        let found = lookup(&document, key).unwrap();
        found.into_iter().map(|(way, node)| (way, node.compact())).collect()
    }

    fn one(key: &str, way: &str, value: &str) {
        assert_eq!(values(key), [(way.to_owned(), value.to_owned())], "{key}");
    }

    #[test]
    fn a_way_leads_to_a_value_through_names_and_places() {
        one("latency.p95", "latency.p95", "2.5");
        one("$.latency.p95", "latency.p95", "2.5");
        one("list[1].n", "list[1].n", "2");
        one("list.0.n", "list[0].n", "1");
        one("list[-1].n", "list[1].n", "2");
    }

    #[test]
    fn names_that_hold_points_and_commas_are_found() {
        one("results.mmlu.acc,none", "results.mmlu.acc,none", "0.4");
        one("results.mmlu.a.b[1].c", "results.mmlu.a.b[1].c", "7");
        one("results[\"mmlu\"]['acc,none']", "results.mmlu.acc,none", "0.4");
    }

    #[test]
    fn a_star_leads_to_all() {
        let pair = |way: &str, value: &str| (way.to_owned(), value.to_owned());
        let both = [pair("results.mmlu.acc,none", "0.4"), pair("results.gsm8k.acc,none", "0.6")];
        assert_eq!(values("results.*.acc,none"), both);
        assert_eq!(values("list[*].n"), [pair("list[0].n", "1"), pair("list[1].n", "2")]);
        assert_eq!(values("results.*.a.b"), [pair("results.mmlu.a.b", r#"[1,{"c":7}]"#)]);
    }

    #[test]
    fn a_miss_tells_how_far_the_way_leads_and_what_is_near() {
        let document = document();
        let missed = lookup(&document, "latency.p59").unwrap_err();
        assert_eq!((missed.reached.as_str(), missed.missing.as_str()), ("latency", "p59"));
        assert_eq!(missed.names, ["p50", "p95"]);
        let missed = lookup(&document, "latency.p95.max").unwrap_err();
        assert_eq!((missed.reached.as_str(), missed.what.as_str()), ("latency.p95", "a number"));
        assert_eq!(lookup(&document, "latncy.p95").unwrap_err().near, ["latency"]);
        assert_eq!(lookup(&document, "latency.p9").unwrap_err().near[0], "p95");
        assert_eq!(lookup(&document, "list[7].n").unwrap_err().what, "a list of 2");
    }
}
