//! The format, by what is read of it.

use super::*;

/// What the tests have in place of an environment.
fn variables(name: &str) -> Option<String> {
    [("HOST", "lab"), ("PORT", "8008"), ("SAMPLE_WORD", "two"), ("SAMPLE_VERIFY", "false")]
        .into_iter()
        .find_map(|(known, value)| (known == name).then(|| value.to_owned()))
}

fn text(file: &str, key: &str) -> Option<String> {
    Conf::read(file).unwrap().text(key, &variables).unwrap().map(|found| found.text)
}

fn fault(file: &str) -> String {
    let fault = Conf::read(file).err().unwrap();
    format!("{}: {}", fault.line, fault.what)
}

/// The fault of one key of a file that is read.
fn fault_of(file: &str, key: &str) -> String {
    let fault = Conf::read(file).unwrap().text(key, &variables).unwrap_err();
    format!("{}: {}", fault.line, fault.what)
}

/// The value of `a` in `api`, as written.
fn value(written: &str) -> Option<String> {
    text(&format!("api {{\n  a: {written}\n  after = 1\n}}"), "api.a")
}

const KEYS: [&str; 6] = [
    "api.api_server",
    "api.web_server",
    "api.files_server",
    "api.verify_certificate",
    "api.credentials.access_key",
    "api.credentials.secret_key",
];

#[test]
fn the_files_of_the_client_of_its_web_page_and_of_guides_are_read() {
    // What pyhocon 0.3.63 reads, except for section-header.conf, which it refuses.
    for (name, file, expected) in [
        (
            "init.conf",
            include_str!("../samples/init.conf"),
            [
                Some("http://localhost:8008"),
                Some("http://localhost:8080"),
                Some("http://localhost:8081"),
                None,
                Some("SAMPLEACCESSKEY00001"),
                Some("sample+Secret/with=signs#and,more{0}"),
            ],
        ),
        (
            "web-page.conf",
            include_str!("../samples/web-page.conf"),
            [
                Some("https://api.clear.ml"),
                Some("https://app.clear.ml/"),
                Some("https://files.clear.ml"),
                None,
                Some("SAMPLEACCESSKEY00002"),
                Some("sampleSecret00002"),
            ],
        ),
        (
            "dotted.conf",
            include_str!("../samples/dotted.conf"),
            [
                Some("http://10.0.0.5:8008"),
                Some("http://10.0.0.5:8080"),
                Some("http://10.0.0.5:8081"),
                None,
                Some("SAMPLEACCESSKEY00003"),
                Some("sampleSecret00003"),
            ],
        ),
        (
            "section-header.conf",
            include_str!("../samples/section-header.conf"),
            [
                Some("https://api.clear.ml"),
                Some("https://app.clear.ml"),
                Some("https://files.clear.ml"),
                None,
                Some("SAMPLEACCESSKEY00004"),
                Some("sampleSecret00004"),
            ],
        ),
        (
            "agent.conf",
            include_str!("../samples/agent.conf"),
            [
                Some("https://clearml.example.org/api"),
                Some("https://clearml.example.org"),
                Some("https://clearml.example.org/files"),
                Some("/etc/ssl/lab.pem"),
                Some("SAMPLEACCESSKEY00005"),
                Some("sample\"Secret\"00005"),
            ],
        ),
        (
            "variables.conf",
            include_str!("../samples/variables.conf"),
            [
                Some("https://clearml.example.org/api"),
                Some("https://clearml.example.org"),
                Some("https://clearml.example.org/files"),
                Some("false"),
                Some("SAMPLEACCESSKEY00006"),
                Some("sample two 00006!"),
            ],
        ),
    ] {
        for file in [file.to_owned(), format!("\u{feff}{}", file.replace('\n', "\r\n"))] {
            let conf = Conf::read(&file).unwrap();
            let read = KEYS.map(|key| conf.text(key, &variables).unwrap().map(|found| found.text));
            assert_eq!(read.each_ref().map(Option::as_deref), expected, "{name}");
            assert_eq!(conf.warnings, [], "{name}");
        }
    }
}

