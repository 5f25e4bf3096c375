//! Servers that misbehave, through the whole stack: each call ends as a sentence that names what to check, soon, and holds
//! no secret.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::asking::{Asked, Asker};

const PASSWORD: &str = "hunter2-plover";
/// `bob:hunter2-plover`, as a header carries it.
const ENCODED: &str = "Ym9iOmh1bnRlcjItcGxvdmVy";
/// Nothing may take longer, however busy the machine is.
const SOON: Duration = Duration::from_secs(25);

/// A server that reads the head of a request and then does this with the connection; and how many it had.
async fn serve<F, B>(behave: B) -> (SocketAddr, Arc<AtomicUsize>)
where
    B: Fn(TcpStream) -> F + Send + Sync + 'static,
    F: Future<Output = io::Result<()>> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let connections = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&connections);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::Relaxed);
            let answering = behave_after_head(&mut stream).await.map(|()| behave(stream));
            if let Ok(answering) = answering {
                tokio::spawn(answering);
            }
        }
    });
    (address, connections)
}

async fn behave_after_head(stream: &mut TcpStream) -> io::Result<()> {
    let mut head = vec![0; 8_192];
    stream.read(&mut head).await.map(|_| ())
}

/// A server that says this to everyone.
async fn always(answer: impl Into<String>) -> (SocketAddr, Arc<AtomicUsize>) {
    let answer: Arc<str> = answer.into().into();
    serve(move |mut stream| {
        let answer = Arc::clone(&answer);
        async move {
            stream.write_all(answer.as_bytes()).await?;
            stream.shutdown().await
        }
    })
    .await
}

fn http(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\nconnection: close\r\n{headers}content-length: {}\r\n\r\n{body}", body.len())
}

fn asker(address: SocketAddr) -> Asker {
    let uri = format!("http://{address}");
    Asker::of(
        &[("MLFLOW_TRACKING_URI", &uri), ("MLFLOW_TRACKING_USERNAME", "bob"), ("MLFLOW_TRACKING_PASSWORD", PASSWORD)],
        None,
    )
}

async fn ask(asker: &Asker, tool: &str) -> Asked {
    let arguments = match tool {
        "get_project" => json!({"project": "bench"}),
        "get_runs" => json!({"runs": ["sweep parent"]}),
        _ => json!({}),
    };
    tokio::time::timeout(SOON, asker.ask(tool, arguments)).await.unwrap_or_else(|_| panic!("{tool} takes too long"))
}

/// What every tool that reads says of this server: the sentence, whole; and the list of trackers tells it too.
async fn told(asker: &Asker, sentences: &[&str]) {
    for tool in ["list_projects", "get_project", "search_runs", "get_runs"] {
        let told = ask(asker, tool).await.refused();
        for sentence in sentences {
            assert!(told.contains(sentence), "{tool}: {sentence:?} is not in: {told}");
        }
        without_secrets(&told);
    }
    let trackers = ask(asker, "list_trackers").await.answered();
    assert_eq!(trackers.column("trackers", "reachable"), [json!(false)], "{}", trackers.text);
    for sentence in sentences {
        assert!(trackers.words("trackers", "problem")[0].contains(sentence), "{sentence:?}: {}", trackers.text);
    }
    without_secrets(&trackers.text);
    without_secrets(&trackers.structured.to_string());
}

fn without_secrets(text: &str) {
    assert!(!text.contains(PASSWORD) && !text.contains(ENCODED), "{text}");
}

#[tokio::test]
async fn nobody_at_the_address() {
    let address = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let check = "check that the server runs and that MLFLOW_TRACKING_URI names it";
    told(&asker(address), &[&format!("mlflow at http://{address} refused the connection"), check]).await;
}

#[tokio::test]
async fn silence() {
    let (address, _) = serve(|stream| async move {
        let _kept = stream;
        std::future::pending().await
    })
    .await;
    // A call with little time left waits as little.
    let asker = asker(address).with_patience(Duration::from_millis(1_300));
    told(&asker, &["did not answer in 0.", "try again, ask for less, or check that the server runs"]).await;
}

