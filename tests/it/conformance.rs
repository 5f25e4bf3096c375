//! The contract of `Tracker`, asked of every backend: the same questions, the same data, the same answers.
//!
//! The data are those of `tests/live/sample.py`, the small ones; a new backend brings fixtures of a server with the same
//! data and is a line in [`BACKENDS`]. What is asked and demanded is the same of all; only [`Spelling`] differs.

use std::sync::Arc;

use backends::model::{Page, Part, Parts, ProjectId, Run, RunId};
use backends::query::{Filter, Order};
use backends::tracker::{ProjectQuery, ProjectScope, RunQuery};
use backends::{Call, Tracker};
use futures::future::BoxFuture;

use crate::asking::{Asker, NOW};
use crate::replay::Server;

use spelling::Spelling;

mod capabilities;
mod consoles;
mod datasets;
mod models;
mod overview;
mod projects;
mod queues;
mod resolve;
mod runs;
mod search;
mod spelling;
mod status;

/// A kind and version of server.
pub(crate) struct Backend {
    /// Its kind.
    pub(crate) name: &'static str,
    /// Its version, as it tells it.
    pub(crate) version: Option<&'static str>,
    /// Starts one with the data.
    pub(crate) start: fn() -> BoxFuture<'static, Running>,
}

/// All that take part.
pub(crate) static BACKENDS: &[Backend] = &[
    Backend { name: "mlflow", version: Some("3.17.2"), start: || Box::pin(mlflow("mlflow-3.17.2")) },
    Backend { name: "mlflow", version: Some("2.15.1"), start: || Box::pin(mlflow("mlflow-2.15.1")) },
    Backend { name: "local", version: Some("3.17.2 (schema dc11669786a5)"), start: || Box::pin(local("local-3.17.2")) },
    Backend { name: "local", version: Some("2.15.1 (schema 4465047574b1)"), start: || Box::pin(local("local-2.15.1")) },
    Backend { name: "local", version: None, start: || Box::pin(tree("tree-3.17.2")) },
    Backend { name: "clearml", version: Some("2.0.0"), start: || Box::pin(clearml("clearml-2.0.0")) },
];

async fn mlflow(fixtures: &'static str) -> Running {
    let server = Server::start(fixtures).await;
    Running::of(Asker::at(server.uri()), server, fixtures, &spelling::MLFLOW)
}

async fn local(fixtures: &'static str) -> Running {
    let store = Server::store(fixtures);
    Running::of(Asker::at_store(store.uri()), store, fixtures, &spelling::MLFLOW)
}

async fn tree(fixtures: &'static str) -> Running {
    let store = Server::tree(fixtures);
    Running::of(Asker::at_store(store.uri()), store, fixtures, &spelling::MLFLOW)
}

async fn clearml(fixtures: &'static str) -> Running {
    let server = Server::start(fixtures).await;
    Running::of(Asker::at_clearml(server.uri()), server, fixtures, &spelling::CLEARML)
}

/// A server with the data, and the tracker before it.
pub(crate) struct Running {
    /// For messages.
    pub(crate) name: &'static str,
    pub(crate) tracker: Arc<dyn Tracker>,
    /// A call that has just begun.
    pub(crate) call: Call,
    /// The same through the tools.
    pub(crate) asker: Asker,
    pub(crate) server: Server,
    /// How it calls what the data hold.
    spelling: &'static Spelling,
}

impl Running {
    fn of(asker: Asker, server: Server, name: &'static str, spelling: &'static Spelling) -> Self {
        Self { tracker: asker.tracker(), call: asker.call(), asker, server, name, spelling }
    }

    /// A run's id by its place in `ids.json`.
    fn run(&self, path: &str) -> RunId {
        RunId::new(self.server.id(path))
    }

    /// Whether a project is there because the server made it by itself.
    pub(crate) fn makes(&self, project: &str) -> bool {
        self.spelling.own_projects.contains(&project)
    }

    /// What the tools call a run, by its place in `ids.json`.
    pub(crate) fn reference(&self, path: &str) -> String {
        format!("{}:{}", self.tracker.name(), self.server.id(path))
    }

    /// A filter, an order or a key with the names of metrics and hyper-parameters as this tracker has them.
    pub(crate) fn spelt(&self, text: &str) -> String {
        self.spelling.of(text)
    }

    /// A metric as this tracker calls it.
    fn metric(&self, name: &str) -> String {
        (self.spelling.metric)(name)
    }

    /// A hyper-parameter, likewise.
    pub(crate) fn param(&self, name: &str) -> String {
        (self.spelling.param)(name)
    }

    /// The id of a version of `fraud-model`.
    fn model(&self, version: usize) -> String {
        match self.spelling.model_ids {
            Some(ids) => self.server.id(&format!("{ids}.{}", version - 1)),
            None => format!("fraud-model/{version}"),
        }
    }

    fn filter(&self, text: &str) -> Filter {
        Filter::parse(&self.spelt(text), now()).unwrap()
    }

    fn order(&self, text: &str) -> Order {
        Order::parse(&self.spelt(text)).unwrap()
    }

    /// A project's id by its name.
    async fn project(&self, name: &str) -> ProjectId {
        let page = self.tracker.projects(&self.call, &all_projects()).await.unwrap();
        page.rows.into_iter().find(|project| project.name == name).unwrap().id
    }

    /// The projects of these names.
    async fn scope(&self, names: &[&str]) -> ProjectScope {
        let mut ids = Vec::new();
        for name in names {
            ids.push(self.project(name).await);
        }
        ProjectScope::Only(ids)
    }

    async fn search(&self, query: &RunQuery) -> Page<Run> {
        self.tracker
            .search_runs(&self.call, query)
            .await
            .unwrap_or_else(|error| panic!("{}: {error}: {query:?}", self.name))
    }

    /// All rows of a query, by pages of `size`; each page is as long as it may be, and the last says that it is.
    async fn pages(&self, query: &RunQuery, size: usize) -> Vec<Run> {
        let mut query = RunQuery { limit: size, ..query.clone() };
        let mut rows = Vec::new();
        loop {
            let page = self.search(&query).await;
            assert!(page.rows.len() <= size, "{}: {} rows", self.name, page.rows.len());
            assert!(page.next.is_none() || page.rows.len() == size, "{}: a short page that is not the last", self.name);
            rows.extend(page.rows);
            query.cursor = page.next;
            if query.cursor.is_none() {
                return rows;
            }
            assert!(rows.len() < 1_000, "{}: no end", self.name);
        }
    }
}

/// All projects that are not archived.
fn all_projects() -> ProjectQuery {
    ProjectQuery { text: None, include_archived: false, limit: 100, cursor: None }
}

/// All runs in these projects with the parts that a table shows.
fn in_scope(projects: ProjectScope) -> RunQuery {
    RunQuery {
        projects,
        text: None,
        filter: None,
        order: Order::default(),
        include_archived: false,
        parts: Parts::of(&[Part::Params, Part::Metrics, Part::Tags]),
        limit: 100,
        cursor: None,
    }
}

fn now() -> jiff::Timestamp {
    NOW.parse().unwrap()
}

fn names(runs: &[Run]) -> Vec<&str> {
    runs.iter().map(|run| run.name.as_str()).collect()
}

/// The same with its words in order, for comparing sets.
fn sorted<T: Ord>(items: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut items: Vec<T> = items.into_iter().collect();
    items.sort();
    items
}
