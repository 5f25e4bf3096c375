//! What is found in variables and files, in temporary homes.

use std::path::Path;

use super::*;
use crate::ErrorKind;
use crate::test_home::home;

const HTTPS: (&str, &str) = (URI, "https://mlflow.example.org/prefix/");

fn found(variables: &[(&str, &str)], home: &Path) -> Found {
    find(&Environment::of(variables, Some(home))).unwrap()
}

/// What is found without any file.
fn found_alone(variables: &[(&str, &str)]) -> Found {
    find(&Environment::of(variables, None)).unwrap()
}

fn sign_in(found: &Found) -> SignIn {
    found.config.clone().unwrap().sign_in
}

fn basic(user: &str, password: &str) -> SignIn {
    SignIn::Basic(user.to_owned(), Secret::new(password))
}

/// Where a setting came from.
fn source(found: &Found, key: &str) -> String {
    let of_key: Vec<&Setting> = found.settings.iter().filter(|setting| setting.key == key).collect();
    assert_eq!(of_key.len(), 1, "{key}: {of_key:?}");
    of_key[0].source.to_string()
}

fn failure(found: Found) -> String {
    found.config.unwrap_err().message
}

#[test]
fn nothing_is_found_where_no_uri_is_set() {
    let home = home(&[(".mlflow/credentials", "[mlflow]\nmlflow_tracking_username = ada\n")]);
    for value in ["", "  ", "${input:mlflow_uri}", "${MLFLOW}"] {
        assert!(find(&Environment::of(&[(URI, value)], Some(home.path()))).is_none(), "{value:?}");
    }
    assert!(find(&Environment::of(&[(USERNAME, "ada"), ("DATABRICKS_HOST", "https://h")], None)).is_none());
}

#[test]
fn a_server_is_found_with_its_prefix_and_without_sign_in() {
    let found = found_alone(&[HTTPS, ("LOGNAME", "ada")]);
    let config = found.config.clone().unwrap();

    assert_eq!((found.name.as_str(), config.name.as_str()), ("mlflow", "mlflow"));
    assert_eq!(config.url.to_string(), "https://mlflow.example.org/prefix");
    assert_eq!(config.sign_in, SignIn::None);
    assert_eq!(config.me.as_deref(), Some("ada"));
    assert_eq!(source(&found, "url"), "$MLFLOW_TRACKING_URI");
    assert_eq!(found.warnings, Vec::<String>::new());
}

#[test]
fn a_database_or_a_placeholder_is_found_with_its_error() {
    for (uri, kind) in [
        ("postgresql://db/mlflow", ErrorKind::Unsupported),
        ("localhost:5000", ErrorKind::BadInput),
        ("<your-server>", ErrorKind::BadInput),
    ] {
        let found = found_alone(&[(URI, uri)]);
        assert_eq!((found.name.as_str(), found.config.unwrap_err().kind), ("mlflow", kind), "{uri}");
    }
}

#[test]
fn user_and_password_go_before_a_token() {
    let found = found_alone(&[HTTPS, (USERNAME, "ada"), (PASSWORD, "pw"), (TOKEN, "tok")]);

    assert_eq!(sign_in(&found), basic("ada", "pw"));
    assert_eq!(found.config.unwrap().me.as_deref(), Some("ada"));
    assert_eq!(found.warnings.len(), 1);
    assert!(found.warnings[0].starts_with("MLFLOW_TRACKING_TOKEN is not used"), "{:?}", found.warnings);
}

#[test]
fn a_token_is_used_where_user_or_password_is_missing() {
    for variables in [&[HTTPS, (TOKEN, "tok")][..], &[HTTPS, (TOKEN, "tok"), (USERNAME, "ada")]] {
        let found = found_alone(variables);
        assert_eq!(sign_in(&found), SignIn::Bearer(Secret::new("tok")));
        assert_eq!(source(&found, "token"), "$MLFLOW_TRACKING_TOKEN");
        assert_eq!(found.warnings, Vec::<String>::new());
    }
}

