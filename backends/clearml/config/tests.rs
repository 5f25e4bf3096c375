//! What is found in variables and files, in temporary homes.

use std::path::Path;

use super::*;
use crate::test_home::home;

const INIT: &str = include_str!("samples/init.conf");
const HOST: (&str, &str) = ("CLEARML_API_HOST", "https://api.lab.example.org/");
const ACCESS_KEY: (&str, &str) = ("CLEARML_API_ACCESS_KEY", "ENVACCESS");
const SECRET_KEY: (&str, &str) = ("CLEARML_API_SECRET_KEY", "env-secret");

fn found(variables: &[(&str, &str)], home: &Path) -> Found {
    find(&Environment::of(variables, Some(home))).unwrap()
}

/// What is found without any file.
fn found_alone(variables: &[(&str, &str)]) -> Found {
    find(&Environment::of(variables, None)).unwrap()
}

fn keys(access: &str, secret: &str) -> SignIn {
    SignIn::Keys { access: access.to_owned(), secret: Secret::new(secret) }
}

/// The value of a setting and where it came from.
fn setting(found: &Found, key: &str) -> (String, String) {
    let of_key: Vec<&Setting> = found.settings.iter().filter(|setting| setting.key == key).collect();
    assert_eq!(of_key.len(), 1, "{key}: {:?}", found.settings);
    (of_key[0].value.to_string(), of_key[0].source.to_string())
}

fn addresses(config: &Config) -> [String; 3] {
    let files: Vec<String> = config.files.iter().map(ToString::to_string).collect();
    [config.api.to_string(), config.web.to_string(), files.join(" ")]
}

fn failure(found: Found) -> String {
    found.config.unwrap_err().message
}

#[test]
fn nothing_is_found_where_nothing_names_a_server() {
    let empty = home(&[(".clearml/cache/x", ""), ("other.conf", INIT)]);
    for variables in [
        &[][..],
        &[("CLEARML_API_HOST", " "), ("CLEARML_API_ACCESS_KEY", "${input:key}")],
        &[("CLEARML_API_HOST_VERIFY_CERT", "false"), ("CLEARML_FORCE_MAX_API_VERSION", "2.20")],
        &[("CLEARML_WORKER_NAME", "gpu0")],
    ] {
        assert!(find(&Environment::of(variables, Some(empty.path()))).is_none(), "{variables:?}");
        assert!(find(&Environment::of(variables, None)).is_none(), "{variables:?}");
    }
}

#[test]
fn the_file_of_clearml_init_is_all_that_is_needed() {
    let home = home(&[("clearml.conf", INIT)]);
    let found = found(&[], home.path());
    let config = found.config.clone().unwrap();
    let file = home.path().join("clearml.conf").display().to_string();

    assert_eq!(
        addresses(&config),
        [
            "http://localhost:8008",
            "http://localhost:8080",
            "http://localhost:8081 https://old-files.example.org http://older-files.example.org:8081"
        ]
    );
    assert_eq!(config.sign_in, keys("SAMPLEACCESSKEY00001", "sample+Secret/with=signs#and,more{0}"));
    assert_eq!(config.sign_in.words(), "access key and secret key");
    assert_eq!((config.insecure, config.ca_file, config.max_version), (false, None, None));
    assert_eq!(
        config.check,
        format!(
            "check that the server runs and that api.api_server ({file} line 4) names its API server (mostly port 8008), not its web page"
        )
    );
    assert_eq!(setting(&found, "api_server"), ("http://localhost:8008".to_owned(), format!("{file}:4")));
    assert_eq!(setting(&found, "secret_key"), ("***".to_owned(), format!("{file}:9")));
    assert_eq!(setting(&found, "access_key"), ("***".to_owned(), format!("{file}:9")));
    let old = "the token goes to the file server http://older-files.example.org:8081 unencrypted; use https";
    assert_eq!(found.warnings, [old]);
}

