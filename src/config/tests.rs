//! What a server config means, file by file.

use std::path::Path;

use backends::settings::{Source, Value};
use tempfile::TempDir;

use super::*;

/// A folder with a server config.
struct Written {
    folder: TempDir,
}

impl Written {
    fn new(text: &str) -> Self {
        let written = Self { folder: tempfile::tempdir().unwrap() };
        std::fs::write(written.path(), text).unwrap();
        written
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join(NAME)
    }

    fn load(&self, variables: &[(&str, &str)]) -> Config {
        Config::load(Some(&self.path()), &Environment::of(variables, Some(self.folder.path())))
    }
}

fn load(text: &str) -> Config {
    Written::new(text).load(&[])
}

/// What is wrong with the tracker of this name.
fn fault(config: &Config, name: &str) -> String {
    config.trackers.named(name).unwrap().tracker.as_ref().err().unwrap().message.clone()
}

const TWO: &str = "\u{feff}[server]\r\ndeadline = 20\r\ntoolsets = runs\r\n\r\n[tracker lab]\r\nkind = mlflow\r\n\
    url = https://mlflow.example.org\r\nusername = ada\r\npassword = env:LAB_PASSWORD\r\nheader.X-Team = vision\r\n\
    default_project = bench\r\n\r\n[tracker dbx]\r\nkind = databricks\r\nurl = https://dbc-1.cloud.databricks.com\r\n\
    token = dapi-1\r\n";

#[test]
fn a_file_configures_several_trackers_and_the_server() {
    let config = Written::new(TWO).load(&[("LAB_PASSWORD", "hunter2"), ("MLFLOW_TRACKING_URI", "http://elsewhere:1")]);
    assert_eq!((config.trackers.names(), config.allowance.time.as_secs()), (vec!["lab", "dbx"], 20));
    let lab = config.trackers.named("lab").unwrap();
    let tracker = lab.tracker.as_ref().unwrap();
    assert_eq!(
        (tracker.name(), tracker.kind(), tracker.address().as_str()),
        ("lab", "mlflow", "https://mlflow.example.org")
    );
    assert_eq!(lab.limits.default_project.as_deref(), Some("bench"));
    let dbx = config.trackers.named("dbx").unwrap().tracker.as_ref().unwrap();
    assert_eq!((dbx.name(), dbx.kind()), ("dbx", "databricks"));
    assert_eq!(config.faults, Vec::<String>::new());
    let tools: Vec<&str> = config.policy.offered(config.trackers.capabilities()).map(|tool| tool.name).collect();
    assert!(tools.contains(&"search_runs") && tools.contains(&"list_trackers"), "{tools:?}");
    assert!(!tools.contains(&"list_projects") && !tools.contains(&"rank_runs"), "{tools:?}");
}

#[test]
fn every_setting_knows_its_line_and_secrets_are_not_shown() {
    let written = Written::new(TWO);
    let config = written.load(&[("LAB_PASSWORD", "hunter2")]);
    let settings = &config.trackers.named("lab").unwrap().settings;
    let of = |key: &str| settings.iter().find(|setting| setting.key == key).unwrap();
    let line = |number| Source::Line(written.path(), number);
    assert_eq!((&of("url").source, &of("password").source, &of("header").source), (&line(7), &line(9), &line(10)));
    assert!(matches!(of("password").value, Value::Secret(_)));
    let shown = format!("{settings:?}");
    assert!(!shown.contains("hunter2") && !shown.contains("vision"), "{shown}");
}

#[test]
fn a_tracker_has_the_credentials_that_its_section_names_and_no_others() {
    let written = Written::new("[tracker lab]\nkind = mlflow\nurl = http://127.0.0.1:5000\n");
    std::fs::create_dir(written.folder.path().join(".mlflow")).unwrap();
    let credentials = "[mlflow]\nmlflow_tracking_username = bob\nmlflow_tracking_password = x\n";
    std::fs::write(written.folder.path().join(".mlflow/credentials"), credentials).unwrap();
    let variables =
        [("MLFLOW_TRACKING_TOKEN", "t"), ("MLFLOW_TRACKING_USERNAME", "ada"), ("MLFLOW_TRACKING_PASSWORD", "p")];
    let config = written.load(&variables);
    let keys: Vec<&str> = config.trackers.named("lab").unwrap().settings.iter().map(|setting| setting.key).collect();
    assert_eq!(keys, ["url"]);
}

