//! The normalised model: what every tracker's projects and runs look like to us.

mod artifact;
mod artifact_path;
mod console;
mod curve;
mod ids;
mod page;
mod part;
mod points;
mod project;
mod reduction;
mod run;
mod status;
mod steps;
mod tallies;

pub use artifact::{Artifact, ArtifactPart, ByteRange};
pub use artifact_path::check_artifact_path;
pub use console::{Console, ConsoleRange, Message};
pub use curve::{Axis, Curve, CurveSource, CurveStatistics, CurveWant, Curves, Point, Series};
pub use ids::{ProjectId, RunId};
pub use page::{Page, TotalCount};
pub use part::{Part, Parts};
pub use points::Points;
pub use project::{Count, Project, ProjectOverview, SubProject};
pub use reduction::Reduction;
pub use run::{Code, DatasetInput, Metric, ModelReference, ProjectRef, Run, RunDetails};
pub use status::Status;
pub(crate) use tallies::Tallies;