#[test]
fn all_samples_are_found_wherever_guides_put_them() {
    for (name, text) in [
        ("clearml.conf", include_str!("samples/web-page.conf")),
        ("trains.conf", include_str!("samples/dotted.conf")),
        (".clearml/clearml.conf", include_str!("samples/section-header.conf")),
        (".clearml.conf", include_str!("samples/agent.conf")),
    ] {
        let home = home(&[(name, text)]);
        let config = found(&[], home.path()).config.unwrap();
        assert!(matches!(config.sign_in, SignIn::Keys { .. }), "{name}");
    }
}

#[test]
fn the_client_s_two_files_are_one_and_the_others_are_fall_backs() {
    let trains = "api { api_server: http://localhost:1, web_server: http://localhost:2\n credentials { access_key: A, secret_key: S } }";
    let clearml = "api { api_server: http://localhost:3\n credentials.secret_key: T }";
    let below = "api { api_server: http://localhost:4\n credentials { access_key: B, secret_key: U } }";
    let hidden = "api { api_server: http://localhost:5\n credentials { access_key: C, secret_key: V } }";
    let all = [
        ("trains.conf", trains),
        ("clearml.conf", clearml),
        (".clearml/clearml.conf", below),
        (".clearml.conf", hidden),
    ];
    for (files, api, sign_in) in [
        (&all[..], "http://localhost:3", keys("A", "T")),
        (&[all[0], all[2]], "http://localhost:1", keys("A", "S")),
        (&all[2..], "http://localhost:4", keys("B", "U")),
        (&all[3..], "http://localhost:5", keys("C", "V")),
    ] {
        let home = home(files);
        let config = found(&[], home.path()).config.unwrap();
        assert_eq!((config.api.to_string().as_str(), config.sign_in), (api, sign_in));
    }
}

#[test]
fn a_variable_that_names_a_file_leaves_no_other() {
    let home = home(&[("clearml.conf", INIT), ("lab.conf", include_str!("samples/web-page.conf"))]);
    let path = home.path().join("lab.conf");
    for variables in [
        [("CLEARML_CONFIG_FILE", path.to_str().unwrap()), ("TRAINS_CONFIG_FILE", "/absent")],
        [("CLEARML_CONFIG_FILE", "~/lab.conf"), ("X", "")],
        [("TRAINS_CONFIG_FILE", "~/lab.conf"), ("X", "")],
    ] {
        let config = found(&variables, home.path()).config.unwrap();
        assert_eq!(
            addresses(&config),
            ["https://api.clear.ml", "https://app.clear.ml", "https://files.clear.ml https://files.community.clear.ml"]
        );
    }
}

#[test]
fn a_file_that_a_variable_names_must_be_there() {
    let home = home(&[("clearml.conf", INIT), ("wide.conf", "")]);
    std::fs::write(home.path().join("wide.conf"), [0xFF, 0xFE, b'a', 0]).unwrap();
    std::fs::write(home.path().join("large.conf"), vec![b'#'; 1024 * 1024 + 1]).unwrap();
    for (name, why) in [
        ("absent.conf", "does not exist"),
        ("clearml.conf/x", "does not exist"),
        (".", "is not a file"),
        ("wide.conf", "is in UTF-16; save it as UTF-8"),
        ("large.conf", "is larger than 1 MB, which no clearml.conf is"),
    ] {
        let path = home.path().join(name).display().to_string();
        let found = found(&[("CLEARML_CONFIG_FILE", &path), HOST, ACCESS_KEY, SECRET_KEY], home.path());
        let expected = format!("CLEARML_CONFIG_FILE names {path}, which {why}; set it to a clearml.conf, or unset it");
        assert_eq!(failure(found), expected);
    }
}

#[test]
fn a_file_that_cannot_be_read_is_left_out_but_said() {
    let home = home(&[("clearml.conf/x", ""), (".clearml.conf", INIT)]);
    let file = home.path().join("clearml.conf").display().to_string();
    let warning = format!("{file} is not a file, so it is left out");

    let without = found(&[], home.path());
    let with_variables = found(&[HOST, ACCESS_KEY, SECRET_KEY], home.path());

    assert_eq!(without.warnings, std::slice::from_ref(&warning));
    assert!(failure(without).ends_with(&format!("; {warning}")));
    assert_eq!(with_variables.warnings, [warning]);
    assert_eq!(with_variables.config.unwrap().sign_in, keys("ENVACCESS", "env-secret"));
}