#[test]
fn what_is_wrong_with_a_tracker_is_told_by_it_and_the_others_work() {
    let config = load(
        "[tracker one]\nkind = mlflow\nurl = http://127.0.0.1:5000\n[tracker two]\nkind = mlfow\n[tracker three]\nurl = x\n\
         [tracker four]\nkind = mlflow\nurll = http://h\npassword = <your-password>\n[tracker five]\nkind = mlflow\n\
         [tracker six]\nkind = mlflow\nurl = mysql://db/mlflow\n",
    );
    assert!(config.trackers.named("one").unwrap().tracker.is_ok());
    for (name, words) in [
        ("two", &["kind is 'mlfow' (line 5)", "did you mean mlflow?"][..]),
        ("three", &["kind is missing: one of mlflow"]),
        ("four", &[":10: urll is no key of this section; did you mean url?", ":11: password holds a placeholder"]),
        ("five", &["url is missing in [tracker five]"]),
        ("six", &["url", "(in [tracker six] of"]),
    ] {
        let told = fault(&config, name);
        assert!(words.iter().all(|word| told.contains(word)), "{name}: {told}");
        assert!(!told.contains("<your-password>") && !told.contains("MLFLOW_TRACKING_URI"), "{told}");
    }
}

#[test]
fn a_store_on_this_machine_is_named_by_its_path_or_as_mlflow_names_it_and_seen_from_the_folder_of_the_file() {
    let written = Written::new(
        "[tracker one]\nkind = local\nurl = runs.db\nworkspace = vision\n[tracker two]\nkind = mlflow\n\
         url = sqlite:///runs.db\nusername = ada\nheader.X-Team = vision\n[tracker three]\nkind = local\n\
         url = ~/runs.db\n[tracker four]\nkind = local\nurl = http://h:5000\n[tracker five]\nkind = local\n",
    );
    let config = written.load(&[]);
    assert_eq!(config.faults, [""; 0]);
    let expected = format!("sqlite:///{}", written.folder.path().join("runs.db").display());
    for name in ["one", "two", "three"] {
        let configured = config.trackers.named(name).unwrap();
        let tracker = configured.tracker.as_ref().unwrap();
        assert_eq!(
            (configured.kind, tracker.kind(), tracker.address()),
            ("local", "local", expected.clone()),
            "{name}"
        );
    }
    let told = config.trackers.named("two").unwrap().warnings.join(" ");
    assert!(told.contains("username is not used") && told.contains("header.X-Team is not used"), "{told}");
    assert!(fault(&config, "four").contains("http://h:5000 is no store on this machine"), "{}", fault(&config, "four"));
    assert!(fault(&config, "four").contains("a server is of kind = mlflow"));
    assert!(fault(&config, "five").contains("url is missing in [tracker five]"));
}

#[test]
fn the_store_of_the_working_directory_is_shown_only_where_nothing_else_is_configured() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("mlflow.db"), "").unwrap();
    let names = |text: &str, variables: &[(&str, &str)]| -> Vec<String> {
        let written = Written::new(text);
        let file = (!text.is_empty()).then(|| written.path());
        let environment = Environment::of(variables, None).within(folder.path());
        let config = Config::load(file.as_deref(), &environment);
        config.trackers.names().into_iter().map(ToOwned::to_owned).collect()
    };
    let server = [("MLFLOW_TRACKING_URI", "http://127.0.0.1:5000")];
    let lab = "[tracker lab]\nkind = mlflow\nurl = http://127.0.0.1:5000\n";
    assert_eq!(names("", &[]), ["local"]);
    assert_eq!(names("", &server), ["mlflow"]);
    assert_eq!(names(lab, &[]), ["lab"]);
    assert_eq!(names(&format!("[server]\ndiscover = yes\n{lab}"), &[]), ["lab"]);
    assert_eq!(names("[server]\ndiscover = yes\n", &[]), ["local"]);
    assert_eq!(names("[server]\ndeadline = 20\n", &[]), [""; 0]);
}

#[test]
fn what_is_wrong_with_the_file_is_told_with_its_line() {
    for (text, words) in [
        ("[tracker lab]\nkind = mlflow\nkind = mlflow\nurl = http://h", ":3: kind stands here again, after line 2"),
        (
            "[tracker lab]\nkind = mlflow\nurl = http://h\n[tracker lab]\n",
            ":4: [tracker lab] stands here again, after line 1",
        ),
        ("[trackers lab]\n", ":1: [trackers lab] is no section"),
        ("[tracker]\n", ":1: [tracker] is no section"),
        ("[tracker http]\n", "'http' cannot name a tracker: it means something else"),
        ("[tracker x]\n", "'x' cannot name a tracker; expected 2 to 32"),
        ("[tracker My Lab]\n", "'My Lab' cannot name a tracker"),
        ("[server]\ndeadlin = 3\n", ":2: deadlin is no key of this section; did you mean deadline?"),
        ("[server]\nzzzqqq = 3\n", ":2: zzzqqq is no key of this section. There are: "),
        ("[server]\ndefault_tracker = lab\n", "default_tracker is 'lab', but there is no [tracker lab]"),
        ("[server]\naccess = ${input:access}\n", ":2: access holds a placeholder"),
        ("url = http://h\n", "line 1: expected a [section]"),
    ] {
        let config = load(text);
        assert!(config.faults.iter().any(|fault| fault.contains(words)), "{text}: {:?}", config.faults);
    }
}