#[test]
fn each_of_user_and_password_comes_from_the_first_place_that_has_it() {
    let home = home(&[(
        ".mlflow/credentials",
        "[mlflow]\nmlflow_tracking_username = file-user\nmlflow_tracking_password = file-pw\n",
    )]);
    let file = format!("{} [mlflow]", home.path().join(".mlflow/credentials").display());
    let plain = (URI, "https://h");
    let user_within = (URI, "https://uri-user@h");
    let both_within = (URI, "https://uri-user:uri-pw@h");
    let (user, password) = ((USERNAME, "env-user"), (PASSWORD, "env-pw"));
    let within = "inside MLFLOW_TRACKING_URI";
    let of_variables = ["$MLFLOW_TRACKING_USERNAME", "$MLFLOW_TRACKING_PASSWORD"];
    for (variables, expected, sources) in [
        (&[plain, user, password][..], basic("env-user", "env-pw"), of_variables),
        (&[both_within, user, password], basic("env-user", "env-pw"), of_variables),
        (&[both_within, user], basic("env-user", "uri-pw"), [of_variables[0], within]),
        (&[both_within], basic("uri-user", "uri-pw"), [within, within]),
        (&[user_within, password], basic("uri-user", "env-pw"), [within, of_variables[1]]),
        (&[user_within], basic("uri-user", "file-pw"), [within, &file]),
        (&[plain, user], basic("env-user", "file-pw"), [of_variables[0], &file]),
        (&[plain], basic("file-user", "file-pw"), [&file, &file]),
    ] {
        let found = found(variables, home.path());
        assert_eq!(sign_in(&found), expected, "{variables:?}");
        assert_eq!([source(&found, "username"), source(&found, "password")], sources, "{variables:?}");
    }
}

#[test]
fn a_password_in_the_file_is_taken_as_it_stands() {
    for password in ["a=b", "100%", "a # b", "\"quoted\"", "'q'", r"ends with \", "ü密"] {
        let text =
            format!("\u{feff}[mlflow]\r\nmlflow_tracking_username = ada\r\nmlflow_tracking_password = {password}\r\n");
        let home = home(&[(".mlflow/credentials", &text)]);
        assert_eq!(sign_in(&found(&[HTTPS], home.path())), basic("ada", password));
    }
}

#[test]
fn a_broken_file_is_named_by_its_line_but_not_shown() {
    let home = home(&[(".mlflow/credentials", "[mlflow]\nmlflow_tracking_username = ada\nhunter2\n")]);
    let message = failure(found(&[HTTPS], home.path()));

    assert!(message.ends_with(".mlflow/credentials line 3: expected [section] or key = value"), "{message}");
    assert!(!message.contains("hunter2"), "{message}");
}

#[test]
fn a_broken_file_does_not_matter_to_who_does_not_need_it() {
    let home = home(&[(".mlflow/credentials", "hunter2")]);
    assert_eq!(sign_in(&found(&[HTTPS, (USERNAME, "ada"), (PASSWORD, "pw")], home.path())), basic("ada", "pw"));
}

#[test]
fn a_file_that_cannot_be_read_is_a_warning() {
    let home = home(&[(".mlflow/credentials/in-a-folder-of-that-name", "")]);
    let found = found(&[HTTPS, (TOKEN, "tok")], home.path());

    assert_eq!(sign_in(&found), SignIn::Bearer(Secret::new("tok")));
    assert_eq!(found.warnings.len(), 1);
    assert!(found.warnings[0].contains(".mlflow/credentials cannot be read"), "{:?}", found.warnings);
}

#[test]
fn half_a_pair_does_not_sign_in_and_that_is_said() {
    for (variable, missing) in [((USERNAME, "ada"), PASSWORD), ((PASSWORD, "hunter2"), USERNAME)] {
        let found = found_alone(&[HTTPS, variable]);
        assert_eq!(sign_in(&found), SignIn::None);
        assert_eq!(found.warnings.len(), 1);
        assert!(found.warnings[0].ends_with(&format!("not signing in; set {missing}")), "{:?}", found.warnings);
        assert!(!found.warnings[0].contains("hunter2"));
    }
}

#[test]
fn credentials_over_plain_http_are_warned_of_unless_they_stay_on_the_machine() {
    for (uri, warned) in [
        ("http://mlflow.example.org:5000", true),
        ("http://10.0.0.7:5000", true),
        ("http://localhost:5000", false),
        ("http://127.0.0.1:5000", false),
        ("http://[::1]:5000", false),
        ("https://mlflow.example.org", false),
    ] {
        let found = found_alone(&[(URI, uri), (TOKEN, "hunter2")]);
        let expected = format!("the credentials go to {uri} unencrypted; use https");
        assert_eq!(found.warnings, if warned { vec![expected] } else { Vec::new() });
    }
    assert_eq!(found_alone(&[(URI, "http://mlflow.example.org:5000")]).warnings, Vec::<String>::new());
}

#[test]
fn no_check_of_certificates_contradicts_a_certificate_to_check() {
    let message = failure(found_alone(&[HTTPS, (INSECURE, "true"), (CA, "/ca.pem")]));
    assert_eq!(message, format!("{INSECURE} and {CA} contradict each other; unset one of them"));

    let checked = found_alone(&[HTTPS, (INSECURE, "false"), (CA, "/ca.pem")]).config.unwrap();
    assert_eq!((checked.insecure, checked.ca_file), (false, Some(PathBuf::from("/ca.pem"))));
}