#[test]
fn variables_go_before_files_and_new_names_before_old() {
    let home = home(&[("clearml.conf", include_str!("samples/agent.conf"))]);
    let file = home.path().join("clearml.conf").display().to_string();
    let old = [
        ("TRAINS_API_HOST", "https://old-api"),
        ("TRAINS_WEB_HOST", "https://old-web"),
        ("TRAINS_FILES_HOST", "https://old-files"),
        ("TRAINS_API_ACCESS_KEY", "OLD"),
        ("TRAINS_API_SECRET_KEY", "old"),
        ("TRAINS_API_HOST_VERIFY_CERT", "/old.pem"),
    ];
    let new = [
        ("CLEARML_API_HOST", "https://new-api"),
        ("CLEARML_WEB_HOST", "https://new-web"),
        ("CLEARML_FILES_HOST", "https://new-files"),
        ("CLEARML_API_ACCESS_KEY", "NEW"),
        ("CLEARML_API_SECRET_KEY", "new"),
        ("CLEARML_API_HOST_VERIFY_CERT", "/new.pem"),
    ];
    let both = [old, new].concat();
    for (variables, expected, sign_in, ca_file, ca_setting, source) in [
        (
            &both[..],
            ["https://new-api", "https://new-web", "https://new-files"],
            keys("NEW", "new"),
            "/new.pem",
            "CLEARML_API_HOST_VERIFY_CERT",
            "$CLEARML_API_HOST",
        ),
        (
            &old,
            ["https://old-api", "https://old-web", "https://old-files"],
            keys("OLD", "old"),
            "/old.pem",
            "TRAINS_API_HOST_VERIFY_CERT",
            "$TRAINS_API_HOST",
        ),
        (
            &[],
            ["https://clearml.example.org/api", "https://clearml.example.org", "https://clearml.example.org/files"],
            keys("SAMPLEACCESSKEY00005", "sample\"Secret\"00005"),
            "/etc/ssl/lab.pem",
            "api.verify_certificate",
            &format!("{file}:10"),
        ),
    ] {
        let found = found(variables, home.path());
        let config = found.config.clone().unwrap();
        assert_eq!(addresses(&config), expected);
        assert_eq!(config.sign_in, sign_in);
        assert_eq!((config.ca_file.as_deref(), config.ca_setting), (Some(Path::new(ca_file)), ca_setting));
        assert_eq!(setting(&found, "api_server").1, source);
        assert_eq!(setting(&found, "ca_file").0, ca_file);
        assert_eq!(found.warnings, Vec::<String>::new());
    }
}

#[test]
fn a_token_is_instead_of_keys() {
    let home = home(&[("clearml.conf", INIT)]);
    for variables in
        [&[("CLEARML_AUTH_TOKEN", "a.b.c")][..], &[("CLEARML_AUTH_TOKEN", "a.b.c"), ACCESS_KEY, SECRET_KEY]]
    {
        let found = found(variables, home.path());
        let sign_in = found.config.clone().unwrap().sign_in;
        assert_eq!((sign_in.words(), &sign_in), ("token", &SignIn::Token(Secret::new("a.b.c"))));
        assert_eq!(setting(&found, "token"), ("***".to_owned(), "$CLEARML_AUTH_TOKEN".to_owned()));
    }
}

#[test]
fn credentials_alone_are_for_the_hosted_server() {
    let found = found_alone(&[ACCESS_KEY, SECRET_KEY]);
    let config = found.config.clone().unwrap();

    assert_eq!(
        addresses(&config),
        ["https://api.clear.ml", "https://app.clear.ml", "https://files.clear.ml https://files.community.clear.ml"]
    );
    assert_eq!(
        config.check,
        "no API server is set, so that of the hosted ClearML was asked; set CLEARML_API_HOST, or api.api_server in ~/clearml.conf"
    );
    assert_eq!(setting(&found, "api_server"), ("https://api.clear.ml".to_owned(), "default".to_owned()));
    assert_eq!(setting(&found, "web_server").1, "derived from api_server");
    assert_eq!(setting(&found, "files_server").1, "derived from web_server");
}

