//! Artifacts of runs.

use crate::model::{Artifact, ArtifactPart, ByteRange, Page, RunId};
use crate::{Call, Error, Result};

use super::api::Api;

pub(super) async fn list(_: &Api, _: &Call, _: &RunId, _: &str, _: Option<&str>) -> Result<Page<Artifact>> {
    Err(Error::unsupported("artifacts are not listed yet"))
}

pub(super) async fn read(_: &Api, _: &Call, _: &RunId, _: &str, _: ByteRange) -> Result<ArtifactPart> {
    Err(Error::unsupported("artifacts are not read yet"))
}
