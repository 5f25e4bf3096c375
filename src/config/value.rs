//! Values of the server config: as they stand, from a variable (`env:NAME`), or from a file (`file:PATH`).

use std::path::{Path, PathBuf};

use backends::placeholder::is_placeholder;
use backends::secret::Secret;
use backends::section::Form;
use backends::settings::Environment;

/// The value that was meant, or what is wrong with it, as a clause that follows the name of the key.
pub(super) fn resolve(written: &str, form: Form, environment: &Environment, config: &Path) -> Result<Secret, String> {
    let value = match (written.strip_prefix("env:"), written.strip_prefix("file:")) {
        (Some(name), _) => variable(name.trim(), environment)?,
        (_, Some(path)) if !matches!(form, Form::Path | Form::Place) => {
            content(&place(path.trim(), environment, config))?
        }
        _ => written.to_owned(),
    };
    if let Some(why) = placeholder(&value) {
        return Err(why);
    }
    let value = match form {
        Form::Text | Form::Secret => value,
        // Whose folder a store is seen from, the backend knows.
        Form::Place => environment.expanded(&value).display().to_string(),
        Form::Path => place(&value, environment, config).display().to_string(),
        Form::Switch => switch(&value)?.to_string(),
        Form::Opposite => (!switch(&value)?).to_string(),
    };
    Ok(Secret::new(value))
}

/// `yes` or `no` and their like.
pub(super) fn switch(value: &str) -> Result<bool, String> {
    match value.to_ascii_lowercase().as_str() {
        "yes" | "true" | "on" | "1" => Ok(true),
        "no" | "false" | "off" | "0" => Ok(false),
        _ => Err(format!("is '{value}'; expected yes or no")),
    }
}

/// Why a value cannot be meant: it is what an example had in its place. What it is, is not told: it may be a secret.
fn placeholder(value: &str) -> Option<String> {
    let lowered = value.to_ascii_lowercase();
    let unexpanded = lowered.contains("${") || lowered.contains("{{") || lowered.contains("<your");
    if value.is_empty() {
        return Some("is empty; give it a value or take the line out".to_owned());
    }
    (unexpanded || is_placeholder(value)).then(|| {
        "holds a placeholder, not a value; write the value, env:NAME for a variable, or file:PATH for a file".to_owned()
    })
}

fn variable(name: &str, environment: &Environment) -> Result<String, String> {
    let value = environment.get(name).map(ToOwned::to_owned);
    value.ok_or_else(|| {
        format!(
            "names the variable {name}, which is not set for this process; set it where the client starts the server"
        )
    })
}

/// A path as the operator means it: `~` is the home directory, all else is seen from the config's own folder.
fn place(path: &str, environment: &Environment, config: &Path) -> PathBuf {
    // A whole path replaces the folder that it is joined to.
    config.parent().unwrap_or(Path::new("")).join(environment.expanded(path))
}

/// The first line of a file that only its owner may read.
fn content(path: &Path) -> Result<String, String> {
    let shown = path.display();
    if let Some(why) = open_to_others(path) {
        return Err(format!("names {shown}, {why}; run chmod 600 {shown}"));
    }
    let text = std::fs::read_to_string(path)
        .map_err(|error| format!("names {shown}, which cannot be read ({})", error.kind()))?;
    let first = text.lines().next().unwrap_or_default().trim();
    if first.is_empty() { Err(format!("names {shown}, whose first line is empty")) } else { Ok(first.to_owned()) }
}

/// Whether others than the owner may read a file, as a clause; where the system does not tell, none.
#[cfg(unix)]
pub(super) fn open_to_others(path: &Path) -> Option<String> {
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(path).ok()?.permissions().mode();
    (mode & 0o077 != 0).then(|| format!("which others can read (mode {:o})", mode & 0o777))
}

#[cfg(not(unix))]
pub(super) fn open_to_others(_: &Path) -> Option<String> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment() -> Environment {
        Environment::of(&[("LAB_TOKEN", "t0ken")], Some(Path::new("/homes/ada")))
    }

    fn text(written: &str) -> Result<String, String> {
        let value = resolve(written, Form::Secret, &environment(), Path::new("/etc/tracker/tracker-mcp.ini"));
        value.map(|value| value.expose().to_owned())
    }

    #[test]
    fn a_value_is_what_stands_there_or_what_a_variable_has() {
        assert_eq!(text("p%a#s;s=w").as_deref(), Ok("p%a#s;s=w"));
        assert_eq!(text("env:LAB_TOKEN").as_deref(), Ok("t0ken"));
        assert!(text("env:LAB_TOKN").unwrap_err().contains("LAB_TOKN, which is not set"));
    }

    #[test]
    fn what_an_example_had_in_its_place_is_no_value() {
        for written in [
            "",
            "<your-token>",
            "<token>",
            "${input:token}",
            "${MLFLOW_TOKEN}",
            "your-secret-key",
            "changeme",
            "https://<your-server>",
        ] {
            let why = text(written).unwrap_err();
            assert!(why.contains("placeholder") || why.contains("empty"), "{written}: {why}");
            assert!(written.is_empty() || !why.contains(written), "{why}");
        }
    }

    #[test]
    fn a_switch_is_yes_or_no() {
        let value = |written, form| {
            resolve(written, form, &environment(), Path::new("/x")).map(|value| value.expose().to_owned())
        };
        assert_eq!(value("yes", Form::Switch).as_deref(), Ok("true"));
        assert_eq!(value("no", Form::Opposite).as_deref(), Ok("true"));
        assert!(value("maybe", Form::Switch).unwrap_err().contains("'maybe'; expected yes or no"));
    }

    #[test]
    fn a_path_is_seen_from_the_home_or_the_folder_of_the_config() {
        let path = |written| {
            let value = resolve(written, Form::Path, &environment(), Path::new("/etc/tracker/tracker-mcp.ini"));
            value.map(|value| value.expose().to_owned())
        };
        assert_eq!(path("~/ca.pem").as_deref(), Ok("/homes/ada/ca.pem"));
        assert_eq!(path("ca.pem").as_deref(), Ok("/etc/tracker/ca.pem"));
        assert_eq!(path("/ca.pem").as_deref(), Ok("/ca.pem"));
    }

    #[cfg(unix)]
    #[test]
    fn a_secret_is_taken_only_from_a_file_that_is_its_owners_alone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        std::fs::write(&path, "t0ken \nmore\n").unwrap();
        let read = |mode| {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            text(&format!("file:{}", path.display()))
        };
        assert_eq!(read(0o600).as_deref(), Ok("t0ken"));
        let why = read(0o644).unwrap_err();
        assert!(why.contains("which others can read (mode 644); run chmod 600"), "{why}");
        assert!(text("file:/nowhere/token").unwrap_err().contains("cannot be read"));
    }
}
