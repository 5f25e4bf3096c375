//! Where a redirect may lead: nowhere but to another path of the same origin, and only for a GET.

use url::Url;

use super::request::Method;

/// Whether and how a redirect is followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Redirect {
    /// Ask there.
    Follow(Url),
    /// It leads to another scheme, host or port: the origin.
    Elsewhere(String),
    /// It would turn a POST into a GET, or repeat it at another path: the path.
    Moved(String),
    /// Its target is no address.
    Unreadable,
}

/// Judges the `Location` of an answer to a request sent to `from`.
pub(super) fn judge(from: &Url, location: &str, method: Method) -> Redirect {
    let Ok(mut target) = from.join(location) else {
        return Redirect::Unreadable;
    };
    if target.origin() != from.origin() || !target.origin().is_tuple() {
        return Redirect::Elsewhere(target.origin().ascii_serialization());
    }
    if method != Method::Get {
        return Redirect::Moved(target.path().to_owned());
    }
    // Fails only for addresses that cannot have user information.
    let _ = target.set_username("");
    let _ = target.set_password(None);
    Redirect::Follow(target)
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::{Redirect, judge};
    use crate::http::Method;

    fn of(location: &str, method: Method) -> Redirect {
        judge(&Url::parse("https://host:8443/base/a?q=1").unwrap(), location, method)
    }

    #[test]
    fn a_get_is_followed_within_its_origin() {
        for (location, expected) in [
            ("/b", "https://host:8443/b"),
            ("b?x=y", "https://host:8443/base/b?x=y"),
            ("https://bob:hunter2@host:8443/c", "https://host:8443/c"),
        ] {
            assert_eq!(of(location, Method::Get), Redirect::Follow(Url::parse(expected).unwrap()));
        }
    }

    #[test]
    fn another_scheme_host_or_port_is_elsewhere() {
        for (location, origin) in [
            ("http://host:8443/base/a", "http://host:8443"),
            ("https://other:8443/base/a?token=x", "https://other:8443"),
            ("https://host/base/a", "https://host"),
            ("//evil/base/a", "https://evil"),
        ] {
            assert_eq!(of(location, Method::Get), Redirect::Elsewhere(origin.to_owned()), "{location}");
        }
        assert!(matches!(of("file:///etc/passwd", Method::Get), Redirect::Elsewhere(_)));
    }

    #[test]
    fn a_post_is_never_repeated_elsewhere() {
        assert_eq!(of("/login?next=x", Method::Post), Redirect::Moved("/login".to_owned()));
    }

    #[test]
    fn a_target_that_is_no_address_is_unreadable() {
        assert_eq!(of("https://[", Method::Get), Redirect::Unreadable);
    }
}
