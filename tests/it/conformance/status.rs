//! Is it there, which version, who are we.

use super::BACKENDS;

#[tokio::test]
async fn the_status_tells_the_version_and_how_we_sign_in() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        let status = running.tracker.status(&running.call).await.unwrap();
        assert_eq!(status.version.as_deref(), backend.version, "{}", running.name);
        assert!(!status.sign_in.is_empty(), "{}", running.name);
        assert!((1..=2).contains(&running.call.requests()), "{}: {}", running.name, running.call.requests());
    }
}

#[tokio::test]
async fn a_tracker_tells_its_kind_and_address_without_asking() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        assert_eq!((running.tracker.kind(), running.tracker.name()), (backend.name, backend.name));
        assert_eq!(running.tracker.address(), running.server.uri());
        assert_eq!(running.call.requests(), 0);
    }
}

#[tokio::test]
async fn nothing_can_be_written_unless_it_was_allowed() {
    for backend in BACKENDS {
        assert!((backend.start)().await.tracker.writer().is_none(), "{}", backend.name);
    }
}

#[tokio::test]
async fn a_call_counts_each_request_that_the_server_sees() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        running.tracker.status(&running.call).await.unwrap();
        let Some(seen) = running.server.requests() else { continue };
        assert_eq!(seen.len() as u64, running.call.requests(), "{}: {seen:?}", running.name);
    }
}

#[tokio::test]
async fn a_call_that_was_given_up_asks_nothing() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        let token = tokio_util::sync::CancellationToken::new();
        let call = running.call.clone().with_cancellation(token.clone());
        token.cancel();
        let error = running.tracker.search_runs(&call, &super::in_scope(super::ProjectScope::All)).await.unwrap_err();
        assert_eq!((error.kind, call.requests()), (backends::ErrorKind::Cancelled, 0), "{}", running.name);
    }
}
