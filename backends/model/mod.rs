//! The normalised model: what every tracker's projects and runs look like to us.

mod ids;
mod page;
mod part;
mod project;
mod run;
mod status;

pub use ids::{ProjectId, RunId};
pub use page::{Page, TotalCount};
pub use part::{Part, Parts};
pub use project::{Count, Project, ProjectOverview, SubProject};
pub use run::{Artifact, Code, DatasetInput, Metric, ModelReference, ProjectRef, Run, RunDetails};
pub use status::Status;
