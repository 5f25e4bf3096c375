//! A double of MLflow's tracking server in this process: its SQL store as the recordings and its source show it,
//! written without looking at ours, behind a small HTTP server on 127.0.0.1.

mod evaluate;
mod grammar;
mod literal;
mod order;
#[cfg(test)]
mod recorded;
mod routes;
mod server;
mod store;

pub(crate) use server::{Double, Fate, Seen};
pub(crate) use store::{Dataset, Experiment, ModelVersion, Store, StoredRun, Version};

/// What the server says when it does not answer: a status, MLflow's error code and a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

impl Refusal {
    fn invalid(message: impl Into<String>) -> Self {
        Self { status: 400, code: "INVALID_PARAMETER_VALUE", message: message.into() }
    }

    fn absent(message: impl Into<String>) -> Self {
        Self { status: 404, code: "RESOURCE_DOES_NOT_EXIST", message: message.into() }
    }
}
