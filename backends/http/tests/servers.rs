//! Servers that misbehave: silence, resets, half bodies, floods, no server at all.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::support::{call, settings};
use crate::ErrorKind;
use crate::http::limits::Limits;
use crate::http::{Access, Client, Request};

/// Short where a test has to wait for it.
const SHORT: Limits =
    Limits { first_byte: Duration::from_millis(100), body_silence: Duration::from_millis(100), ..Limits::PRODUCTION };

fn read() -> Request {
    Request::get(Access::Read, "api/runs").query("filter", "in-query")
}

fn write() -> Request {
    Request::post(Access::Write, "api/runs", &serde_json::json!({}))
}

fn client(address: SocketAddr) -> Client {
    Client::with_limits(settings(&format!("http://bob:hunter2@{address}/base")), SHORT)
}

/// A server that reads the head of a request and then does this with the connection; and how many it had.
async fn serve<F, B>(behave: B) -> (SocketAddr, Arc<AtomicUsize>)
where
    B: Fn(TcpStream, usize) -> F + Send + Sync + 'static,
    F: Future<Output = io::Result<()>> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let connections = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&connections);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let number = counted.fetch_add(1, Ordering::Relaxed);
            let mut head = vec![0; 4_096];
            let _ = stream.read(&mut head).await;
            tokio::spawn(behave(stream, number));
        }
    });
    (address, connections)
}

async fn answer(mut stream: TcpStream, text: &str) -> io::Result<()> {
    stream.write_all(text.as_bytes()).await?;
    stream.shutdown().await
}

const EMPTY: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";

#[tokio::test]
async fn silence_before_the_first_byte_is_told_with_its_length() {
    let (address, connections) = serve(|stream, _| async move {
        let _kept = stream;
        std::future::pending().await
    })
    .await;
    let error = client(address).send(&call(), read()).await.unwrap_err();
    assert!(error.message.contains("did not answer in 0.1 s"), "{error}");
    assert_eq!((error.kind, connections.load(Ordering::Relaxed)), (ErrorKind::Unavailable, 1));
    assert_eq!(client(address).send(&call(), write()).await.unwrap_err().kind, ErrorKind::OutcomeUnknown);
}

#[tokio::test]
async fn a_reset_before_the_first_byte_is_tried_again_for_a_read_only() {
    let reset_first = |stream: TcpStream, number| async move {
        if number == 0 {
            stream.set_zero_linger()?;
            return Ok(());
        }
        answer(stream, EMPTY).await
    };
    let (address, connections) = serve(reset_first).await;
    assert_eq!(client(address).send(&call(), read()).await.unwrap().status, 200);
    assert_eq!(connections.load(Ordering::Relaxed), 2);

    let (address, connections) = serve(reset_first).await;
    let error = client(address).send(&call(), write()).await.unwrap_err();
    assert_eq!((error.kind, connections.load(Ordering::Relaxed)), (ErrorKind::OutcomeUnknown, 1));
}

#[tokio::test]
async fn half_a_body_is_an_error_and_not_asked_for_again() {
    let (address, connections) =
        serve(|stream, _| answer(stream, "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"runs\":")).await;
    let call = call();
    let error = client(address).send(&call, read()).await.unwrap_err();
    assert!(error.message.contains("broke off"), "{error}");
    assert!(error.temporary);
    assert_eq!((connections.load(Ordering::Relaxed), call.bytes()), (1, 8));
}

#[tokio::test]
async fn a_body_that_falls_silent_is_given_up() {
    let (address, _) = serve(|mut stream, _| async move {
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{").await?;
        std::future::pending().await
    })
    .await;
    let error = client(address).send(&call(), read()).await.unwrap_err();
    assert!(error.message.contains("sent nothing for 0.1 s"), "{error}");
}

#[tokio::test]
async fn a_flood_is_cut_at_the_cap() {
    let sent = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&sent);
    let (address, _) = serve(move |mut stream, _| {
        let counted = Arc::clone(&counted);
        async move {
            stream.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n").await?;
            let piece = vec![b' '; 100_000];
            for _ in 0..1_000 {
                stream.write_all(&piece).await?;
                counted.fetch_add(piece.len(), Ordering::Relaxed);
            }
            Ok(())
        }
    })
    .await;
    let error = client(address).send(&call(), read().body_cap(1_000_000)).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::TooLarge);
    assert!(sent.load(Ordering::Relaxed) < 50_000_000, "{sent:?}");
}

#[tokio::test]
async fn an_announced_flood_is_not_read_at_all() {
    let (address, _) =
        serve(|stream, _| answer(stream, "HTTP/1.1 200 OK\r\ncontent-length: 100000000\r\n\r\n      ")).await;
    let call = call();
    let error = client(address).send(&call, read()).await.unwrap_err();
    assert_eq!((error.kind, call.bytes()), (ErrorKind::TooLarge, 0));
    assert!(error.message.contains("larger than 32 MB"), "{error}");
}

