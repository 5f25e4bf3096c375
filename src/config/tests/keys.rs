//! Settings are named as they stand at the place that they come from.

use super::*;

fn named(config: &Config, tracker: &str) -> Vec<String> {
    let settings = &config.trackers.named(tracker).unwrap().settings;
    settings.iter().map(|setting| format!("{} = {} ({})", setting.key, setting.value, setting.source)).collect()
}

#[test]
fn a_section_has_its_own_keys_for_what_clearml_calls_otherwise() {
    let text = "[tracker cml]\nkind = clearml\nurl = https://api.lab.example.org\naccess_key = a\nsecret_key = b\nverify = no\n";
    let written = Written::new(text);
    let config = written.load(&[]);
    let path = written.path().display().to_string();
    assert_eq!(
        named(&config, "cml"),
        [
            format!("access_key = *** ({path}:4)"),
            format!("secret_key = *** ({path}:5)"),
            format!("url = https://api.lab.example.org ({path}:3)"),
            "web_url = https://app.lab.example.org (derived from url)".to_owned(),
            "files_url = https://files.lab.example.org (derived from web_url)".to_owned(),
            format!("verify = no ({path}:6)"),
        ]
    );
    let warnings = config.trackers.named("cml").unwrap().warnings.join("\n");
    assert!(warnings.contains("verify is off: the server's certificate is not checked"), "{warnings}");
}

#[test]
fn what_comes_from_a_clearml_conf_or_a_variable_has_the_name_of_clearml() {
    let conf = "api {\n  api_server: https://api.lab.example.org\n  credentials { access_key: a, secret_key: b }\n}\n";
    let written = Written::new("[tracker cml]\nkind = clearml\nconf_file = lab.conf\n");
    let path = written.folder.path().join("lab.conf");
    std::fs::write(&path, conf).unwrap();
    let told = named(&written.load(&[]), "cml");
    let expected = format!("api_server = https://api.lab.example.org ({}:2)", path.display());
    assert!(told.contains(&expected), "{told:?}");
    assert!(told.contains(&"web_url = https://app.lab.example.org (derived from api_server)".to_owned()), "{told:?}");

    let variables = [
        ("CLEARML_API_HOST", "https://api.lab.example.org"),
        ("CLEARML_API_ACCESS_KEY", "a"),
        ("CLEARML_API_SECRET_KEY", "b"),
    ];
    let told = named(&Config::discover(&Environment::of(&variables, None)), "clearml");
    assert!(told.contains(&"api_server = https://api.lab.example.org ($CLEARML_API_HOST)".to_owned()), "{told:?}");
    assert!(
        told.contains(&"web_server = https://app.lab.example.org (derived from api_server)".to_owned()),
        "{told:?}"
    );
}

#[test]
fn a_section_of_mlflow_and_of_databricks_is_shown_as_it_is_written() {
    let written = Written::new(
        "[tracker lab]\nkind = mlflow\nurl = https://h\nverify = no\n\
         [tracker dbx]\nkind = databricks\nurl = https://dbc-1.cloud.databricks.com\ntoken = t\nverify = yes\n",
    );
    let config = written.load(&[]);
    let path = written.path().display().to_string();
    assert_eq!(named(&config, "lab"), [format!("url = https://h ({path}:3)"), format!("verify = no ({path}:4)")]);
    let dbx = named(&config, "dbx");
    assert!(dbx.contains(&format!("url = https://dbc-1.cloud.databricks.com ({path}:7)")), "{dbx:?}");
    assert!(dbx.contains(&format!("verify = yes ({path}:9)")), "{dbx:?}");
    let warnings = config.trackers.named("lab").unwrap().warnings.join("\n");
    assert!(warnings.contains("the server's certificate is not checked, as verify says"), "{warnings}");
}

#[test]
fn what_is_missing_in_a_section_is_asked_for_there_and_in_no_other_file() {
    let config = load("[tracker cml]\nkind = clearml\nurl = https://api.lab.example.org\n");
    let told = fault(&config, "cml");
    let expected = "no ClearML credentials are set; set access_key and secret_key (or token); they are made";
    assert!(told.contains(expected) && !told.contains("clearml.conf") && !told.contains("CLEARML_"), "{told}");
}
