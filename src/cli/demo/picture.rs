//! A picture that came with an answer: shown where the terminal is known to show pictures, else told.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// Cells across: it fits the narrowest usual terminal, and is as legible on dense screens as on others.
const COLUMNS: usize = 76;
/// Bytes of base64 in one sequence; kitty's protocol allows no more.
const CHUNK: usize = 4096;
/// The first Konsole that shows pictures, as it writes its version: 22.04.
const KONSOLE: u32 = 220_400;

/// A PNG.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Picture {
    /// What it is called.
    pub(super) name: String,
    /// The file.
    pub(super) bytes: Vec<u8>,
    /// Its size in pixels.
    width: u64,
    height: u64,
}

impl Picture {
    /// The PNG among the contents of a tool's result, if there is one.
    pub(super) fn of(result: &Value) -> Option<Self> {
        let blocks = result.get("content")?.as_array()?;
        let block = blocks.iter().find(|block| block.get("mimeType").and_then(Value::as_str) == Some("image/png"))?;
        let facts = result.get("structuredContent")?.get("image")?;
        Some(Self {
            name: facts.get("name")?.as_str()?.to_owned(),
            bytes: STANDARD.decode(block.get("data")?.as_str()?).ok()?,
            width: facts.get("width")?.as_u64()?,
            height: facts.get("height")?.as_u64()?,
        })
    }

    /// Its size, in words.
    pub(super) fn size(&self) -> String {
        format!("{} × {}, {} kB", self.width, self.height, self.bytes.len().div_ceil(1000))
    }
}

/// How a terminal is told to show a picture where the cursor is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Screen {
    /// kitty's graphics protocol.
    Kitty,
    /// iTerm2's inline images, which others understand too.
    Iterm,
}

impl Screen {
    /// That of the terminal which these variables tell of; none where that is in doubt.
    ///
    /// Only the innermost terminal counts: variables of the one that it was started from may still be there.
    pub(super) fn of(variable: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let is_set = |name: &str| variable(name).is_some_and(|value| !value.is_empty());
        let term = variable("TERM").unwrap_or_default();
        // Multiplexers keep such sequences for themselves, or let them through at the wrong place.
        let is_inside_another = ["TMUX", "STY", "ZELLIJ"].into_iter().any(is_set)
            || ["tmux", "screen"].into_iter().any(|name| term.starts_with(name));
        if is_inside_another || term == "dumb" || is_set("NO_COLOR") {
            return None;
        }
        match (term.as_str(), variable("TERM_PROGRAM").as_deref().unwrap_or_default()) {
            ("xterm-kitty" | "xterm-ghostty", _) | (_, "ghostty") => Some(Self::Kitty),
            (_, "iTerm.app" | "WezTerm" | "mintty" | "vscode") => Some(Self::Iterm),
            (_, "") if is_set("KITTY_WINDOW_ID") => Some(Self::Kitty),
            (_, "") if variable("KONSOLE_VERSION")?.parse::<u32>().ok()? >= KONSOLE => Some(Self::Kitty),
            _ => None,
        }
    }

    /// What is written to show a PNG.
    pub(super) fn show(self, png: &[u8]) -> String {
        match self {
            Self::Kitty => kitty(png),
            Self::Iterm => iterm(png),
        }
    }
}

/// <https://sw.kovidgoyal.net/kitty/graphics-protocol/>
fn kitty(png: &[u8]) -> String {
    let base64 = STANDARD.encode(png);
    let mut written = String::new();
    let mut rest = base64.as_str();
    // Transmit and show a PNG; `q=2`, because an answer of the terminal would be read as typed.
    let mut keys = format!("a=T,f=100,c={COLUMNS},q=2");
    loop {
        let (chunk, after) = rest.split_at_checked(CHUNK).unwrap_or((rest, ""));
        let more = u8::from(!after.is_empty());
        written.push_str(&format!("\x1b_G{keys},m={more};{chunk}\x1b\\"));
        if after.is_empty() {
            return written;
        }
        rest = after;
        "q=2".clone_into(&mut keys);
    }
}

