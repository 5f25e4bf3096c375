//! The one place that sends requests: permit, sign-in, time limits, retries, caps, counting and tracing for every backend.

mod auth;
mod body;
mod client;
mod cores;
mod failure;
mod fold;
mod gate;
mod json;
mod limits;
mod probe;
mod redirect;
mod reply;
mod request;
mod retry;
mod send;
mod tls;
mod token;
mod transport;
mod trouble;

#[cfg(test)]
mod tests;

pub use auth::{Authorize, Credential, FixedCredential, NoSignIn};
pub use client::{Client, ClientSettings};
pub use failure::{Explain, Failure};
pub use limits::BODY_CAP;
pub use reply::Reply;
pub use request::{Access, Method, Request, segment};
pub use tls::TlsSettings;
pub use token::{Token, TokenCache};
