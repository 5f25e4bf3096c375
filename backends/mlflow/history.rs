//! Histories of metrics (`metrics/get-history`).

use crate::model::{CurveWant, Curves, Series};
use crate::{Call, Error, Result};

use super::api::Api;

pub(super) async fn curves(_: &Api, _: &Call, _: &[Series], _: &CurveWant) -> Result<Curves> {
    Err(Error::unsupported("histories are not read yet"))
}
