//! The last Python traceback of a log, cut to what tells.

use std::sync::LazyLock;

use regex::Regex;

/// Frames of the user's own code that are shown.
const OWN: usize = 3;
/// Lines of a message that are shown.
const MESSAGE: usize = 6;
/// Characters of a line that are shown.
const SHOWN: usize = 400;
/// Lines of one traceback at most.
const LONGEST: usize = 400;

/// A traceback.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Traceback {
    /// Its frames, the outermost first.
    pub frames: Vec<Frame>,
    /// The exception: its line, and those of a longer message.
    pub message: Vec<String>,
    /// The place of its first line among the lines given.
    pub from: usize,
    /// The place of its last line.
    pub to: usize,
}

/// A frame of a traceback.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The file.
    pub file: String,
    /// The line in it.
    pub line: u64,
    /// The function.
    pub function: String,
    /// The code of that line, where it was told.
    pub code: Option<String>,
}

/// Packages whose files some loggers name from the package on (`torch/_tensor.py`).
const PACKAGES: [&str; 24] = [
    "torch",
    "torchvision",
    "torchaudio",
    "torch_geometric",
    "pytorch_lightning",
    "lightning_fabric",
    "transformers",
    "accelerate",
    "deepspeed",
    "tensorflow",
    "keras",
    "jax",
    "jaxlib",
    "flax",
    "optax",
    "numpy",
    "scipy",
    "pandas",
    "sklearn",
    "xgboost",
    "lightgbm",
    "mlflow",
    "clearml",
    "multiprocessing",
];

impl Frame {
    /// Whether it is the user's own code, not Python's or a package's.
    pub fn is_own(&self) -> bool {
        const FOREIGN: [&str; 7] =
            ["site-packages", "dist-packages", "/lib/python", "\\lib\\", "<frozen", "importlib", "/bin/"];
        let file = self.file.to_lowercase();
        let of_package = file.split_once(['/', '\\']).is_some_and(|(folder, _)| PACKAGES.contains(&folder));
        !FOREIGN.iter().any(|part| file.contains(part)) && !file.starts_with('<') && !of_package
    }
}

impl Traceback {
    /// The line of the exception.
    pub fn exception(&self) -> &str {
        self.message.first().map(String::as_str).unwrap_or_default()
    }

    /// The place of the line of the exception.
    pub fn raised_at(&self) -> usize {
        (self.to + 1).saturating_sub(self.message.len().max(1))
    }

    /// The innermost frame of the user's own code.
    pub fn own_frame(&self) -> Option<&Frame> {
        self.frames.iter().rfind(|frame| frame.is_own())
    }

    /// The innermost frames of the user's own code, the frame that raised, and the exception.
    pub fn telling(&self) -> String {
        let mut shown: Vec<usize> = (0..self.frames.len()).rev().filter(|at| self.is_own(*at)).take(OWN).collect();
        shown.extend(self.frames.len().checked_sub(1));
        shown.sort_unstable();
        shown.dedup();
        let mut text = String::from("Traceback (most recent call last):\n");
        let mut next = 0;
        for at in shown {
            let Some(frame) = self.frames.get(at) else { continue };
            if at > next {
                let left_out = at - next;
                let frames = if left_out == 1 { "frame" } else { "frames" };
                text.push_str(&format!("  … {left_out} {frames} left out\n"));
            }
            next = at + 1;
            text.push_str(&format!(
                "  File \"{}\", line {}, in {}\n",
                cut(&frame.file),
                frame.line,
                cut(&frame.function)
            ));
            if let Some(code) = &frame.code {
                text.push_str(&format!("    {}\n", cut(code)));
            }
        }
        for line in self.message.iter().take(MESSAGE) {
            text.push_str(&cut(line));
            text.push('\n');
        }
        if self.message.len() > MESSAGE {
            text.push_str(&format!("… {} more lines\n", self.message.len() - MESSAGE));
        }
        text.trim_end().to_owned()
    }

