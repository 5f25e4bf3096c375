//! `get_guide`

use backends::{Call, Capabilities};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::catalogue;
use crate::guide;
use crate::problem::Result;
use crate::render::Answer;
use crate::tool::{Access, Tool};
use crate::trackers::Trackers;

/// `get_guide`
pub struct GetGuide;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// tool or topic, e.g. filters; default the index
    topic: Option<String>,
}

impl Tool for GetGuide {
    const NAME: &'static str = "get_guide";
    const GUIDE: &'static str = include_str!("../../guides/tools/get_guide.md");
    const ACCESS: Access = Access::Read;
    type Input = Input;

    fn offered_by(_: Capabilities) -> bool {
        true
    }

    async fn run(_: &Trackers, _: &Call, input: Input) -> Result<Answer> {
        let tools = catalogue::guides()?;
        let text = match input.topic.as_deref().map(str::trim) {
            None | Some("" | "index") => guide::index(&tools)?,
            Some(topic) => guide::find(topic, &tools)?.markdown(),
        };
        Ok(Answer::new().guide(text))
    }
}