#[test]
fn truths_are_read_as_mlflow_reads_them_and_others_are_told() {
    for (value, insecure, warning) in [
        ("true", true, Some("the server's certificate is not checked, as MLFLOW_TRACKING_INSECURE_TLS says")),
        ("TRUE", true, Some("the server's certificate is not checked, as MLFLOW_TRACKING_INSECURE_TLS says")),
        ("1", true, Some("the server's certificate is not checked, as MLFLOW_TRACKING_INSECURE_TLS says")),
        ("0", false, None),
        ("False", false, None),
        ("yes", false, Some("MLFLOW_TRACKING_INSECURE_TLS is 'yes', which is neither true nor false: taken as false")),
    ] {
        let found = found_alone(&[HTTPS, (INSECURE, value)]);
        assert_eq!(found.config.unwrap().insecure, insecure, "{value}");
        assert_eq!(found.warnings, warning.into_iter().collect::<Vec<_>>(), "{value}");
    }
}

#[test]
fn a_tilde_is_the_home_directory() {
    let home = home(&[]);
    let config = found(&[HTTPS, (CA, "~/ca.pem"), (CLIENT_CERTIFICATE, "~/certs/me.pem")], home.path()).config.unwrap();

    assert_eq!(config.ca_file, Some(home.path().join("ca.pem")));
    assert_eq!(config.client_certificate, Some(home.path().join("certs/me.pem")));
}

#[test]
fn the_workspace_is_a_setting_with_its_source() {
    let found = found_alone(&[HTTPS, (WORKSPACE, "team-b")]);

    assert_eq!(source(&found, "workspace"), "$MLFLOW_WORKSPACE");
    assert_eq!(found.config.unwrap().workspace.as_deref(), Some("team-b"));
}

#[test]
fn plugins_that_sign_in_are_named() {
    let found = found_alone(&[HTTPS, (PLUGINS[0], "sigv4"), (PLUGINS[1], "true")]);

    assert_eq!(
        found.warnings,
        PLUGINS.map(|plugin| format!("{plugin} is set, but signing in through MLflow's plugins is not supported here"))
    );
}

#[test]
fn who_i_am_is_looked_for_where_mlflow_looks() {
    for (variables, me) in [
        (&[HTTPS, ("USER", "b"), ("LOGNAME", "a")][..], Some("a")),
        (&[HTTPS, ("USERNAME", "c"), ("USER", "b")], Some("b")),
        (&[HTTPS, ("USERNAME", "c")], Some("c")),
        (&[HTTPS], None),
    ] {
        assert_eq!(found_alone(variables).config.unwrap().me.as_deref(), me, "{variables:?}");
    }
}

#[test]
fn no_secret_is_shown_by_what_was_found() {
    let home = home(&[
        (".mlflow/credentials", "[mlflow]\nmlflow_tracking_password = hunter2\n"),
        (".databrickscfg", "[DEFAULT]\nhost = https://dbc-1.example.org\ntoken = hunter2\n"),
    ]);
    for variables in [
        &[(URI, "https://ada:hunter2@h")][..],
        &[HTTPS, (USERNAME, "ada"), (PASSWORD, "hunter2"), (TOKEN, "hunter2")],
        &[HTTPS, (USERNAME, "ada")],
        &[HTTPS, (TOKEN, "hunter2")],
        &[(URI, "http://ada:hunter2@h:port")],
        &[(URI, "postgresql://ada:hunter2@db/mlflow")],
        &[(URI, "databricks")],
        &[(URI, "databricks"), ("DATABRICKS_HOST", "https://h"), ("DATABRICKS_TOKEN", "hunter2")],
        &[(URI, "databricks"), ("DATABRICKS_HOST", "https://ada:hunter2@h"), ("DATABRICKS_TOKEN", "hunter2")],
    ] {
        let found = found(variables, home.path());
        let mut shown = format!("{:?} {:?} {:?}", found.config, found.settings, found.warnings);
        for setting in &found.settings {
            shown.push_str(&format!("{}={} ({})", setting.key, setting.value, setting.source));
        }
        if let Err(error) = &found.config {
            shown.push_str(&error.to_string());
        }
        assert!(!shown.contains("hunter2"), "{variables:?}: {shown}");
    }
}

mod of_databricks {
    use super::*;

    const DATABRICKS: (&str, &str) = (URI, "databricks");
    const HOST: (&str, &str) = ("DATABRICKS_HOST", "https://env.cloud.databricks.com/");
    const TOKEN: (&str, &str) = ("DATABRICKS_TOKEN", "env-token");
    const FILE: &str = "[DEFAULT]\nhost = https://default.example.org\ntoken = default-token\n\n\
                        [work]\nhost = work.example.org\ntoken = work-token\n\n[half]\nhost = https://half.example.org\n";