#[tokio::test]
async fn a_body_that_does_not_end() {
    let (address, _) = serve(|mut stream| async move {
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{").await?;
        std::future::pending().await
    })
    .await;
    let asker = asker(address).with_patience(Duration::from_millis(1_300));
    told(&asker, &["was still coming when the time of this call ended; ask for less"]).await;
}

#[tokio::test]
async fn a_reset() {
    let (address, connections) = serve(|stream| async move { stream.set_zero_linger() }).await;
    told(&asker(address), &["closed the connection without an answer; try again"]).await;
    // Reading is tried again, and not for ever.
    let connections = connections.load(Ordering::Relaxed);
    assert!((15..=60).contains(&connections), "{connections} connections");
}

#[tokio::test]
async fn half_a_body() {
    let (address, _) = always("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"experiments\":").await;
    told(&asker(address), &["broke off or could not be decompressed; try again"]).await;
}

#[tokio::test]
async fn a_web_page_in_the_place_of_an_answer() {
    let page = "<!doctype html><html><title>Sign in</title><form>Company single sign-on</form></html>";
    let (address, _) = always(http("200 OK", "content-type: text/html\r\n", page)).await;
    for tool in ["list_projects", "get_project", "search_runs", "get_runs"] {
        let told = ask(&asker(address), tool).await.refused();
        assert!(told.contains("web page") && told.contains("check") && !told.contains("<form>"), "{tool}: {told}");
        without_secrets(&told);
    }
}

#[tokio::test]
async fn json_that_is_not_what_was_asked_for() {
    for (body, sentence) in [
        ("{\"experiments\": NaN}", "JSON of an unexpected shape"),
        (
            "{\"experiments\": [{\"experiment_id\": 7, \"name\": null}]}",
            "JSON of an unexpected shape (line 1, column 36)",
        ),
        ("null", "JSON of an unexpected shape"),
        ("{\"experiments\":", "JSON that ends too early"),
        ("", "with nothing instead of JSON"),
    ] {
        let (address, _) = always(http("200 OK", "content-type: application/json\r\n", body)).await;
        for tool in ["list_projects", "get_project", "search_runs", "get_runs"] {
            let told = ask(&asker(address), tool).await.refused();
            assert!(told.contains(sentence), "{tool}: {body}: {told}");
            assert!(told.contains("check that the server runs and that MLFLOW_TRACKING_URI names it"), "{told}");
            without_secrets(&told);
        }
    }
}

#[tokio::test]
async fn too_many_requests() {
    let (address, connections) = always(http("429 Too Many Requests", "retry-after: 60\r\n", "slow down")).await;
    told(&asker(address), &["MLflow asks for fewer requests (HTTP 429)", "60 s"]).await;
    // Whoever asks for a minute is not asked again meanwhile: each question is one request, that of the state two.
    let asked = connections.load(Ordering::Relaxed);
    assert!(asked <= 6, "{asked} connections");

    let (address, _) = always(http("429 Too Many Requests", "", "")).await;
    told(&asker(address), &["MLflow asks for fewer requests (HTTP 429); try again later"]).await;
}

#[tokio::test]
async fn a_server_that_is_unavailable_for_ever() {
    let (address, _) = always(http("503 Service Unavailable", "", "upstream connect error")).await;
    told(&asker(address), &["failed with HTTP 503: upstream connect error; try again later"]).await;
}

#[tokio::test]
async fn a_fault_with_its_insides_in_the_answer() {
    let body = r#"{"error_code": "INTERNAL_ERROR", "message": "(psycopg2.OperationalError) FATAL [SQL: SELECT secret FROM users] (Background on this error at: https://sqlalche.me/e/20/e3q8)"}"#;
    let (address, _) = always(http("500 Internal Server Error", "content-type: application/json\r\n", body)).await;
    told(&asker(address), &["failed with HTTP 500: a fault inside the server, whose log has the details"]).await;
}

#[tokio::test]
async fn a_redirect_to_another_host_which_gets_nothing() {
    let (other, received) = always(http("200 OK", "", "{}")).await;
    let location = format!("location: http://{other}/login?next=/\r\n");
    for status in ["301 Moved Permanently", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"] {
        let (address, _) = always(http(status, &location, "")).await;
        told(&asker(address), &["MLFLOW_TRACKING_URI"]).await;
    }
    assert_eq!(received.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn a_hundred_megabytes() {
    let (address, _) = always("HTTP/1.1 200 OK\r\ncontent-length: 100000000\r\n\r\n          ").await;
    let told = ask(&asker(address), "list_projects").await.refused();
    assert!(told.contains("larger than 32 MB") && told.contains("ask for less"), "{told}");

    let sent = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&sent);
    let (address, _) = serve(move |mut stream| {
        let counted = Arc::clone(&counted);
        async move {
            stream.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n").await?;
            let piece = vec![b' '; 1_000_000];
            for _ in 0..100 {
                stream.write_all(&piece).await?;
                counted.fetch_add(piece.len(), Ordering::Relaxed);
            }
            Ok(())
        }
    })
    .await;
    let told = ask(&asker(address), "list_projects").await.refused();
    assert!(told.contains("larger than 32 MB") && told.contains("ask for less"), "{told}");
    assert!(sent.load(Ordering::Relaxed) < 60_000_000, "{sent:?}");
}