#[test]
fn a_file_that_is_not_there_is_told_and_nothing_else_is_used_in_its_place() {
    let variables = [("MLFLOW_TRACKING_URI", "http://127.0.0.1:5000")];
    let config = Config::load(Some(Path::new("/nowhere/tracker-mcp.ini")), &Environment::of(&variables, None));
    assert!(config.trackers.all().is_empty());
    assert!(config.faults[0].contains("/nowhere/tracker-mcp.ini cannot be read"), "{:?}", config.faults);
}

#[test]
fn the_file_is_found_by_its_variable_and_in_the_usual_place_but_not_where_the_process_runs() {
    let written = Written::new("[tracker lab]\nkind = mlflow\nurl = http://h\n");
    let path = written.path().display().to_string();
    let names = |variables: &[(&str, &str)]| -> Vec<String> {
        let config = Config::load(None, &Environment::of(variables, Some(written.folder.path())));
        config.trackers.names().into_iter().map(ToOwned::to_owned).collect()
    };
    assert_eq!(names(&[(VARIABLE, &path)]), ["lab"]);
    assert_eq!(names(&[]), Vec::<String>::new());
    let environment = Environment::of(&[], Some(written.folder.path()));
    let usual = usual_place(&environment).unwrap();
    std::fs::create_dir_all(usual.parent().unwrap()).unwrap();
    std::fs::copy(written.path(), &usual).unwrap();
    assert_eq!(names(&[]), ["lab"]);
}

#[test]
fn trackers_of_the_environment_join_when_the_file_says_so() {
    let variables = [("MLFLOW_TRACKING_URI", "http://127.0.0.1:5000")];
    let text = "[tracker lab]\nkind = mlflow\nurl = http://h\n";
    assert_eq!(Written::new(text).load(&variables).trackers.names(), ["lab"]);
    let text = format!("[server]\ndiscover = yes\n{text}");
    assert_eq!(Written::new(&text).load(&variables).trackers.names(), ["lab", "mlflow"]);
}

#[cfg(unix)]
#[test]
fn a_secret_in_a_file_that_others_can_read_is_warned_of() {
    use std::os::unix::fs::PermissionsExt;
    let written = Written::new("[tracker lab]\nkind = mlflow\nurl = https://h\ntoken = t0ken\n");
    for (mode, warned) in [(0o644, true), (0o600, false)] {
        std::fs::set_permissions(written.path(), std::fs::Permissions::from_mode(mode)).unwrap();
        let config = written.load(&[]);
        let warnings = &config.trackers.named("lab").unwrap().warnings;
        assert_eq!(warnings.iter().any(|warning| warning.contains("run chmod 600")), warned, "{warnings:?}");
    }
}

#[test]
fn the_example_is_a_config_that_works() {
    let config = load(&example());
    assert_eq!((config.trackers.names(), config.faults), (vec!["lab"], Vec::new()));
    for kind in registry::KINDS {
        assert!(example().contains(&format!("# [tracker my-{}]", kind.name)), "{}", kind.name);
        assert!(kind.keys.iter().all(|key| example().contains(&format!("# {} = ", key.name))), "{}", kind.name);
    }
}

#[test]
fn a_question_without_a_tracker_goes_to_the_default_one() {
    let text = "[server]\ndefault_tracker = two\n[tracker one]\nkind = mlflow\nurl = http://h\n[tracker two]\nkind = mlflow\nurl = http://i\n";
    let trackers = load(text).trackers;
    let asked =
        |name| trackers.asked(name).unwrap().iter().map(|tracker| tracker.name().to_owned()).collect::<Vec<_>>();
    assert_eq!(
        (asked(None), asked(Some("one")), asked(Some("*")).len()),
        (vec!["two".to_owned()], vec!["one".to_owned()], 2)
    );
}

#[test]
fn a_tracker_is_asked_only_by_tools_of_its_toolsets() {
    let text = "[tracker one]\nkind = mlflow\nurl = http://h\ntoolsets = projects\n[tracker two]\nkind = mlflow\nurl = http://i\n";
    let trackers = load(text).trackers;
    let asked = |tool: &str| trackers.for_tool(crate::catalogue::find(tool).unwrap()).asked(None).unwrap().len();
    assert_eq!((asked("list_projects"), asked("search_runs"), asked("list_trackers")), (2, 1, 2));
    let closed = trackers.for_tool(crate::catalogue::find("search_runs").unwrap());
    let told = closed.asked(Some("one")).err().unwrap().to_string();
    assert!(told.contains("one is not open to search_runs: its toolsets in the server config are projects"), "{told}");
}

mod keys;
mod limits;