#[tokio::test]
async fn a_body_that_is_not_what_its_compression_says_is_an_error() {
    let (address, _) = serve(|stream, _| {
        answer(stream, "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 8\r\n\r\nnot gzip")
    })
    .await;
    let error = client(address).send(&call(), read()).await.unwrap_err();
    assert!(error.message.contains("could not be decompressed"), "{error}");
}

#[tokio::test]
async fn another_protocol_is_told_as_such() {
    let (address, _) = serve(|stream, _| answer(stream, "SSH-2.0-OpenSSH_9.6\r\n")).await;
    let error = client(address).send(&call(), read()).await.unwrap_err();
    assert!(error.message.contains("did not answer in HTTP"), "{error}");
    assert!(!error.temporary);
}

async fn unused_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap()
}

#[tokio::test]
async fn a_closed_port_is_tried_three_times_and_then_left_alone() {
    let client = client(unused_address().await);
    let call = call();
    let error = client.send(&call, write()).await.unwrap_err();
    assert!(error.message.contains("/base refused the connection; check TRACKING_URI"), "{error}");
    assert_eq!((error.kind, call.requests()), (ErrorKind::Unavailable, 3));
    assert_eq!(client.send(&call, read()).await.unwrap_err(), error);
    assert_eq!(call.requests(), 3);
}

#[tokio::test]
async fn a_host_without_address_is_told_as_such() {
    // A label of 64 characters is no host name, so that no name server is asked.
    let client = Client::new(settings(&format!("http://{}.localhost:1", "x".repeat(64))));
    let error = client.send(&call(), read()).await.unwrap_err();
    assert!(error.message.contains("its host name has no address"), "{error}");
}

#[tokio::test]
async fn what_the_address_hides_is_in_no_message() {
    let (silent, _) = serve(|_stream, _| std::future::pending::<io::Result<()>>()).await;
    let (closing, _) = serve(|stream, _| answer(stream, "")).await;
    let (page, _) =
        serve(|stream, _| answer(stream, "HTTP/1.1 200 OK\r\ncontent-length: 6\r\nconnection: close\r\n\r\n<html>"))
            .await;
    for address in [silent, closing, page, unused_address().await] {
        let client = client(address);
        let error = client.json::<u8>(&call(), read()).await.unwrap_err();
        for shown in [error.to_string(), format!("{error:?}"), format!("{client:?}"), client.address().to_string()] {
            assert!(!shown.contains("hunter2") && !shown.contains("bob") && !shown.contains("in-query"), "{shown}");
        }
        assert!(error.message.contains(&address.to_string()), "{error}");
    }
}

#[tokio::test]
async fn user_and_password_of_the_address_are_not_sent_on_their_own() {
    let server = wiremock::MockServer::start().await;
    let base = server.uri().replace("http://", "http://bob:hunter2@");
    let _ = Client::new(settings(&base)).send(&call(), read()).await;
    let received = server.received_requests().await.unwrap();
    assert_eq!(received.len(), 1);
    assert!(!received[0].headers.contains_key("authorization"));
}

/// Runs itself again in a process whose environment names a proxy: a test may not change its own environment.
#[tokio::test]
async fn a_proxy_of_the_environment_is_used_but_not_for_this_machine() {
    const CHILD: &str = "TRACKER_TEST_BEHIND_PROXY";
    let (direct, _) = serve(|stream, _| answer(stream, EMPTY)).await;
    if std::env::var_os(CHILD).is_some() {
        let far = Client::new(settings("http://tracker.invalid:5000"));
        assert_eq!(far.send(&call(), read()).await.unwrap().header("x-proxy"), Some("yes"));
        assert_eq!(client(direct).send(&call(), read()).await.unwrap().header("x-proxy"), None);
        return;
    }
    let (proxy, asked) = serve(|stream, _| {
        answer(stream, "HTTP/1.1 200 OK\r\nx-proxy: yes\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}")
    })
    .await;
    let mut child = std::process::Command::new(std::env::current_exe().unwrap());
    child
        .args(["--exact", "http::tests::servers::a_proxy_of_the_environment_is_used_but_not_for_this_machine"])
        .env(CHILD, "1")
        .env("HTTP_PROXY", format!("http://{proxy}"))
        .env_remove("http_proxy")
        .env_remove("NO_PROXY")
        .env_remove("no_proxy");
    let output = tokio::task::spawn_blocking(move || child.output().unwrap()).await.unwrap();
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && told.contains("1 passed"), "{told}");
    assert_eq!(asked.load(Ordering::Relaxed), 1);
}
