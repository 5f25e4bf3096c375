//! The addresses of ClearML's three servers, and how its own client derives one from another.

use url::Url;

/// The API server of the hosted ClearML, which is asked when no other is named.
pub(super) const HOSTED_API: &str = "https://api.clear.ml";
/// Where its files were before.
pub(super) const HOSTED_LEGACY_FILES: &str = "https://files.community.clear.ml";
const API_PORT: u16 = 8008;
const WEB_PORT: u16 = 8080;
const FILES_PORT: u16 = 8081;

/// What was wrong with an address, in a sentence without it: it may have a password in it.
type Wrong = &'static str;

/// The address of a server, without a slash at its end, user, query and fragment; and whether it had a user.
pub(super) fn server(text: &str) -> Result<(Url, bool), Wrong> {
    const EXPECTED: Wrong = "is not the address of a server; expected http://host:8008 or https://…";
    let text = text.trim();
    if text.is_empty() {
        return Err("is empty");
    }
    if text.contains(['<', '>', '{', '}', '$']) {
        return Err("is a placeholder; put the address there");
    }
    if !text.contains("://") {
        return Err("has no http:// or https:// before it");
    }
    let mut url = Url::parse(text).map_err(|_| EXPECTED)?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(EXPECTED);
    }
    if url.fragment().or(url.query()).is_some_and(|rest| rest.contains('@')) {
        return Err("has a user or password in it; leave them out");
    }
    let has_user = !url.username().is_empty() || url.password().is_some();
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_query(None);
    url.set_fragment(None);
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(&path);
    Ok((url, has_user))
}

/// Whether files are kept in a bucket or folder there rather than on a server: `s3://…`, `/mnt/…`.
pub(super) fn is_storage(text: &str) -> bool {
    let scheme = text.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    match scheme.as_deref() {
        Some(scheme) => !matches!(scheme, "http" | "https") && scheme.bytes().all(|b| b.is_ascii_alphanumeric()),
        None => text.starts_with(['/', '~', '.', '\\']) || text.as_bytes().get(1..3) == Some(b":\\"),
    }
}

/// The web server that belongs to an API server, if the rules of ClearML's client name one. `/api` is how the web
/// server itself passes the API on.
pub(super) fn web(api: &Url) -> Option<Url> {
    if let Some(url) = renamed(api, &[("demoapi.", "demoapp."), ("api.", "app.")]) {
        return Some(url);
    }
    let mut web = api.clone();
    if api.port() == Some(API_PORT) {
        web.set_port(Some(WEB_PORT)).ok()?;
    } else {
        web.set_path(api.path().strip_suffix("/api")?);
    }
    Some(web)
}

/// The file server that belongs to these two.
pub(super) fn files(api: &Url, web: &Url) -> Option<Url> {
    if api.host_str() == Some("api.clear.ml") {
        return renamed(api, &[("api.", "files.")]);
    }
    if web.port().is_none()
        && let Some(url) = renamed(web, &[("demoapp.", "demofiles."), ("app.", "files.")])
    {
        return Some(url);
    }
    let mut files = web.clone();
    files.set_port(Some(FILES_PORT)).ok()?;
    Some(files)
}

/// Whether this is a server of the hosted ClearML.
pub(super) fn is_hosted(url: &Url) -> bool {
    url.host_str().is_some_and(|host| host == "clear.ml" || host.ends_with(".clear.ml"))
}

