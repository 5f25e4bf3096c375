//! Secrets in text that others wrote: known by the shape of the value, or by a key that says so.

use std::borrow::Cow;
use std::sync::LazyLock;

use backends::secret::MASK;
use regex::{Captures, Regex};

/// Keys whose values are masked, as the words they consist of. `token` alone is none: `max_tokens`, `tokenizer`.
const SECRET_KEYS: [&[&str]; 7] = [
    &["password"],
    &["secret"],
    &["api", "key"],
    &["apikey"],
    &["access", "key"],
    &["auth", "token"],
    &["secret", "key"],
];

/// Values under such a key that say whether there is a secret, not which.
const NO_SECRETS: [&str; 6] = ["true", "false", "none", "null", "yes", "no"];

// Each alternative names the groups that stay; all else in a match is masked.
const SHAPES: &str = r#"(?x)
    -----BEGIN\ [A-Z0-9\ ]*PRIVATE\ KEY(?:\ BLOCK)?-----
        (?: [A-Za-z0-9+/=\s\\:,-]*? -----END\ [A-Z0-9\ ]*PRIVATE\ KEY(?:\ BLOCK)?-----
          | (?:[\s\\n]*[A-Za-z0-9+/=]{20,})* )
  | \beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*
  | \b(?:AKIA|ASIA)[A-Z0-9]{16}\b
  | \bAIza[A-Za-z0-9_-]{35}
  | \b(?:gh[opsur]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{22,}|glpat-[A-Za-z0-9_-]{20,})
  | \b(?:hf_[A-Za-z0-9]{30,}|xox[abeoprs]-[A-Za-z0-9-]{10,})
  | \b(?P<openai>sk-[A-Za-z0-9_-]{20,})
  | \b(?P<bearer>[Bb]earer\ +)[A-Za-z0-9._~+/-]{20,}=*
  | (?P<basic>\b[Aa]uthorization["']?\ *[:=]\ *["']?[Bb]asic\ +)[A-Za-z0-9+/]{8,}=*
  | (?P<signature>[?&](?:X-Amz-Signature|X-Amz-Security-Token|X-Goog-Signature|sig)=)[A-Za-z0-9%+/_-]{20,}=*
  | (?P<scheme>\b[A-Za-z][A-Za-z0-9+.-]*://)(?P<user>[^\s/?\#"'<>\\]+)@
  | (?P<key>[A-Za-z][A-Za-z0-9_.-]{0,80})(?P<between>["']?[\ \t]*[:=][\ \t]*)
"#;

/// How often a text is read at most: a bound on what hostile text can cost.
const PASSES: usize = 8;

static PATTERN: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(SHAPES).ok());

/// The text with everything that has the shape of a secret masked by `***`.
pub fn redact(text: &str) -> Cow<'_, str> {
    // The pattern is a constant that a test compiles; should it ever not, nothing leaves unread.
    let Some(pattern) = &*PATTERN else { return Cow::Borrowed(MASK) };
    let mut masked = mask(pattern, text);
    // What one mask leaves can complete the shape of another secret (a token within user information).
    for _ in 1..PASSES {
        let again = mask(pattern, &masked);
        if again == masked {
            break;
        }
        masked = Cow::Owned(again.into_owned());
    }
    masked
}

fn mask<'a>(pattern: &Regex, text: &'a str) -> Cow<'a, str> {
    let mut masked = String::new();
    let (mut done, mut at) = (0, 0);
    while let Some(found) = pattern.captures_at(text, at) {
        let Some(whole) = found.get(0) else { break };
        match replacement(text, &found) {
            Replacement::Mask(replacement, end) => {
                masked.push_str(text.get(done..whole.start()).unwrap_or_default());
                masked.push_str(&replacement);
                (done, at) = (end, end);
            }
            Replacement::LookInside(from) => at = from,
        }
    }
    if done == 0 && masked.is_empty() {
        return Cow::Borrowed(text);
    }
    masked.push_str(text.get(done..).unwrap_or_default());
    Cow::Owned(masked)
}

/// What becomes of a match: it is masked up to an end, or it is harmless and the search goes on within it.
enum Replacement {
    Mask(String, usize),
    LookInside(usize),
}

fn replacement(text: &str, found: &Captures<'_>) -> Replacement {
    let end = found.get(0).map_or(0, |whole| whole.end());
    if let (Some(key), Some(between)) = (found.name("key"), found.name("between")) {
        let secret = is_secret_key(key.as_str()).then(|| value(text.get(end..).unwrap_or_default())).flatten();
        return match secret.filter(|(_, value)| is_secret_value(value)) {
            Some((quote, value)) => {
                let masked = format!("{}{}{quote}{MASK}{quote}", key.as_str(), between.as_str());
                Replacement::Mask(masked, end + value.len() + 2 * quote.len())
            }
            // A token may stand behind a dash or dot of a harmless key.
            None => Replacement::LookInside(key.as_str().find(['-', '.']).map_or(end, |at| key.start() + at + 1)),
        };
    }
    if let (Some(scheme), Some(user)) = (found.name("scheme"), found.name("user")) {
        // Without a password a user is a secret only on the web: `git@`, or a container of Azure, is part of an address.
        let on_the_web = scheme.as_str().to_ascii_lowercase().contains("http");
        if user.as_str().contains(':') || (on_the_web && user.as_str() != "git") {
            return Replacement::Mask(format!("{}{MASK}@", scheme.as_str()), end);
        }
        return Replacement::LookInside(user.start());
    }
    if found.name("openai").is_some_and(|token| !token.as_str().bytes().any(|b| b.is_ascii_digit())) {
        return Replacement::LookInside(end);
    }
    let kept = ["bearer", "basic", "signature"].iter().find_map(|name| found.name(name)).map_or("", |v| v.as_str());
    Replacement::Mask(format!("{kept}{MASK}"), end)
}

/// The value at the beginning of a text, with its quotes if it has some. Only looked for behind keys of secrets: behind
/// every key, a text of many keys would be read once for each of them.
fn value(text: &str) -> Option<(&str, &str)> {
    for quote in ["\"", "'"] {
        if let Some(rest) = text.strip_prefix(quote) {
            let inside = rest.split(['\n']).next().unwrap_or_default().split_once(quote).map(|(inside, _)| inside);
            return inside.filter(|inside| !inside.is_empty()).map(|inside| (quote, inside));
        }
    }
    let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ',' | ';' | '&' | ']' | '}' | ')');
    let bare = text.split(ends).next().unwrap_or_default();
    (!bare.is_empty()).then_some(("", bare))
}

