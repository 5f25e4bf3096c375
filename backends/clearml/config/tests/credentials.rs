//! Credentials: where they come from, where they go, and what is no credential.

use super::*;

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