#[test]
fn each_value_knows_its_line() {
    let conf = Conf::read(include_str!("../samples/init.conf")).unwrap();
    for (key, line) in [("api.api_server", 4), ("api.files_server", 6), ("api.credentials.secret_key", 9)] {
        assert_eq!(conf.text(key, &variables).unwrap().unwrap().line, line, "{key}");
    }
    let old = conf.list("sdk.storage.http.legacy_fileservers", &variables).unwrap();
    let expected = ["https://old-files.example.org", "http://older-files.example.org:8081/"];
    assert_eq!(old, expected.map(|text| Text { text: text.to_owned(), line: 29 }));
}

#[test]
fn a_value_without_quotes_goes_on_to_the_end_of_the_line_or_a_sign() {
    for (written, expected) in [
        ("http://h:8008", "http://h:8008"),
        ("http://h:8008/?a=b&c=!*@^`d", "http://h:8008/?a=b&c=!*@^`d"),
        ("several  words\t", "several  words"),
        ("v, b: w", "v"),
        ("v # comment", "v"),
        ("v#comment", "v"),
        ("v // comment", "v"),
        ("v//no comment", "v//no comment"),
        ("// comment", ""),
        ("# comment", ""),
        ("", ""),
        ("null", ""),
        ("\"null\"", "null"),
        ("0123", "0123"),
        (r"C:\certs\lab.pem", r"C:\certs\lab.pem"),
        (r"a\#b\=c\\d", r"a#b=c\d"),
        ("one \\\n  two", "one two"),
        ("$x", "$x"),
        ("ü密", "ü密"),
        ("\u{a0}v\u{a0}", "v"),
    ] {
        assert_eq!(value(written).as_deref(), Some(expected), "{written}");
    }
}

