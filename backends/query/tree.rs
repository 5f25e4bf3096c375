//! A filter as a tree, and the order of an answer.

use jiff::{SignedDuration, Timestamp};

/// What a filter can test, and an order can sort by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// Id of the run.
    Id,
    /// Its name.
    Name,
    /// Its status, in our words.
    Status,
    /// Who started it.
    User,
    /// Its type, where the tracker has types.
    Type,
    /// Its project: name or id.
    Project,
    /// Id of the run above it.
    Parent,
    /// When it was started.
    Started,
    /// When it ended.
    Ended,
    /// How long it ran, in seconds.
    Duration,
    /// Archived or deleted.
    Archived,
    /// Git commit.
    Commit,
    /// Name of a dataset that it used: true if it holds for any of them.
    Dataset,
    /// Name of a model that it used or made: true if it holds for any of them.
    Model,
    /// Last value of a metric.
    Metric(String),
    /// Lowest value of a metric.
    Min(String),
    /// Highest value of a metric.
    Max(String),
    /// A hyper-parameter.
    Param(String),
    /// A tag.
    Tag(String),
    /// Of registered models: an alias.
    Alias,
    /// Of registered models: the stage.
    Stage,
    /// Of models: the framework.
    Framework,
    /// Of traces only.
    OfTrace(TraceKey),
}

/// What only traces have.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum TraceKey {
    /// The conversation that it belongs to.
    Session,
    /// How long it took, in milliseconds: MLflow's `execution_time_ms`.
    Milliseconds,
    /// All its tokens.
    Tokens,
    /// What it cost, in US dollars.
    Cost,
    /// Anything that its spans hold, as text.
    Text,
    /// Something recorded when it was made.
    Metadata(String),
    /// `name`, `type`, `status` or `attributes.k` of its spans: true if one and the same span has all that is joined by
    /// `and`.
    Span(String),
    /// A feedback: true if it holds for any of this name.
    Feedback(String),
    /// An expectation.
    Expectation(String),
}

impl TraceKey {
    /// Whether a trace without its spans does not tell.
    pub fn is_within_spans(&self) -> bool {
        matches!(self, Self::Text | Self::Span(_))
    }
}

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// A value written in a filter.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// Quoted text.
    Text(String),
    /// A number; never NaN. ±∞ is written `inf`, `-inf`.
    Number(f64),
    /// A moment: RFC 3339, a date, or `7d` ago (resolved when the filter was read).
    Time(Timestamp),
    /// A length of time, for `duration`.
    Duration(SignedDuration),
    /// `true` or `false`.
    Bool(bool),
    /// `me`: the user who is signed in; the tracker knows who that is.
    Me,
}

/// What is asked of a key.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// `key < value`
    Compare(Comparison, Literal),
    /// `key in (…)`, `key not in (…)`
    In {
        /// The values.
        values: Vec<Literal>,
        /// `not in`
        negated: bool,
    },
    /// `key like '%a_'`, `ilike`, `not like`, `not ilike`; `%` is any text, `_` any one character.
    Like {
        /// The pattern.
        pattern: String,
        /// `ilike`
        ignore_case: bool,
        /// `not like`
        negated: bool,
    },
    /// `key is null`, `key is not null`
    Null {
        /// `is not null`
        negated: bool,
    },
}

/// One test of one key.
#[derive(Clone, Debug, PartialEq)]
pub struct Predicate {
    /// What is tested.
    pub key: Key,
    /// How.
    pub test: Test,
}

/// A filter: predicates joined by `and`, `or`, `not`.
#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    /// All hold.
    And(Vec<Filter>),
    /// At least one holds.
    Or(Vec<Filter>),
    /// It does not hold (and that is known).
    Not(Box<Filter>),
    /// One predicate.
    Is(Predicate),
}

/// Upwards or downwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Smallest, earliest, `a` first.
    Ascending,
    /// Largest, latest, `z` first.
    Descending,
}

/// The order of an answer: by these keys, the first most significant. Missing and non-finite values come last in
/// both directions, and what is equal comes by id.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Order(pub Vec<(Key, Direction)>);

impl Default for Order {
    /// The most recently started first.
    fn default() -> Self {
        Self(vec![(Key::Started, Direction::Descending)])
    }
}
