//! The way to a server step by step: name, connection, encryption, an answer in HTTP. For `doctor`, where the question is
//! which step fails.

use std::net::SocketAddr;
use std::time::Duration;

use reqwest::header::HeaderMap;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::{Instant, timeout};

use super::Client;
use super::request::{Access, Method};
use super::transport::Outgoing;
use super::trouble::Trouble;
use crate::tracker::Step;
use crate::{Call, Result};

impl Client {
    /// The steps to this server up to the first that fails. No credentials are sent.
    pub async fn probe(&self, call: &Call) -> Vec<Step> {
        let mut steps = Vec::new();
        let base = self.shared.place.base.expose().clone();
        if self.shared.place.proxy.is_none() {
            let (Some(host), Some(port)) = (base.host_str(), base.port_or_known_default()) else { return steps };
            let host = host.trim_start_matches('[').trim_end_matches(']');
            let found = self.step(&mut steps, "dns", lookup(host, port, self.shared.limits.connect)).await;
            let Some(addresses) = found else { return steps };
            let connected = connect(&addresses, self.shared.limits.connect);
            if self.step(&mut steps, "tcp", connected).await.is_none() {
                return steps;
            }
        }
        call.count_request();
        let begun = Instant::now();
        let outgoing = Outgoing { method: Method::Get, url: base.clone(), headers: HeaderMap::new(), body: None };
        let exchange = timeout(self.shared.limits.first_byte, self.shared.transport.exchange(outgoing)).await;
        let outcome = exchange.unwrap_or(Err(Trouble::NoAnswer(self.shared.limits.first_byte)));
        let encrypted = base.scheme() == "https";
        let lacks_encryption =
            matches!(outcome, Err(Trouble::Certificate(_) | Trouble::WantsCertificate | Trouble::Tls));
        let took = begun.elapsed();
        let answered =
            outcome.map(|incoming| format!("status {}", incoming.status)).map_err(|trouble| self.tell(trouble));
        match (encrypted, lacks_encryption) {
            (_, true) => steps.push(Step { name: "tls", took, outcome: answered }),
            (true, false) => {
                steps.push(Step { name: "tls", took: Duration::ZERO, outcome: Ok("within the next step".to_owned()) });
                steps.push(Step { name: "http", took, outcome: answered });
            }
            (false, false) => steps.push(Step { name: "http", took, outcome: answered }),
        }
        steps
    }

    /// Makes a step and notes it; what it gave, if it succeeded.
    async fn step<T: Found>(
        &self,
        steps: &mut Vec<Step>,
        name: &'static str,
        work: impl Future<Output = Result<T, Trouble>>,
    ) -> Option<T> {
        let begun = Instant::now();
        let outcome = work.await;
        let took = begun.elapsed();
        match outcome {
            Ok(found) => {
                steps.push(Step { name, took, outcome: Ok(found.words()) });
                Some(found)
            }
            Err(trouble) => {
                steps.push(Step { name, took, outcome: Err(self.tell(trouble)) });
                None
            }
        }
    }

    fn tell(&self, trouble: Trouble) -> crate::Error {
        self.shared.names.error(self.shared.place.tell(trouble, Access::Read))
    }
}

/// What a step found, in a few words.
trait Found {
    fn words(&self) -> String;
}

impl Found for Vec<SocketAddr> {
    fn words(&self) -> String {
        self.iter().map(|address| address.ip().to_string()).collect::<Vec<_>>().join(", ")
    }
}

impl Found for SocketAddr {
    fn words(&self) -> String {
        self.to_string()
    }
}

async fn lookup(host: &str, port: u16, limit: Duration) -> Result<Vec<SocketAddr>, Trouble> {
    let found = timeout(limit, lookup_host((host, port))).await.map_err(|_| Trouble::NoHost)?;
    let mut addresses: Vec<SocketAddr> = found.map_err(|_| Trouble::NoHost)?.collect();
    addresses.dedup();
    if addresses.is_empty() { Err(Trouble::NoHost) } else { Ok(addresses) }
}

/// The first address that takes a connection.
async fn connect(addresses: &[SocketAddr], limit: Duration) -> Result<SocketAddr, Trouble> {
    let mut last = Trouble::NoConnection;
    let until = Instant::now() + limit;
    for address in addresses {
        let left = until.saturating_duration_since(Instant::now());
        last = match timeout(left, TcpStream::connect(address)).await {
            Ok(Ok(_)) => return Ok(*address),
            Ok(Err(error)) if error.kind() == std::io::ErrorKind::ConnectionRefused => Trouble::Refused,
            Ok(Err(_)) => Trouble::NoConnection,
            Err(_) => Trouble::ConnectTimeout,
        };
    }
    Err(last)
}

#[cfg(test)]
mod tests {
    use crate::http::Client;
    use crate::http::tests::support::{call, settings};
    use crate::tracker::Step;

    fn told(steps: &[Step]) -> Vec<(&str, bool)> {
        steps.iter().map(|step| (step.name, step.outcome.is_ok())).collect()
    }

    #[tokio::test]
    async fn every_step_to_a_server_is_told() {
        let server = wiremock::MockServer::start().await;
        let steps = Client::new(settings(&server.uri())).probe(&call()).await;
        assert_eq!(told(&steps), [("dns", true), ("tcp", true), ("http", true)]);
        assert_eq!(steps[2].outcome.as_deref(), Ok("status 404"));
    }

    #[tokio::test]
    async fn the_first_step_that_fails_is_the_last_one_and_says_what_to_check() {
        let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let steps = Client::new(settings(&format!("http://{closed}"))).probe(&call()).await;
        assert_eq!(told(&steps), [("dns", true), ("tcp", false)]);
        let error = steps[1].outcome.clone().unwrap_err();
        assert!(
            error.message.contains("refused the connection") && error.message.contains("check TRACKING_URI"),
            "{error}"
        );
    }

    #[tokio::test]
    async fn encryption_where_there_is_none_is_a_step_of_its_own() {
        let server = wiremock::MockServer::start().await;
        let https = server.uri().replace("http://", "https://");
        let steps = Client::new(settings(&https)).probe(&call()).await;
        assert_eq!(told(&steps), [("dns", true), ("tcp", true), ("tls", false)]);
    }
}