/// The address with the first of these beginnings of its host's name replaced.
fn renamed(url: &Url, beginnings: &[(&str, &str)]) -> Option<Url> {
    let host = url.host_str()?;
    let host = beginnings.iter().find_map(|(from, to)| Some(format!("{to}{}", host.strip_prefix(from)?)))?;
    let mut url = url.clone();
    url.set_host(Some(&host)).ok()?;
    Some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        server(text).unwrap().0
    }

    #[test]
    fn the_web_and_file_servers_follow_from_the_api_server() {
        for (api, expected_web, expected_files) in [
            ("https://api.clear.ml", "https://app.clear.ml/", "https://files.clear.ml/"),
            ("https://api.ml.example.org", "https://app.ml.example.org/", "https://files.ml.example.org/"),
            ("https://demoapi.clear.ml", "https://demoapp.clear.ml/", "https://demofiles.clear.ml/"),
            ("http://localhost:8008", "http://localhost:8080/", "http://localhost:8081/"),
            ("http://[::1]:8008/", "http://[::1]:8080/", "http://[::1]:8081/"),
            ("http://api.lab:8008", "http://app.lab:8008/", "http://app.lab:8081/"),
            ("https://h/clearml:8008", "", ""),
            ("https://h/api", "https://h/", "https://h:8081/"),
            ("https://h/ml/api/", "https://h/ml", "https://h:8081/ml"),
            ("https://h", "", ""),
            ("http://h:30008", "", ""),
        ] {
            let api_url = url(api);
            let web = web(&api_url);
            assert_eq!(web.as_ref().map_or("", Url::as_str), expected_web, "{api}");
            let files = web.and_then(|web| files(&api_url, &web));
            assert_eq!(files.as_ref().map_or("", Url::as_str), expected_files, "{api}");
        }
    }

    #[test]
    fn the_file_server_follows_from_the_web_server_that_is_set() {
        for (api, web, expected) in [
            ("http://10.0.0.5:8008", "http://clearml.lab", "http://clearml.lab:8081/"),
            ("http://10.0.0.5:8008", "http://clearml.lab:8080", "http://clearml.lab:8081/"),
            ("https://a", "https://app.lab", "https://files.lab/"),
            ("https://api.clear.ml", "https://elsewhere:1", "https://files.clear.ml/"),
        ] {
            assert_eq!(files(&url(api), &url(web)).unwrap().as_str(), expected, "{web}");
        }
    }

    #[test]
    fn an_address_is_taken_without_user_query_and_slash() {
        for (text, expected, has_user) in [
            ("http://h:8008", "http://h:8008/", false),
            (" https://h/prefix// ", "https://h/prefix", false),
            ("https://h/?a=b&c#d", "https://h/", false),
            ("https://ada:hunter2@h", "https://h/", true),
            ("https://ada@h", "https://h/", true),
        ] {
            let (url, had_user) = server(text).unwrap();
            assert_eq!((url.as_str(), had_user), (expected, has_user), "{text}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused_without_showing_it() {
        for (text, reason) in [
            ("", "is empty"),
            ("<your-api-server>", "is a placeholder"),
            ("http://${HOST}:8008", "is a placeholder"),
            ("https://<host>", "is a placeholder"),
            ("api.clear.ml", "has no http://"),
            ("localhost:8008", "has no http://"),
            ("http://", "is not the address"),
            ("s3://bucket/folder", "is not the address"),
            ("https://ada:1?ter2@h", "has a user or password"),
            ("https://ada:hun?ter2@h", "is not the address"),
        ] {
            assert!(server(text).unwrap_err().starts_with(reason), "{text}");
        }
    }

    #[test]
    fn a_bucket_or_folder_is_no_server() {
        for (text, expected) in [
            ("s3://bucket/folder", true),
            ("s3://minio.lab:9000/bucket", true),
            ("gs://bucket", true),
            ("azure://account.blob.core.windows.net/container", true),
            ("file:///mnt/files", true),
            ("/mnt/files", true),
            ("~/files", true),
            ("./files", true),
            (r"C:\files", true),
            (r"\\host\files", true),
            ("http://h:8081", false),
            ("HTTPS://h", false),
            ("files.clear.ml", false),
            ("h:8081", false),
            ("<your>://x", false),
            ("", false),
        ] {
            assert_eq!(is_storage(text), expected, "{text}");
        }
    }
}