    fn is_own(&self, at: usize) -> bool {
        self.frames.get(at).is_some_and(Frame::is_own)
    }
}

fn cut(text: &str) -> String {
    let mut shown: String = text.chars().take(SHOWN).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

/// The last traceback among these lines.
pub fn last_traceback(lines: &[&str]) -> Option<Traceback> {
    let mut end = lines.len();
    while let Some(from) = lines.get(..end)?.iter().rposition(|line| line.contains("Traceback (most recent call last)"))
    {
        if let Some(traceback) = read(lines, from) {
            return Some(traceback);
        }
        end = from;
    }
    None
}

fn pattern(text: &str) -> Option<Regex> {
    Regex::new(text).ok()
}

/// The traceback that begins at a line. What stands before `Traceback` stands before its other lines too: `[rank0]: `, or a
/// time that differs from line to line.
fn read(lines: &[&str], from: usize) -> Option<Traceback> {
    static FRAME: LazyLock<Option<Regex>> =
        LazyLock::new(|| pattern(r#"^(.*?)File "([^"]+)", line (\d+)(?:, in (.+))?$"#));
    static EXCEPTION: LazyLock<Option<Regex>> = LazyLock::new(|| {
        pattern(
            r"(?:^|[\s\]|])((?:[A-Za-z_]\w*\.)*[A-Za-z_]\w*(?:Error|Exception|Interrupt|Exit|Iteration|Expired|Timeout|Warning|Fault|Failure|Invalid|Missing\w*|Found|Killed|Signal)(?:: .*|:)?)$",
        )
    });
    let head = lines.get(from)?;
    let prefix = head.get(..head.find("Original Traceback").or_else(|| head.find("Traceback (most"))?)?;
    let strip = |line: &str| line.strip_prefix(prefix).unwrap_or(line).trim_end().to_owned();
    let mut frames: Vec<Frame> = Vec::new();
    let mut at = from + 1;
    while let Some(line) = lines.get(at).filter(|_| at < from + LONGEST) {
        let line = strip(line);
        if let Some(found) = FRAME.as_ref()?.captures(&line) {
            frames.push(Frame {
                file: found.get(2)?.as_str().to_owned(),
                line: found.get(3)?.as_str().parse().unwrap_or_default(),
                function: found.get(4).map_or("<module>", |name| name.as_str()).to_owned(),
                code: None,
            });
        } else if let Some(last) = frames.last_mut()
            && line.starts_with("    ")
        {
            let is_marks = line.chars().all(|c| matches!(c, ' ' | '^' | '~'));
            if last.code.is_none() && !is_marks {
                last.code = Some(line.trim().to_owned());
            }
        } else if line.starts_with("  [Previous line repeated") || line.trim().is_empty() && frames.is_empty() {
            // A recursion, or nothing yet.
        } else {
            break;
        }
        at += 1;
    }
    let last = at;
    let first = strip(lines.get(at)?);
    let exact = first.chars().next().is_some_and(|c| c.is_alphabetic() || c == '_');
    let raised = match EXCEPTION.as_ref()?.captures(&first).and_then(|found| found.get(1)) {
        Some(raised) => raised.as_str().to_owned(),
        // Any class can be raised, whatever its name ends with.
        None if exact && !frames.is_empty() && !first.contains("Traceback") => first,
        None => return None,
    };
    let mut message = vec![raised];
    at += 1;
    while let Some(line) = lines.get(at).filter(|_| message.len() < 40) {
        let line = strip(line);
        // A message of several lines goes on indented, or as a list.
        let goes_on = line.starts_with([' ', '\t', '-', '=']) && !line.trim().is_empty() && !line.contains("Traceback");
        if !goes_on {
            break;
        }
        message.push(line);
        at += 1;
    }
    Some(Traceback { frames, to: last + message.len() - 1, message, from })
}

#[cfg(test)]
mod tests;