#[test]
fn credentials_for_a_server_of_one_s_own_do_not_go_to_the_hosted_one() {
    for (variable, hosted) in [("http://localhost:8080", false), ("https://app.clear.ml", true)] {
        let found = found_alone(&[ACCESS_KEY, SECRET_KEY, ("CLEARML_WEB_HOST", variable)]);
        assert_eq!(found.config.is_ok(), hosted, "{variable}");
    }
    let home = home(&[("clearml.conf", "api { api_server: \"\"\n credentials { access_key: A, secret_key: S } }")]);
    let file = home.path().join("clearml.conf").display().to_string();
    assert_eq!(failure(found(&[], home.path())), format!("api.api_server ({file} line 1) is empty"));
}

#[test]
fn the_old_name_of_the_api_server_is_known() {
    let credentials = "credentials { access_key: A, secret_key: S }";
    for (keys, expected) in [
        ("host: https://h", "https://h"),
        ("host: https://h\napi_server: https://g", "https://g"),
        ("host: https://h\napi_server: \"\"", "https://h"),
        ("host: https://h\napi_server: null", "https://h"),
    ] {
        let home = home(&[("clearml.conf", &format!("api {{\n{keys}\n{credentials}\n}}"))]);
        assert_eq!(found(&[], home.path()).config.unwrap().api.to_string(), expected, "{keys}");
    }
}

#[test]
fn missing_credentials_are_named_with_the_places_to_set_them() {
    let home = home(&[("clearml.conf", "include \"keys.conf\"\napi.api_server = http://localhost:8008\n")]);
    let file = home.path().join("clearml.conf").display().to_string();
    let made = "they are made on ClearML's web page under Settings > Workspace > Create new credentials";
    let none = format!(
        "no ClearML credentials are set; set CLEARML_API_ACCESS_KEY and CLEARML_API_SECRET_KEY (or CLEARML_AUTH_TOKEN), or credentials {{\"access_key\": …, \"secret_key\": …}} in the section api of ~/clearml.conf; {made}"
    );
    for variable in ["CLEARML_API_HOST", "CLEARML_WEB_HOST", "CLEARML_FILES_HOST"] {
        assert_eq!(failure(found_alone(&[(variable, "https://h")])), none);
    }
    assert_eq!(
        failure(found_alone(&[HOST, ACCESS_KEY])),
        "a ClearML access key is set but no secret key; set CLEARML_API_SECRET_KEY, or api.credentials.secret_key in ~/clearml.conf"
    );
    assert_eq!(
        failure(found_alone(&[HOST, SECRET_KEY])),
        "a ClearML secret key is set but no access key; set CLEARML_API_ACCESS_KEY, or api.credentials.access_key in ~/clearml.conf"
    );
    let included = format!("{file} line 1: include is not followed; put the keys of api into this file");
    let found = found(&[], home.path());
    assert_eq!(setting(&found, "api_server").0, "http://localhost:8008");
    assert_eq!(found.warnings, std::slice::from_ref(&included));
    assert_eq!(failure(found), format!("{}; {included}", none.replace("~/clearml.conf", &file)));
}