#[test]
fn a_value_in_quotes_is_taken_as_it_stands() {
    for (written, expected) in [
        (r#""a, b } ] # c // d { [ ${HOST}""#, "a, b } ] # c // d { [ ${HOST}"),
        (r#""a\"b\\c\n\/d""#, "a\"b\\c\n\\/d"),
        (r#""" "#, ""),
        ("\"\"\"\"\"\"", ""),
        (r#""""a "b" \n """"#, r#"a "b" \n "#),
        ("\"\"\"a\nb }\n\"\"\"", "a\nb }\n"),
        (r#"""""a"""""#, r#""a""#),
        (r#""a" // comment"#, "a"),
        (r#""a"// comment"#, "a"),
        (r#""a"b"#, "ab"),
        (r#""a " b " c""#, "a  b  c"),
    ] {
        assert_eq!(value(written).as_deref(), Some(expected), "{written}");
    }
}

#[test]
fn keys_are_written_in_many_ways() {
    for file in [
        "api { a: v }",
        "api { a = v }",
        "api: { a = v }",
        "api = { a = v }",
        "api\n{\na=v\n}",
        "api =\n # comment\n {\na=v\n}",
        "api.a = v",
        "\"api\".\"a\" = v",
        "{ api { a = v } }",
        "{ \"api\": { \"a\": \"v\", }, }",
        "# comment\n// comment\n{ api { a = v } } # comment",
        "api { # comment\n // comment\n b = 1, a = v }",
        "api { b { c = 1 } a = v }",
        "api { b = [1, 2] a = v }",
        "api { b = 1 } api { a = v }",
        "api { b = 1 } { a = v }",
        "api { a = w }\napi.a = v",
        "api { a = w, a = v }",
        "api { a { b = w } }\napi.a = v",
        "[api]\na = v",
        "[sdk]\nb = 1\n[ api ]\n# comment\na = v\n[agent]\na = w",
        "api { a = v",
        "api.a = v }",
    ] {
        match file {
            "api { a = v" => assert_eq!(fault(file), "1: expected a } that closes the {"),
            _ => assert_eq!(text(file, "api.a").as_deref(), Some("v"), "{file}"),
        }
    }
    assert_eq!(text("api { \"a.b\" = v }", "api.a.b"), None);
    assert_eq!(text("api { a { b = v } }\napi.a = w", "api.a.b"), None);
    assert_eq!(text("", "api.a"), None);
}

#[test]
fn substitutions_are_taken_from_the_file_and_then_from_the_environment() {
    for (file, expected) in [
        ("x = v\napi.a = ${x}", Some("v")),
        ("api.a = ${x}\nx = v", Some("v")),
        ("x.y { z = v }\napi.a = ${x.y.z}", Some("v")),
        ("HOST = v\napi.a = ${HOST}", Some("v")),
        ("api.a = ${HOST}", Some("lab")),
        ("api.a = \"http://\"${HOST}\":\"${PORT}", Some("http://lab:8008")),
        ("api.a = http://${HOST}:${PORT}/x", Some("http://lab:8008/x")),
        ("api.a = ${ HOST } b", Some("lab b")),
        ("api.a = ${?UNSET}", None),
        ("api.a = ${?UNSET}${?UNSET}", None),
        ("api.a = v\napi.a = ${?UNSET}", Some("v")),
        ("api.a = v${?UNSET}", Some("v")),
        ("api.a = v\napi.a = ${api.a}w", Some("vw")),
        ("api.a = ${?api.a}w", Some("w")),
        ("x = ${y}\ny = ${HOST}\napi.a = ${x}", Some("lab")),
    ] {
        assert_eq!(text(file, "api.a").as_deref(), expected, "{file}");
    }
}

#[test]
fn a_substitution_that_is_set_nowhere_matters_where_it_is_needed() {
    let file = "api {\n a = ${UNSET}\n b = ${input:key}\n c = v\n d = ${d}\n e = ${f}\n f = ${e}\n}";

    assert_eq!(text(file, "api.c").as_deref(), Some("v"));
    for (key, expected) in [
        ("api.a", "2: api.a needs ${UNSET}, which neither this file nor the environment sets"),
        ("api.b", "3: api.b needs ${input:key}, which neither this file nor the environment sets"),
        ("api.d", "5: api.d needs ${d}, which neither this file nor the environment sets"),
        ("api.e", "6: api.e needs ${f}, which neither this file nor the environment sets"),
    ] {
        assert_eq!(fault_of(file, key), expected);
    }
}

#[test]
fn a_file_that_grows_without_end_is_refused() {
    let doubling: String = (0..100).map(|n| format!("x{n} = ${{x{}}}${{x{}}}\n", n + 1, n + 1)).collect();
    let deep = format!("{}v{}\napi.a = ${{{}}}", "x {".repeat(5000), "}".repeat(5000), ["x"; 5000].join("."));

    assert_eq!(fault_of(&format!("{doubling}api.a = ${{x0}}"), "api.a"), "64: x63 needs more than 64 substitutions");
    assert!(fault_of(&deep, "api.a").contains("which neither this file nor the environment sets"));
}

#[test]
fn a_file_of_nothing_but_faults_is_not_read_again_and_again() {
    // Each brace is sought to the end of the file: without a limit these take minutes.
    for (line, expected) in [("a {\n", "a } that closes the {"), ("a = [\n", "a ] that closes the [")] {
        assert_eq!(fault(&line.repeat(20_000)), format!("1: expected {expected}"));
    }
}

#[test]
fn what_is_outside_api_may_be_anything() {
    for odd in [
        "sdk { a: 5\" b: { c } }",
        "sdk { \"\"\" { \"\"\" }",
        "sdk { a = [ { ] }",
        "sdk { # }\n // }\n a: http://h/{x} }",
        "sdk { a \\} b }",
        "sdk { !@#$%^&*\n ${ }",
        "sdk = ${unset} # comment",
        "sdk = [1, 2, {a: 3}, [4]]",
        "sdk += 5",
        "sdk { a = b",
        "sdk { } }",
        "sdk = \"unclosed",
        "no key at all",
        "= 5",
        "]",
        "sdk += 1\nlogging.level = {",
    ] {
        for file in [format!("{odd}\napi.a = v\n"), format!("api {{ a = v }}\n{odd}")] {
            assert_eq!(text(&file, "api.a").as_deref(), Some("v"), "{file}");
        }
    }
}

#[test]
fn a_broken_file_is_named_by_its_line_but_not_shown() {
    for (file, expected) in [
        ("api {\n a: \"hunter2\n}", "2: expected a closing \" on the same line"),
        ("api {\n a: \"hun\"ter2\"\n}", "2: expected a closing \" on the same line"),
        ("api {\n a: hun{ter2\n}\n}", "2: expected a text; one that has { or [ in it stands in quotes"),
        ("api {\n hunter2\n a: v\n}", "2: expected =, : or { behind the key"),
        ("api {\n\n = hunter2\n}", "3: expected a key"),
        ("api {\n a: ${hunter2\n}", "2: expected a name and a } behind ${"),
        ("api {\n a: ${}\n}", "2: expected a name and a } behind ${"),
        ("api {\n a: v\n", "1: expected a } that closes the {"),
        ("\napi {\n credentials {\n a: v\n}", "2: expected a } that closes the {"),
        ("api {\n credentials {\n a v\n}\n}", "3: expected =, : or { behind the key"),
        ("api {\n a: [1, 2\n}", "2: expected a ] that closes the ["),
        ("api {\n a += v\n}", "2: expected =, : or { behind the key"),
        ("api {\n a: v ]\n}", "2: expected a key"),
        ("api\n a: v", "1: expected =, : or { behind the key"),
        ("api: hunter2", "1: expected { … } with the keys, none from elsewhere"),
        ("api.credentials = ${x}", "1: expected { … } with the keys, none from elsewhere"),
        ("[api\na = v", "1: expected a ] behind the name of the section"),
        ("hunter2", "1: expected =, : or { behind the key"),
        ("<html>\n<body>", "1: expected =, : or { behind the key"),
        ("{\"a\": 1} hunter2", "1: expected nothing behind the last }"),
        ("sdk {\n", "1: expected a } that closes the {"),
    ] {
        assert_eq!(fault(file), expected, "{file}");
    }
    assert_eq!(fault_of("api {\n a { b = v }\n}", "api.a"), "2: expected a text for api.a, not a list or section");
    assert_eq!(fault_of("api {\n\n a = [v]\n}", "api.a"), "3: expected a text for api.a, not a list or section");
}

#[test]
fn what_is_left_out_is_said() {
    for (file, expected) in [
        ("api { a = v }\n}", "2: expected a key"),
        ("api { a = v }\nsdk {\n", "2: expected a } that closes the {"),
        ("include \"other.conf\"\napi.a = v", "1: include is not followed; put the keys of api into this file"),
        (
            "api {\n include required(file(\"x\"))\n a = v }",
            "2: include is not followed; put the keys of api into this file",
        ),
    ] {
        let conf = Conf::read(file).unwrap();
        let warnings: Vec<String> =
            conf.warnings.iter().map(|fault| format!("{}: {}", fault.line, fault.what)).collect();
        assert_eq!(warnings, [expected], "{file}");
        assert_eq!(text(file, "api.a").as_deref(), Some("v"), "{file}");
    }
    assert_eq!(text("api { include = v }", "api.include").as_deref(), Some("v"));
}

#[test]
fn a_list_is_read_by_its_texts() {
    for (written, expected) in [
        ("[a, \"b\"]", &["a", "b"][..]),
        ("[\n  a # comment\n  , b\n\n  c,\n]", &["a", "b", "c"]),
        ("[{a: [1]}, [2], b]", &["b"]),
        ("[${HOST}, ${?UNSET}]", &["lab"]),
        ("[]", &[]),
        ("a", &["a"]),
        ("${?UNSET}", &[]),
    ] {
        let file = format!("api.a = {written}");
        let read: Vec<String> =
            Conf::read(&file).unwrap().list("api.a", &variables).unwrap().into_iter().map(|item| item.text).collect();
        assert_eq!(read, expected, "{written}");
    }
}