/// The value of a param or tag: masked whole where its key says that it is a secret, else where it looks like one.
pub fn redact_value<'a>(key: &str, value: &'a str) -> Cow<'a, str> {
    if is_secret_key(key) && is_secret_value(value) { Cow::Borrowed(MASK) } else { redact(value) }
}

fn is_secret_value(value: &str) -> bool {
    let value = value.trim();
    !value.is_empty() && !NO_SECRETS.iter().any(|word| value.eq_ignore_ascii_case(word))
}

/// Whether a key holds, as whole words in a row, one of `password`, `secret`, `api_key`, `access_key`, `auth_token`,
/// `secret_key`; words are parted by case or by anything but letters and digits (`db.password`, `awsAccessKey`).
pub fn is_secret_key(key: &str) -> bool {
    let words = words(key);
    SECRET_KEYS.iter().any(|secret| words.windows(secret.len()).any(|window| window.iter().eq(secret.iter())))
}

fn words(key: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut last_was_small = false;
    for c in key.chars() {
        if !c.is_alphanumeric() || (c.is_uppercase() && last_was_small) {
            words.push(String::new());
        }
        last_was_small = c.is_lowercase() || c.is_numeric();
        if c.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(c.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::{PATTERN, is_secret_key, redact, redact_value};
    use proptest::prelude::*;

    // Made up here, and put together so that no scanner of repositories takes them for real.
    fn tokens() -> Vec<String> {
        vec![
            format!("eyJ{}.eyJ{}.{}", "hbGciOiJIUzI1NiJ9", "zdWIiOiIxMjM0NTY3ODkwIn0", "dozjgNryP4J3jVmN"),
            format!("AKIA{}", "IOSFODNN7EXAMPLE"),
            format!("ghp_{}", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"),
            format!("github_pat_{}", "11ABCDEFG0aBcDeFgHiJkL_mNoPqRsTuV"),
            format!("hf_{}", "aBcDeFgHiJkLmNoPqRsTuVwXyZ12345678"),
            format!("sk-proj-{}", "a1B2c3D4e5F6g7H8i9J0k1L2"),
            format!("xoxb-{}", "123456789012-abcdefghij"),
            format!("-----BEGIN RSA {0}-----\nMIIEpAIBAAKCAQEA\n-----END RSA {0}-----", "PRIVATE KEY"),
        ]
    }

    #[test]
    fn the_pattern_compiles() {
        assert!(PATTERN.is_some());
    }

    #[test]
    fn tokens_of_known_shape_are_masked_wherever_they_stand() {
        for token in tokens() {
            assert_eq!(redact(&format!("before {token} after")), "before *** after");
            assert_eq!(redact(&format!("--flag={token}")), "--flag=***");
        }
    }

    #[test]
    fn a_private_key_without_its_end_is_masked_too() {
        let text = format!("-----BEGIN {}-----\n{}\nand on", "PRIVATE KEY", "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC");
        assert_eq!(redact(&text), "***\nand on");
    }

    #[test]
    fn user_information_leaves_urls_but_addresses_stay_whole() {
        assert_eq!(redact("http://bob:hunter2@host:5000/a"), "http://***@host:5000/a");
        assert_eq!(redact("uri=https://abcdef@host/a"), "uri=https://***@host/a");
        for address in ["ssh://git@host/a.git", "abfss://box@account.dfs.core.windows.net/a", "http://host/a@b"] {
            assert_eq!(redact(address), address);
        }
    }

    #[test]
    fn headers_and_signatures_are_masked() {
        assert_eq!(redact("Authorization: Basic dXNlcjpwYXNzd29yZA=="), "Authorization: Basic ***");
        assert_eq!(redact("Bearer abcdefghij0123456789"), "Bearer ***");
        assert_eq!(redact("s3?X-Amz-Signature=0123456789abcdef0123456789&a=1"), "s3?X-Amz-Signature=***&a=1");
    }

    #[test]
    fn a_key_that_says_so_masks_its_value_in_running_text() {
        assert_eq!(redact("password: hunter2\nlr: 0.1"), "password: ***\nlr: 0.1");
        assert_eq!(redact(r#"{"db_password": "two words", "lr": 1}"#), r#"{"db_password": "***", "lr": 1}"#);
        assert_eq!(redact("--api-key=abc --lr=1"), "--api-key=*** --lr=1");
        assert_eq!(redact("env AWS_SECRET_ACCESS_KEY=abc/def"), "env AWS_SECRET_ACCESS_KEY=***");
    }

    #[test]
    fn parameters_that_only_sound_like_secrets_stay() {
        for text in [
            "max_tokens=512 tokenizer: bert token=cls num_tokens: 3",
            "task-abcdefghijklmnopqrstuvwxyz12 scikit sk-learn-pipeline-with-scaler",
            "commit 4f1c0a9be2d34c5f8a7b6c5d4e3f2a1b0c9d8e7f",
            "use_password: true",
            "time 12:30:05 ratio a:b=c",
        ] {
            assert_eq!(redact(text), text);
        }
    }

    #[test]
    fn a_secret_behind_a_harmless_key_is_still_found() {
        let token = format!("AKIA{}", "IOSFODNN7EXAMPLE");
        assert_eq!(redact(&format!("id: {token}")), "id: ***");
        assert_eq!(redact("a=b:password=hunter2"), "a=b:password=***");
    }

    #[test]
    fn a_token_within_a_harmless_key_is_found() {
        for token in tokens().iter().filter(|token| !token.contains(' ')) {
            assert_eq!(redact(&format!("run-{token}: 1")), "run-***: 1");
            assert_eq!(redact(&format!("a.{token}=\n")), "a.***=\n");
        }
    }

    /// Reading on to the end behind each key would take some hundred million steps.
    #[test]
    fn a_long_text_of_keys_without_spaces_is_read_in_one_go() {
        for piece in ["a:", "https://", "a.b:c@", "x=\\"] {
            let text = piece.repeat(20_000 / piece.len());
            assert_eq!(redact(&text), text);
        }
    }

    #[test]
    fn keys_are_read_as_whole_words() {
        for key in ["password", "db.password", "AWS_SECRET_ACCESS_KEY", "apiKey", "openai-api-key", "auth_token"] {
            assert!(is_secret_key(key), "{key}");
        }
        for key in ["max_tokens", "tokenizer", "token", "secretary", "passwordless", "api_keyboard", "key", "access"] {
            assert!(!is_secret_key(key), "{key}");
        }
    }

    #[test]
    fn a_param_is_masked_by_its_key() {
        assert_eq!(redact_value("db_password", "hunter2"), "***");
        assert_eq!(redact_value("db_password", "False"), "False");
        assert_eq!(redact_value("lr", "0.1"), "0.1");
    }

    proptest! {
        #[test]
        fn what_is_masked_stays_masked(parts in proptest::collection::vec(prop_oneof![
            proptest::sample::select(tokens()),
            proptest::sample::select(vec!["password", "api_key", "=", ": ", " ", "\n", "\"", "'", "http://", "a:b", "@", "***", "/", "x"])
                .prop_map(str::to_owned),
        ], 0..12)) {
            let once = redact(&parts.concat()).into_owned();
            prop_assert_eq!(redact(&once), once.clone());
        }
    }
}
