//! The normalised model: what every tracker's projects and runs look like to us.

mod artifact;
mod artifact_path;
mod console;
mod curve;
mod dataset;
mod ids;
mod job;
mod page;
mod part;
mod pipeline;
mod points;
mod project;
mod queue;
mod reduction;
mod registered_model;
mod run;
mod status;
mod steps;
mod tallies;
mod trace;

pub use artifact::{Artifact, ArtifactPart, ByteRange};
pub use artifact_path::check_artifact_path;
pub use console::{Console, ConsoleRange, Message};
pub use curve::{Axis, Curve, CurveSource, CurveStatistics, CurveWant, Curves, Point, Series};
pub use dataset::{
    Dataset, DatasetChanges, DatasetDetails, DatasetFile, DatasetKind, DatasetLink, DatasetListing, DatasetMetadata,
    DatasetSource, DatasetState, DatasetUse, USES, VERSIONS,
};
pub use ids::{ProjectId, RunId};
pub use job::Job;
pub use page::{Page, TotalCount};
pub use part::{Part, Parts};
pub use pipeline::{Embedded, Outline, Pipeline, PipelineStep, Report, StepState};
pub use points::Points;
pub use project::{Count, Project, ProjectOverview, SubProject};
pub use queue::{Load, PlaceInQueue, Queue, Queues, RunningJob, WaitingJob, Worker};
pub use reduction::Reduction;
pub use registered_model::{Model, ModelDetails, ModelFacts, ModelKind, ModelVersion, Prompt};
pub use run::{Code, DatasetInput, Metric, ModelReference, ProjectRef, Run, RunDetails};
pub use status::Status;
pub(crate) use tallies::Tallies;
pub use trace::{Assessment, AssessmentKind, Span, SpanEvent, Tokens, Trace, TraceInfo};