#[test]
fn a_placeholder_is_refused_by_its_name_and_not_shown() {
    for (name, value) in [
        ("CLEARML_API_ACCESS_KEY", "<your-key>"),
        ("CLEARML_API_SECRET_KEY", "your-secret-key"),
        ("CLEARML_AUTH_TOKEN", "YOUR_TOKEN"),
    ] {
        let message = failure(found_alone(
            &[HOST, ACCESS_KEY, SECRET_KEY, (name, value)].map(|(n, v)| if n == name { (name, value) } else { (n, v) }),
        ));
        assert!(message.starts_with(&format!("{name} is still a placeholder; they are made")), "{message}");
        assert!(!message.contains(value), "{message}");
    }
    for (name, value) in [
        ("CLEARML_API_HOST", "https://<your-server>"),
        ("CLEARML_WEB_HOST", "<web>"),
        ("CLEARML_FILES_HOST", "http://${H}"),
    ] {
        let variables = [(name, value), ACCESS_KEY, SECRET_KEY, HOST];
        assert_eq!(
            failure(found_alone(&variables[..if name == HOST.0 { 3 } else { 4 }])),
            format!("{name} is a placeholder; put the address there")
        );
    }
    for (key, line, value, expected) in [
        ("access_key", 3, "<your-key>", "is still a placeholder"),
        ("access_key", 3, "\"your-access-key\"", "is still a placeholder"),
        ("access_key", 3, "\"${input:key}\"", "is still a placeholder"),
        ("access_key", 3, "\"\"", "is empty"),
        ("secret_key", 4, "", "is empty"),
        ("secret_key", 4, "null", "is empty"),
    ] {
        let value_of = |of: &str| if of == key { value } else { "K" };
        let text = format!(
            "api {{\ncredentials {{\naccess_key: {}\nsecret_key: {}\n}}\n}}",
            value_of("access_key"),
            value_of("secret_key")
        );
        let home = home(&[("clearml.conf", &text)]);
        let file = home.path().join("clearml.conf").display().to_string();
        let message = failure(found(&[], home.path()));
        assert!(message.starts_with(&format!("api.credentials.{key} ({file} line {line}) {expected}; ")), "{message}");
        // What the file says of it is not looked at where a variable says it.
        assert_eq!(
            found(&[ACCESS_KEY, SECRET_KEY], home.path()).config.unwrap().sign_in,
            keys("ENVACCESS", "env-secret")
        );
    }
}

#[test]
fn a_broken_file_is_named_with_its_line_and_what_was_expected() {
    for (text, expected) in [
        ("api {\n  credentials {\n    access_key: \"hunter2\n", "line 1: expected a } that closes the {"),
        ("api {\n  credentials {\n    access_key: \"hunter2\n  }\n}", "line 3: expected a closing \" on the same line"),
        ("api {\n  hunter2\n}", "line 2: expected =, : or { behind the key"),
        (
            "api {\n  credentials { access_key: ${MY_KEY} }\n}",
            "line 2: api.credentials.access_key needs ${MY_KEY}, which neither this file nor the environment sets",
        ),
    ] {
        let home = home(&[("clearml.conf", text)]);
        let file = home.path().join("clearml.conf").display().to_string();
        assert_eq!(failure(found(&[HOST], home.path())), format!("{file} {expected}"));
    }
}

#[test]
fn a_variable_in_a_file_is_taken_from_the_environment() {
    let home = home(&[("clearml.conf", include_str!("samples/variables.conf"))]);
    let found = found(&[("SAMPLE_WORD", "two"), ("SAMPLE_VERIFY", "false")], home.path());
    let config = found.config.clone().unwrap();
    let file = home.path().join("clearml.conf").display().to_string();

    assert_eq!(config.sign_in, keys("SAMPLEACCESSKEY00006", "sample two 00006!"));
    assert_eq!((config.insecure, config.ca_file, config.ca_setting), (true, None, "api.verify_certificate"));
    assert_eq!(
        found.warnings,
        [format!("api.verify_certificate ({file} line 14) is off: the server's certificate is not checked")]
    );
}

#[test]
fn certificates_are_checked_unless_that_is_turned_off() {
    for (value, insecure, ca_file) in [
        ("true", false, None),
        ("Yes", false, None),
        ("1", false, None),
        ("FALSE", true, None),
        ("off", true, None),
        ("0", true, None),
        ("/etc/ssl/lab.pem", false, Some("/etc/ssl/lab.pem")),
    ] {
        let found = found_alone(&[HOST, ACCESS_KEY, SECRET_KEY, ("CLEARML_API_HOST_VERIFY_CERT", value)]);
        let warned = found.warnings.len();
        let config = found.config.unwrap();
        assert_eq!((config.insecure, config.ca_file.as_deref()), (insecure, ca_file.map(Path::new)), "{value}");
        assert_eq!(warned, usize::from(insecure), "{value}");
        assert_eq!(config.ca_setting, "CLEARML_API_HOST_VERIFY_CERT");
    }
}

