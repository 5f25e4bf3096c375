//! What is shown within the text of a report: Markdown pictures, and frames of the web interface that draw values of runs.

use url::Url;

use crate::model::{Embedded, RunId};

use super::web::is_id;

/// Things of one report that are told.
const MOST: usize = 50;

/// What is shown, in the order of the text.
pub(super) fn embedded(text: &str) -> Vec<Embedded> {
    let mut found = Vec::new();
    let mut rest = text;
    while found.len() < MOST {
        let next = ["![", "<iframe"].into_iter().filter_map(|mark| Some((rest.find(mark)?, mark))).min();
        let Some((at, mark)) = next else { break };
        rest = rest.get(at + mark.len()..).unwrap_or_default();
        found.extend(if mark == "![" { picture(rest) } else { frame(rest) });
    }
    found
}

/// A picture, behind its `![`.
fn picture(text: &str) -> Option<Embedded> {
    let (words, rest) = text.split_once(']')?;
    let (inside, _) = rest.strip_prefix('(')?.split_once(')')?;
    // A title in quotes may follow the address.
    let address = inside.split_whitespace().next()?.trim_start_matches('<').trim_end_matches('>');
    let words = words.trim();
    Some(Embedded {
        kind: "image".to_owned(),
        title: (!words.is_empty()).then(|| words.to_owned()),
        runs: Vec::new(),
        address: Some(address.to_owned()),
    })
}

/// A frame, behind its `<iframe`.
fn frame(text: &str) -> Option<Embedded> {
    let (attributes, _) = text.split_once('>')?;
    let (_, source) = attributes.split_once("src=")?;
    let quote = source.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    let (address, _) = source.get(1..)?.split_once(quote)?;
    Some(of_address(address))
}

/// A frame: of the web interface it says in its address what it draws of which runs.
fn of_address(address: &str) -> Embedded {
    let address = address.replace("&amp;", "&");
    let Ok(url) = Url::parse(&address) else {
        return Embedded { kind: "frame".to_owned(), address: Some(address), ..Embedded::default() };
    };
    let (mut kind, mut metric, mut variant, mut runs) = (None, None, None, Vec::new());
    for (name, value) in url.query_pairs() {
        match name.as_ref() {
            "type" => kind = Some(value.into_owned()),
            "metrics" => metric = Some(value.into_owned()),
            "variants" => variant = Some(value.into_owned()),
            "objects" | "tasks" => runs.extend(value.split(',').filter(|id| is_id(id)).map(RunId::new)),
            _ => {}
        }
    }
    let parts: Vec<String> = [metric, variant].into_iter().flatten().filter(|part| !part.is_empty()).collect();
    Embedded {
        kind: kind.unwrap_or_else(|| "frame".to_owned()),
        title: (!parts.is_empty()).then(|| parts.join("/")),
        runs,
        address: Some(address),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TASK: &str = "f03721ba0b6b4ca8aa1966499b8d1c11";

    #[test]
    fn pictures_and_frames_are_named_in_the_order_of_the_text() {
        let frame = format!(
            "https://app.clear.ml/widgets/?objectType=task&amp;type=scalar&amp;objects={TASK},x&amp;metrics=val&amp;variants=loss"
        );
        let text = format!(
            "# Week\n![ the matrix ](https://files/a.png \"t\") and [a link](https://b)\n<iframe\n width=\"100%\" src=\"{frame}\" name=\"n\"></iframe>\n<iframe src='not an address'></iframe>"
        );

        let found = embedded(&text);

        let told: Vec<(&str, Option<&str>, usize)> =
            found.iter().map(|one| (one.kind.as_str(), one.title.as_deref(), one.runs.len())).collect();
        assert_eq!(told, [("image", Some("the matrix"), 0), ("scalar", Some("val/loss"), 1), ("frame", None, 0)]);
        assert_eq!(found[1].runs, [RunId::new(TASK)]);
        assert_eq!(found[0].address.as_deref(), Some("https://files/a.png"));
        assert!(embedded("no ![ picture ] (x) ![](  ) <iframe> <iframe src=x> ![").is_empty());
    }
}
