//! Encrypted connections: whom we trust, and what is said when we do not.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use super::support::{call, settings};
use crate::http::{Access, Client, Request};
use crate::{ErrorKind, Result};

/// A server with a certificate for `name`, and the file of that certificate.
async fn serve(name: &str, folder: &Path) -> (SocketAddr, PathBuf) {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed([name.to_owned()]).unwrap();
    let file = folder.join("authority.pem");
    std::fs::write(&file, cert.pem()).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(signing_key.serialize_der()));
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let mut stream = acceptor.accept(stream).await?;
                let _ = stream.read(&mut [0; 4_096]).await?;
                stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}").await?;
                stream.shutdown().await
            });
        }
    });
    (address, file)
}

async fn ask(base: &str, ca_file: Option<&Path>, insecure: bool) -> Result<u16> {
    let mut settings = settings(base);
    settings.tls.ca_file = ca_file.map(Path::to_path_buf);
    settings.tls.insecure = insecure;
    let reply = Client::new(settings).send(&call(), Request::get(Access::Read, "a")).await?;
    Ok(reply.status)
}

#[tokio::test]
async fn a_certificate_is_trusted_if_its_file_is_given() {
    let folder = TempDir::new().unwrap();
    let (address, file) = serve("localhost", folder.path()).await;
    assert_eq!(ask(&format!("https://localhost:{}", address.port()), Some(&file), false).await, Ok(200));
}

#[tokio::test]
async fn an_unknown_certificate_names_the_setting() {
    let (folder, elsewhere) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let (address, _) = serve("localhost", folder.path()).await;
    // Trusting somebody else makes the test independent of the system's own authorities.
    let (_, other) = serve("localhost", elsewhere.path()).await;
    let base = format!("https://localhost:{}", address.port());
    let error = ask(&base, Some(&other), false).await.unwrap_err();
    assert!(error.message.starts_with(&format!("the TLS certificate of lab at {base} is")), "{error}");
    assert!(error.message.contains("set CA_SETTING"), "{error}");
    assert_eq!((error.kind, error.temporary), (ErrorKind::Unavailable, false));
    assert_eq!(ask(&base, None, true).await, Ok(200));
}

#[tokio::test]
async fn a_certificate_for_another_host_is_told_as_such() {
    let folder = TempDir::new().unwrap();
    let (address, file) = serve("tracker.example", folder.path()).await;
    let error = ask(&format!("https://localhost:{}", address.port()), Some(&file), false).await.unwrap_err();
    assert!(error.message.contains("is for another host name"), "{error}");
}

#[tokio::test]
async fn mixed_up_schemes_are_told_as_such() {
    let folder = TempDir::new().unwrap();
    let (encrypted, _) = serve("localhost", folder.path()).await;
    let clear = wiremock::MockServer::start().await;
    let error = ask(&clear.uri().replace("http://", "https://"), None, true).await.unwrap_err();
    assert!(error.message.contains("is it http:// instead of https://?"), "{error}");
    let error = ask(&format!("http://{encrypted}"), None, false).await.unwrap_err();
    assert!(error.message.contains("https:// instead of http://?"), "{error}");
}

#[tokio::test]
async fn a_file_without_certificates_is_named_with_its_setting() {
    let folder = TempDir::new().unwrap();
    let missing = folder.path().join("missing.pem");
    let error = ask("http://127.0.0.1:1", Some(&missing), false).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::BadInput);
    assert!(error.message.contains("missing.pem (CA_SETTING) cannot be read"), "{error}");

    for content in ["garbage", "", "-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n"] {
        let file = folder.path().join("garbage.pem");
        std::fs::write(&file, content).unwrap();
        let error = ask("https://127.0.0.1:1", Some(&file), false).await.unwrap_err();
        assert!(error.message.contains("garbage.pem (CA_SETTING) holds no certificate"), "{content:?}: {error}");
    }
}

#[tokio::test]
async fn a_certificate_that_is_no_certificate_inside_is_named_with_its_setting() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("odd.pem");
    std::fs::write(&file, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").unwrap();
    let error = ask("https://127.0.0.1:1", Some(&file), false).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::BadInput);
    assert!(error.message.contains("CA_SETTING"), "{error}");
}

#[tokio::test]
async fn our_own_certificate_needs_its_key() {
    let folder = TempDir::new().unwrap();
    let (_, file) = serve("localhost", folder.path()).await;
    let mut settings = settings("https://127.0.0.1:1");
    settings.tls.client_certificate = Some(file);
    let error = Client::new(settings).send(&call(), Request::get(Access::Read, "a")).await.unwrap_err();
    assert!(error.message.contains("(CLIENT_SETTING) does not hold a certificate and its private key"), "{error}");
}

#[tokio::test]
async fn a_mended_file_is_enough_to_go_on() {
    let folder = TempDir::new().unwrap();
    let (address, good) = serve("localhost", folder.path()).await;
    let file = folder.path().join("mended.pem");
    let mut settings = settings(&format!("https://localhost:{}", address.port()));
    settings.tls.ca_file = Some(file.clone());
    let client = Client::new(settings);
    assert!(client.send(&call(), Request::get(Access::Read, "a")).await.is_err());
    std::fs::copy(good, file).unwrap();
    assert_eq!(client.send(&call(), Request::get(Access::Read, "a")).await.unwrap().status, 200);
}
