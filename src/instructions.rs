//! What the server tells a client about itself: the text of `guides/instructions.md` without tools that are not there.

use crate::catalogue::CATALOGUE;

/// Most bytes of it: some clients cut beyond 2 kB.
const LIMIT: usize = 2_000;

const TEXT: &str = include_str!("../guides/instructions.md");

/// What stands before the list of tools, in the first paragraph.
const TOOLS: &str = "Tools: ";

/// The instructions of a server that offers these tools, at most 2,000 bytes: the fixed text, and the names of the configured
/// trackers as far as they have room. Names are the only data in it.
pub(crate) fn instructions(offered: &[&str], trackers: &[&str]) -> String {
    let mut text = text(offered);
    let Some((first, others)) = trackers.split_first() else {
        text.push_str("\n- No tracker is configured yet: list_trackers says what to set.\n");
        return text;
    };
    text.push_str(&format!("\n- Configured trackers: {first}"));
    let room_for_the_rest = " and 1000000 more.\n".len();
    for (index, name) in others.iter().enumerate() {
        if text.len() + ", ".len() + name.len() + room_for_the_rest > LIMIT {
            text.push_str(&format!(" and {} more", others.len() - index));
            break;
        }
        text.push_str(", ");
        text.push_str(name);
    }
    text.push_str(".\n");
    text
}

/// The fixed text without tools that are not offered: the list loses their names, and a line of advice on one is left out.
fn text(offered: &[&str]) -> String {
    let names_others = |text: &&str| {
        let mut others = CATALOGUE.iter().map(|entry| entry.name).filter(|name| !offered.contains(name));
        others.any(|name| text.split(|c: char| !(c.is_ascii_lowercase() || c == '_')).any(|word| word == name))
    };
    let lines = TEXT.trim_end().lines().filter(|line| line.contains(TOOLS) || !names_others(line));
    let lines = lines.map(|line| {
        match line.split_once(TOOLS).and_then(|(before, rest)| Some((before, rest.split_once('.')?))) {
            Some((before, (list, behind))) => {
                let list: Vec<&str> = list.split(", ").filter(|item| !names_others(item)).collect();
                format!("{before}{TOOLS}{}.{behind}", list.join(", "))
            }
            None => line.to_owned(),
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use backends::registry::KINDS;

    use super::{LIMIT, TEXT, instructions};
    use crate::catalogue::CATALOGUE;
    use crate::policy::{Policy, opt_in};
    use crate::tool::Access;

    fn all() -> Vec<&'static str> {
        CATALOGUE.iter().map(|entry| entry.name).collect()
    }

    /// The tools that a text names.
    fn named(text: &str) -> Vec<&'static str> {
        let words: Vec<&str> = text.split(|c: char| !(c.is_ascii_lowercase() || c == '_')).collect();
        all().into_iter().filter(|name| words.contains(name)).collect()
    }

    #[test]
    fn the_first_512_characters_stand_alone() {
        let first = TEXT.lines().next().unwrap();

        // The empty line behind it too.
        assert!(first.chars().count() <= 510 && first.ends_with('.'));
        for entry in CATALOGUE.iter().filter(|entry| opt_in(entry).is_none()) {
            assert!(first.contains(entry.name), "{} is not in it", entry.name);
        }
        for word in ["MLflow", "ClearML", "Read-only", "one server entry", "invocation id", "last failed"] {
            assert!(first.contains(word), "{word} is not in it");
        }
    }

    #[test]
    fn the_tools_that_are_offered_are_named_and_no_others() {
        let toolsets: [&[&str]; 5] =
            [&[], &["datasets"], &["runs", "compare"], &["traces"], &["projects", "models", "tasks"]];
        for kind in KINDS {
            for toolsets in toolsets {
                let policy = Policy::new(Access::Read, toolsets);
                let offered: Vec<&str> = policy.offered(kind.capabilities).map(|entry| entry.name).collect();

                let text = instructions(&offered, &["lab"]);

                assert_eq!(named(&text), offered, "{} {toolsets:?}: {text}", kind.name);
                assert!(text.contains(" PROJECT.\n\n- "), "{text}");
            }
        }
        assert_eq!(named(&instructions(&all(), &[])), all());
    }

    #[test]
    fn they_end_with_the_names_of_the_trackers() {
        assert!(instructions(&all(), &["lab", "mlflow"]).ends_with("\n- Configured trackers: lab, mlflow.\n"));
        assert!(instructions(&all(), &[]).ends_with("No tracker is configured yet: list_trackers says what to set.\n"));
    }

    #[test]
    fn many_trackers_do_not_break_the_limit() {
        let names: Vec<_> = (0..1_000).map(|n| format!("a_rather_long_tracker_name_{n:05}")).collect();
        let names: Vec<_> = names.iter().map(String::as_str).collect();

        let text = instructions(&all(), &names);
        let shown = text.matches("a_rather_long_tracker_name_").count();

        assert!(text.len() <= LIMIT, "{} bytes", text.len());
        assert!(shown > 0 && text.ends_with(&format!(" and {} more.\n", 1_000 - shown)), "{shown} shown");
    }
}