#[test]
fn the_newest_version_to_use_can_be_set() {
    for (value, expected, warned) in
        [("2.20", Some((2, 20)), 0), ("v2.9", Some((2, 9)), 0), ("latest", None, 1), ("2", None, 1)]
    {
        let found = found_alone(&[HOST, ACCESS_KEY, SECRET_KEY, ("CLEARML_FORCE_MAX_API_VERSION", value)]);
        assert_eq!((found.config.unwrap().max_version, found.warnings.len()), (expected, warned), "{value}");
    }
}

#[test]
fn files_may_be_kept_elsewhere_than_on_a_file_server() {
    for (written, expected) in [
        ("https://files.lab/", "https://files.lab"),
        ("[\"https://files.lab\", \"https://more.lab\", \"https://files.lab/\"]", "https://files.lab https://more.lab"),
        ("\"s3://bucket/folder\"", ""),
        ("/mnt/files", ""),
        ("\"\"", "https://files.lab.example.org"),
    ] {
        let home = home(&[("clearml.conf", &format!("api.files_server = {written}"))]);
        let config = found(&[HOST, ACCESS_KEY, SECRET_KEY], home.path()).config.unwrap();
        assert_eq!(addresses(&config)[2], expected, "{written}");
    }
    let message = failure(found_alone(&[HOST, ACCESS_KEY, SECRET_KEY, ("CLEARML_FILES_HOST", "files.lab")]));
    assert_eq!(message, "CLEARML_FILES_HOST has no http:// or https:// before it");
}

#[test]
fn a_web_server_that_cannot_be_derived_is_asked_for() {
    let found = found_alone(&[("CLEARML_API_HOST", "https://h:30008"), ACCESS_KEY, SECRET_KEY]);
    assert_eq!(
        found.warnings,
        [
            "the web server cannot be told from the API server https://h:30008, so links may lead nowhere; set CLEARML_WEB_HOST, or api.web_server in ~/clearml.conf"
        ]
    );
    assert_eq!(addresses(&found.config.unwrap()), ["https://h:30008", "https://h:30008", "https://h:8081"]);
}

#[test]
fn credentials_that_others_can_read_are_warned_of() {
    for (api, files, expected) in [
        (
            "http://10.0.0.5:8008",
            "http://10.0.0.5:8081",
            &["the credentials go to http://10.0.0.5:8008 unencrypted; use https"][..],
        ),
        (
            "https://api.lab",
            "http://files.lab",
            &["the token goes to the file server http://files.lab unencrypted; use https"],
        ),
        ("http://127.0.0.1:8008", "http://localhost:8081", &[]),
        ("https://api.lab", "https://files.lab", &[]),
    ] {
        let found = found_alone(&[("CLEARML_API_HOST", api), ("CLEARML_FILES_HOST", files), ACCESS_KEY, SECRET_KEY]);
        assert_eq!(found.warnings, expected);
    }
}

#[test]
fn no_secret_is_in_any_text() {
    let found = found_alone(&[
        ("CLEARML_API_HOST", "https://ada:hunter2@api.lab.example.org/?key=hunter2"),
        ("CLEARML_FILES_HOST", "s3://ada:hunter2@bucket/x"),
        ACCESS_KEY,
        ("CLEARML_API_SECRET_KEY", "hunter2"),
    ]);
    let texts = format!("{:?} {:?} {:?}", found.settings, found.warnings, found.config);

    assert!(!texts.contains("hunter2"), "{texts}");
    assert_eq!(found.warnings, ["the user or password in CLEARML_API_HOST is not used"]);
    assert_eq!(found.config.unwrap().api.expose().as_str(), "https://api.lab.example.org/");
}
