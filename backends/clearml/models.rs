//! ClearML's models. Each is an entry of the registry by itself; those of one name are told as its versions, in the order
//! in which they were made. Tags stand for aliases, which ClearML does not know.

mod get;
mod page;
mod reference;

use async_trait::async_trait;

use crate::model::{Model, ModelKind, Page, RunId};
use crate::query::Key;
use crate::tracker::{FoundModel, ModelQuery};
use crate::{Call, Error, Result, TrackerModels};

use super::ClearMl;
use super::api::Api;

#[async_trait]
impl TrackerModels for ClearMl {
    async fn search_models(&self, call: &Call, query: &ModelQuery) -> Result<Page<Model>> {
        refuse(query)?;
        page::of(&self.api, call, query).await
    }

    async fn models(&self, call: &Call, references: &[String], versions: usize) -> Result<Vec<FoundModel>> {
        get::Lookup { api: &self.api, call, versions }.all(references).await
    }
}

/// The run that made what a name with a number or a tag (`fraud/3`, `fraud@champion`) stands for.
pub(super) async fn maker(api: &Api, call: &Call, text: &str) -> Result<Option<RunId>> {
    get::Lookup { api, call, versions: 1 }.maker(text).await
}

/// An error if the question needs what ClearML does not keep of models.
fn refuse(query: &ModelQuery) -> Result<()> {
    if query.kind == ModelKind::Prompt {
        return Err(Error::unsupported("ClearML keeps no prompts: kind is registered or logged there"));
    }
    let lack = |key: &Key| match key {
        Key::Stage => {
            Some("ClearML's models have no stage: what is published says status in search_models; people use tags")
        }
        Key::Param(_) => {
            Some("ClearML's models have no params of their own: ask search_runs for the tasks that made them")
        }
        _ => None,
    };
    let lacking = query.filter.iter().flat_map(|filter| filter.keys()).find_map(lack);
    lacking.map_or(Ok(()), |lack| Err(Error::unsupported(lack)))
}