/// <https://iterm2.com/documentation-images.html>
fn iterm(png: &[u8]) -> String {
    let (size, base64) = (png.len(), STANDARD.encode(png));
    format!("\x1b]1337;File=inline=1;size={size};width={COLUMNS};preserveAspectRatio=1:{base64}\x07")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn screen(variables: &[(&str, &str)]) -> Option<Screen> {
        Screen::of(|wanted| Some(variables.iter().find(|(name, _)| *name == wanted)?.1.to_owned()))
    }

    #[test]
    fn terminals_that_show_pictures_are_known_by_their_variables() {
        for (variables, shown) in [
            (&[("TERM", "xterm-kitty"), ("KITTY_WINDOW_ID", "1")][..], Screen::Kitty),
            (&[("TERM", "xterm-256color"), ("KITTY_WINDOW_ID", "1")], Screen::Kitty),
            (&[("TERM", "xterm-ghostty")], Screen::Kitty),
            (&[("TERM", "xterm-256color"), ("TERM_PROGRAM", "ghostty")], Screen::Kitty),
            (&[("TERM", "xterm-256color"), ("KONSOLE_VERSION", "230804")], Screen::Kitty),
            (&[("TERM", "xterm-256color"), ("TERM_PROGRAM", "iTerm.app")], Screen::Iterm),
            (&[("TERM", "xterm-256color"), ("TERM_PROGRAM", "WezTerm")], Screen::Iterm),
            (&[("TERM", "xterm"), ("TERM_PROGRAM", "mintty")], Screen::Iterm),
            (&[("TERM", "xterm-256color"), ("TERM_PROGRAM", "vscode"), ("KITTY_WINDOW_ID", "1")], Screen::Iterm),
        ] {
            assert_eq!(screen(variables), Some(shown), "{variables:?}");
        }
    }

    #[test]
    fn where_it_is_in_doubt_or_not_wanted_no_picture_is_shown() {
        for variables in [
            &[][..],
            &[("TERM", "xterm-256color")],
            &[("TERM", "dumb"), ("TERM_PROGRAM", "iTerm.app")],
            &[("TERM", "xterm-kitty"), ("NO_COLOR", "1")],
            &[("TERM", "xterm-256color"), ("TERM_PROGRAM", "Apple_Terminal"), ("KITTY_WINDOW_ID", "1")],
            &[("TERM", "xterm-256color"), ("KONSOLE_VERSION", "211203")],
            &[("TERM", "tmux-256color"), ("TERM_PROGRAM", "iTerm.app")],
            &[("TERM", "screen.xterm-256color"), ("KITTY_WINDOW_ID", "1")],
            &[("TERM", "xterm-kitty"), ("TMUX", "/tmp/tmux-0/default,1,0")],
        ] {
            assert_eq!(screen(variables), None, "{variables:?}");
        }
        assert_eq!(screen(&[("TERM", "xterm-kitty"), ("NO_COLOR", "")]), Some(Screen::Kitty));
    }

    /// The keys and the payload of each of kitty's sequences.
    fn parted(written: &str) -> Vec<(&str, &str)> {
        let sequences = written.split_terminator("\x1b\\");
        sequences.map(|sequence| sequence.strip_prefix("\x1b_G").unwrap().split_once(';').unwrap()).collect()
    }

    #[test]
    fn kitty_gets_chunks_that_together_are_the_file() {
        // 3,072 bytes are one whole chunk of base64.
        for (length, chunks) in [(1, 1), (3072, 1), (3073, 2), (10_000, 4)] {
            let png: Vec<u8> = (0..length).map(|index| (index % 251) as u8).collect();
            let written = Screen::Kitty.show(&png);
            let parts = parted(&written);
            assert_eq!(parts.len(), chunks, "{length}");
            for (index, (keys, chunk)) in parts.iter().enumerate() {
                let is_last = index + 1 == chunks;
                let right = if index == 0 { "a=T,f=100,c=76,q=2" } else { "q=2" };
                assert_eq!(*keys, format!("{right},m={}", u8::from(!is_last)));
                assert!(if is_last { (1..=CHUNK).contains(&chunk.len()) } else { chunk.len() == CHUNK });
            }
            let whole: String = parts.iter().map(|(_, chunk)| *chunk).collect();
            assert_eq!(STANDARD.decode(whole).unwrap(), png);
        }
    }

    #[test]
    fn iterm_gets_the_file_and_its_size_in_one_sequence() {
        let written = Screen::Iterm.show(b"\x89PNG");
        assert_eq!(written, "\x1b]1337;File=inline=1;size=4;width=76;preserveAspectRatio=1:iVBORw==\x07");
    }

    #[test]
    fn a_picture_is_read_from_the_result_of_a_tool() {
        let image = json!({"type": "image", "mimeType": "image/png", "data": "iVBORw=="});
        let facts = json!({"name": "loss", "width": 900, "height": 500, "bytes": 4});
        let result = json!({"content": [{"type": "text", "text": "a"}, image], "structuredContent": {"image": facts}});
        let picture = Picture::of(&result).unwrap();
        assert_eq!((picture.name.as_str(), picture.bytes.as_slice()), ("loss", &b"\x89PNG"[..]));
        assert_eq!(picture.size(), "900 × 500, 1 kB");
        assert_eq!(Picture::of(&json!({"content": [{"type": "text", "text": "a"}], "structuredContent": {}})), None);
    }
}
