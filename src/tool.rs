//! What a tool is.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use backends::{Call, Capabilities, Error};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::guide::Guide;
use crate::problem::{NextCall, Result};
use crate::render::Answer;
use crate::schema;
use crate::trackers::Trackers;

/// What a tool may do to the world.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Access {
    /// It only reads.
    #[default]
    Read,
}

impl Access {
    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
        }
    }
}

/// A tool: its name, its guide (which holds the description), what it may do, and how it answers.
pub trait Tool: 'static {
    /// `verb_noun`, at most 32 characters.
    const NAME: &'static str;
    /// `include_str!` of its guide, so that a missing one does not compile.
    const GUIDE: &'static str;
    /// What it may do. There is no default.
    const ACCESS: Access;
    /// Its arguments.
    type Input: DeserializeOwned + JsonSchema + Send;

    /// Whether it is of use with trackers that can do this.
    fn offered_by(capabilities: Capabilities) -> bool;

    /// The call that tells most of the same where no tracker has what it needs.
    fn instead() -> Option<NextCall> {
        None
    }

    /// How long a call with these arguments may wait for something to happen, beyond the time that every call has.
    fn waits(_: &Self::Input) -> Duration {
        Duration::ZERO
    }

    /// Answers one call.
    fn run(trackers: &Trackers, call: &Call, input: Self::Input) -> impl Future<Output = Result<Answer>> + Send;
}

type Answering = Pin<Box<dyn Future<Output = Result<Answer>> + Send>>;

/// A call whose arguments were read.
pub struct Asked {
    /// How long it may wait beyond the time that every call has.
    pub waits: Duration,
    answer: Box<dyn FnOnce(Arc<Trackers>, Call) -> Answering + Send>,
}

impl Asked {
    /// Answers it.
    pub fn answer(self, trackers: Arc<Trackers>, call: Call) -> Answering {
        (self.answer)(trackers, call)
    }
}

/// A tool without its type: a row of the catalogue.
pub struct Entry {
    /// Its name.
    pub name: &'static str,
    /// What it may do.
    pub access: Access,
    guide: &'static str,
    schema: fn() -> Map<String, Value>,
    offered_by: fn(Capabilities) -> bool,
    instead: fn() -> Option<NextCall>,
    read: fn(Map<String, Value>) -> Result<Asked>,
}

impl Entry {
    /// The row of a tool.
    pub const fn of<T: Tool>() -> Self {
        Self {
            name: T::NAME,
            access: T::ACCESS,
            guide: T::GUIDE,
            schema: schema::flat::<T::Input>,
            offered_by: T::offered_by,
            instead: T::instead,
            read: read::<T>,
        }
    }

    /// Its guide.
    pub fn guide(&self) -> backends::Result<Guide> {
        Guide::parse(self.name, self.guide)
    }

    /// The schema of its arguments, flat and portable.
    pub fn schema(&self) -> Map<String, Value> {
        (self.schema)()
    }

    /// Whether it is of use with trackers that can do this.
    pub fn offered_by(&self, capabilities: Capabilities) -> bool {
        (self.offered_by)(capabilities)
    }

    /// The call that tells most of the same where no tracker has what it needs.
    pub fn instead(&self) -> Option<NextCall> {
        (self.instead)()
    }

    /// Reads the arguments of a call, which fit the schema.
    pub fn read(&self, arguments: Map<String, Value>) -> Result<Asked> {
        (self.read)(arguments)
    }
}

fn read<T: Tool>(arguments: Map<String, Value>) -> Result<Asked> {
    let input: T::Input = serde_json::from_value(Value::Object(arguments))
        .map_err(|error| Error::bad_input(format!("the arguments of {} do not fit: {error}", T::NAME)))?;
    Ok(Asked {
        waits: T::waits(&input),
        answer: Box::new(|trackers, call| Box::pin(async move { T::run(&trackers, &call, input).await })),
    })
}