    fn reached(variables: &[(&str, &str)], home: &Path) -> (String, SignIn) {
        let config = found(variables, home).config.unwrap();
        (config.url.to_string(), config.sign_in)
    }

    fn at(host: &str, token: &str) -> (String, SignIn) {
        (format!("https://{host}"), SignIn::Bearer(Secret::new(token)))
    }

    #[test]
    fn the_workspace_is_the_one_of_the_variables_or_of_a_profile() {
        let home = home(&[
            (".databrickscfg", FILE),
            ("other.cfg", "[DEFAULT]\nhost = other.example.org\ntoken = other-token\n"),
        ]);
        let of_variables = at("env.cloud.databricks.com", "env-token");
        let work = (URI, "databricks://work");
        let profile = ("DATABRICKS_CONFIG_PROFILE", "work");
        for (variables, expected) in [
            (&[DATABRICKS, HOST, TOKEN][..], of_variables.clone()),
            (&[DATABRICKS, HOST, TOKEN, profile], of_variables),
            (&[DATABRICKS], at("default.example.org", "default-token")),
            (&[DATABRICKS, profile], at("work.example.org", "work-token")),
            (&[work], at("work.example.org", "work-token")),
            (&[work, HOST, TOKEN], at("work.example.org", "work-token")),
            (&[DATABRICKS, ("DATABRICKS_CONFIG_FILE", "~/other.cfg")], at("other.example.org", "other-token")),
        ] {
            assert_eq!(reached(variables, home.path()), expected, "{variables:?}");
        }
    }

    #[test]
    fn a_page_of_the_workspace_stands_for_it() {
        let host = ("DATABRICKS_HOST", "https://dbc-1.cloud.databricks.com/ml/experiments/1?o=123#x");
        assert_eq!(
            found_alone(&[DATABRICKS, host, TOKEN]).config.unwrap().url.to_string(),
            "https://dbc-1.cloud.databricks.com"
        );
    }

    #[test]
    fn each_setting_tells_where_it_came_from() {
        let home = home(&[(".databrickscfg", FILE)]);
        let file = format!("{} [work]", home.path().join(".databrickscfg").display());
        let of_profile = found(&[(URI, "databricks://work")], home.path());
        let of_variables = found(&[DATABRICKS, HOST, TOKEN], home.path());

        assert_eq!(of_profile.name, "databricks");
        assert_eq!(
            ["profile", "host", "token"].map(|key| source(&of_profile, key)),
            ["inside MLFLOW_TRACKING_URI", &file, &file]
        );
        assert_eq!(
            ["profile", "host", "token"].map(|key| source(&of_variables, key)),
            ["default", "$DATABRICKS_HOST", "$DATABRICKS_TOKEN"]
        );
    }

    #[test]
    fn the_token_of_the_file_does_not_go_to_the_host_of_a_variable() {
        let home = home(&[(".databrickscfg", FILE)]);
        assert!(failure(found(&[DATABRICKS, HOST], home.path())).starts_with("no Databricks token is set"));
    }

    #[test]
    fn what_is_missing_is_named_with_the_places_to_set_it() {
        let home = home(&[(".databrickscfg", FILE)]);
        for (variables, expected) in [
            (
                &[(URI, "databricks://half")][..],
                "no Databricks token is set (other ways to sign in are not supported); set host and token in ~/.databrickscfg [half]",
            ),
            (
                &[(URI, "databricks://absent")],
                "MLFLOW_TRACKING_URI is 'databricks://absent', but no Databricks host is set; set host and token in ~/.databrickscfg [absent]",
            ),
            (
                &[DATABRICKS, ("DATABRICKS_CONFIG_FILE", "/absent")],
                "MLFLOW_TRACKING_URI is 'databricks', but no Databricks host is set; set DATABRICKS_HOST and DATABRICKS_TOKEN, or host and token in ~/.databrickscfg [DEFAULT]",
            ),
        ] {
            assert_eq!(failure(found(variables, home.path())), expected);
        }
    }

    #[test]
    fn the_host_must_be_reached_encrypted() {
        for host in ["http://h.example.org", "https://", "ftp://h", "https://ada:hunter2@h"] {
            let message = failure(found_alone(&[DATABRICKS, ("DATABRICKS_HOST", host), TOKEN]));
            assert!(
                message.starts_with("the Databricks host is not an https address; set DATABRICKS_HOST such as"),
                "{message}"
            );
        }
    }

    #[test]
    fn it_is_said_that_it_was_never_tried_live() {
        let found = found_alone(&[DATABRICKS, HOST, TOKEN]);
        assert_eq!(found.warnings, ["Databricks: the requests are tested, but were never tried on a live workspace"]);
    }
}
