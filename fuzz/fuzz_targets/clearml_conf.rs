//! A `clearml.conf` of any bytes is read to its end, in time, and each fault names a line that it has.

#![no_main]
#![allow(dead_code)]

// The parser stands alone, so that it is fuzzed without the rest and without being public.
#[path = "../../backends/clearml/config/conf/mod.rs"]
mod conf;

use libfuzzer_sys::fuzz_target;

use conf::Conf;

const KEYS: [&str; 7] = [
    "api",
    "api.api_server",
    "api.files_server",
    "api.credentials.access_key",
    "api.credentials.secret_key",
    "sdk.storage.http.legacy_fileservers",
    "a.b",
];

fuzz_target!(|bytes: &[u8]| {
    let file = String::from_utf8_lossy(bytes);
    let last = file.matches('\n').count() + 1;
    let check = |line: usize| assert!((1..=last).contains(&line), "line {line} of {last}");
    let variables = |name: &str| (name == "HOST").then(|| "lab".to_owned());
    match Conf::read(&file) {
        Err(fault) => check(fault.line),
        Ok(conf) => {
            conf.warnings.iter().for_each(|fault| check(fault.line));
            for key in KEYS {
                match conf.text(key, &variables) {
                    Ok(text) => text.iter().for_each(|text| check(text.line)),
                    Err(fault) => check(fault.line),
                }
                match conf.list(key, &variables) {
                    Ok(texts) => texts.iter().for_each(|text| check(text.line)),
                    Err(fault) => check(fault.line),
                }
            }
        }
    }
});
