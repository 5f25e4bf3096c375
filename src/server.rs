//! The MCP server: translates between rmcp and [`dispatch`], in both eras of the protocol, and does nothing else.

use std::sync::Arc;

use backends::Call;
use backends::allowance::Allowance;
use backends::call::{Clock, Progress};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rmcp::ErrorData;
use rmcp::handler::server::ServerHandler;
use rmcp::model::{
    CacheScope, CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, GetPromptRequestParams,
    GetPromptResponse, GetPromptResult, Implementation, ListPromptsResult, ListResourceTemplatesResult,
    ListResourcesResult, ListToolsResult, PaginatedRequestParams, ProgressNotificationParam, ProgressToken,
    PromptArgument, PromptMessage, ReadResourceRequestParams, ReadResourceResponse, ReadResourceResult, Resource,
    ResourceContents, ResourceTemplate, Role, ServerCapabilities, ServerConfig, Tool, ToolAnnotations,
};
use rmcp::service::{Peer, RequestContext, RoleServer, ServiceExt};
use serde_json::Value;
use tokio::io::DuplexStream;

use crate::config::Config;
use crate::dispatch::{self, Reply};
use crate::guide::{self, Guide};
use crate::instructions::instructions;
use crate::live::{self, Change, Live};
use crate::prompt::{self, Prompt};
use crate::tool::{Access, Entry};
use crate::{catalogue, render};

/// Who we are.
pub const NAME: &str = "tracker-mcp";
/// Our version.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// How long clients may keep a list, in milliseconds.
const LIST_LIFETIME: u64 = 300_000;
/// The address of a guide.
const GUIDE_SCHEME: &str = "guide://";

/// The server behind one connection.
#[derive(Clone)]
pub struct Server {
    live: Arc<Live>,
    clock: Arc<dyn Clock>,
}

impl Server {
    /// A server of this configuration and clock.
    pub fn new(config: Config, clock: Arc<dyn Clock>) -> Self {
        Self::of(Arc::new(Live::new(config)), clock)
    }

    fn of(live: Arc<Live>, clock: Arc<dyn Clock>) -> Self {
        Self { live, clock }
    }

    /// The tools that exist for this caller, as clients see them.
    pub fn tools(&self) -> backends::Result<Vec<Tool>> {
        let config = self.live.now();
        config.policy.offered(config.trackers.capabilities()).map(described).collect()
    }

    /// What this caller is told of the server.
    fn instructions(&self) -> String {
        let Config { policy, trackers, .. } = self.live.now();
        let offered: Vec<&str> = policy.offered(trackers.capabilities()).map(|entry| entry.name).collect();
        instructions(&offered, &trackers.names())
    }

    fn call(&self, context: &RequestContext<RoleServer>, allowance: Allowance) -> Call {
        let call = Call::new("stdio", Arc::clone(&self.clock)).with_allowance(allowance);
        let call = call.with_cancellation(context.ct.clone());
        match context.meta.get_progress_token() {
            Some(token) => call.with_progress(Arc::new(Listener { peer: context.peer.clone(), token })),
            None => call,
        }
    }
}

/// Serves one client over stdin and stdout until it closes them. What changes in the configuration meanwhile is taken up.
pub async fn serve(live: Arc<Live>, clock: Arc<dyn Clock>) -> Result<(), String> {
    let running = match Server::of(Arc::clone(&live), clock).serve(rmcp::transport::stdio()).await {
        Ok(running) => running,
        // A client that closes before it says who it is has changed its mind.
        Err(rmcp::service::ServerInitializeError::ConnectionClosed(_)) => return Ok(()),
        Err(error) => return Err(format!("the connection could not be set up: {error}")),
    };
    let watching = tokio::spawn(watch(live, running.peer().clone()));
    let ended = running.waiting().await;
    watching.abort();
    ended.map(|_| ()).map_err(|error| format!("the connection broke: {error}"))
}

/// Serves one client over a stream within this process until it closes it.
pub(crate) async fn serve_stream(config: Config, clock: Arc<dyn Clock>, stream: DuplexStream) -> Result<(), String> {
    let running = Server::new(config, clock).serve(stream).await;
    let running = running.map_err(|error| format!("the connection could not be set up: {error}"))?;
    running.waiting().await.map(|_| ()).map_err(|error| format!("the connection broke: {error}"))
}

/// Takes up changes of the configuration, and tells the client when the tools are others.
async fn watch(live: Arc<Live>, peer: Peer<RoleServer>) {
    loop {
        tokio::time::sleep(live::PAUSE).await;
        if live.refresh() == Change::Tools {
            // A client that no longer listens misses nothing.
            let _ = peer.notify_tool_list_changed().await;
        }
    }
}

/// A tool as clients see it: everything is derived from its guide and its arguments.
fn described(entry: &Entry) -> backends::Result<Tool> {
    let guide = entry.guide()?;
    let read_only = entry.access == Access::Read;
    let annotations = ToolAnnotations::with_title(guide.title)
        .read_only(read_only)
        .destructive(false)
        .idempotent(true)
        .open_world(true);
    let tool = Tool::new(entry.name, guide.summary, Arc::new(entry.schema()));
    Ok(tool.with_title(guide.title).with_annotations(annotations))
}

fn result(reply: Reply) -> CallToolResult {
    let mut content = vec![ContentBlock::text(reply.text)];
    if reply.is_error {
        return CallToolResult::error(content);
    }
    let images = reply.images.iter();
    content.extend(images.map(|image| ContentBlock::image(STANDARD.encode(&image.bytes), image.mime)));
    let mut result = CallToolResult::success(content);
    result.structured_content = reply.structured;
    result
}

/// Passes progress on to the client that asked for it.
struct Listener {
    peer: Peer<RoleServer>,
    token: ProgressToken,
}

impl Progress for Listener {
    #[allow(clippy::cast_precision_loss)] // Counts of rows are far below 2^53.
    fn report(&self, done: u64, total: Option<u64>, message: &str) {
        let mut progress = ProgressNotificationParam::new(self.token.clone(), done as f64).with_message(message);
        if let Some(total) = total {
            progress = progress.with_total(total as f64);
        }
        let peer = self.peer.clone();
        // A client that no longer listens misses nothing.
        tokio::spawn(async move {
            let _ = peer.notify_progress(progress).await;
        });
    }
}

fn inner(error: backends::Error) -> ErrorData {
    ErrorData::internal_error(error.message, None)
}

impl ServerHandler for Server {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder()
            .enable_tools()
            .enable_tool_list_changed()
            .enable_resources()
            .enable_prompts()
            .build();
        ServerConfig::new(capabilities)
            .with_server_info(Implementation::new(NAME, VERSION).with_title("Experiment trackers"))
            .with_instructions(self.instructions())
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let tools = self.tools().map_err(inner)?;
        Ok(ListToolsResult::with_all_items(tools).with_ttl_ms(LIST_LIFETIME).with_cache_scope(CacheScope::Private))
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        self.tools().ok()?.into_iter().find(|tool| tool.name == name)
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let Config { trackers, policy, allowance, .. } = self.live.now();
        let call = self.call(&context, allowance);
        let arguments = request.arguments.unwrap_or_default();
        match dispatch::call(policy, Arc::clone(&trackers), call, &request.name, arguments).await {
            Some(reply) => Ok(result(reply).into()),
            None => Err(ErrorData::invalid_params(dispatch::unknown_tool(policy, &trackers, &request.name), None)),
        }
    }

    async fn list_prompts(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListPromptsResult, ErrorData> {
        let prompts = prompt::all().map_err(inner)?.iter().map(offered).collect();
        Ok(ListPromptsResult::with_all_items(prompts).with_ttl_ms(LIST_LIFETIME).with_cache_scope(CacheScope::Private))
    }

    async fn get_prompt(
        &self,
        request: GetPromptRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        let wrong = |error: backends::Error| ErrorData::invalid_params(error.message, None);
        let prompt = prompt::find(&request.name).map_err(wrong)?;
        let text = prompt.fill(&request.arguments.unwrap_or_default()).map_err(wrong)?;
        let message = PromptMessage::new_text(Role::User, text);
        Ok(GetPromptResult::new(vec![message]).with_description(prompt.summary).into())
    }

    async fn list_resources(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        let guides = guide::all(&catalogue::guides().map_err(inner)?).map_err(inner)?;
        let resources = guides.iter().map(|guide| {
            Resource::new(address(guide), guide.name)
                .with_title(guide.title)
                .with_description(guide.summary)
                .with_mime_type("text/markdown")
        });
        let list = ListResourcesResult::with_all_items(resources.collect());
        Ok(list.with_ttl_ms(LIST_LIFETIME).with_cache_scope(CacheScope::Private))
    }

    async fn list_resource_templates(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        let template = ResourceTemplate::new(format!("{GUIDE_SCHEME}{{topic}}"), "guide")
            .with_title("Guide")
            .with_description("How the tools are used: a tool, a category or a topic")
            .with_mime_type("text/markdown");
        let list = ListResourceTemplatesResult::with_all_items(vec![template]);
        Ok(list.with_ttl_ms(LIST_LIFETIME).with_cache_scope(CacheScope::Private))
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let tools = catalogue::guides().map_err(inner)?;
        let unknown = |message: String| ErrorData::resource_not_found(message, Some(Value::from(request.uri.clone())));
        let topic = request.uri.strip_prefix(GUIDE_SCHEME).ok_or_else(|| {
            unknown(format!(
                "no resource '{}'; resources are guides, such as guide://filters",
                render::one_line(&request.uri, 80)
            ))
        })?;
        let guide = guide::find(topic, &tools).map_err(|error| unknown(error.message))?;
        let contents = ResourceContents::text(guide.markdown(), request.uri.clone()).with_mime_type("text/markdown");
        Ok(ReadResourceResult::new(vec![contents])
            .with_ttl_ms(LIST_LIFETIME)
            .with_cache_scope(CacheScope::Private)
            .into())
    }
}

/// A prompt as clients see it.
fn offered(prompt: &Prompt) -> rmcp::model::Prompt {
    let arguments = prompt.arguments.iter().map(|argument| {
        PromptArgument::new(argument.name).with_description(argument.summary).with_required(argument.required)
    });
    rmcp::model::Prompt::new(prompt.name, Some(prompt.summary), Some(arguments.collect())).with_title(prompt.title)
}

fn address(guide: &Guide) -> String {
    format!("{GUIDE_SCHEME}{}", guide.name)
}

#[cfg(test)]
mod tests {
    use backends::call::SystemClock;
    use rmcp::model::{GetPromptRequestParams, PromptMessage};
    use rmcp::service::{RoleClient, RunningService};
    use serde_json::json;

    use super::*;

    /// A client that is connected to a server without trackers.
    async fn client() -> RunningService<RoleClient, ()> {
        let config = Config::discover(&backends::settings::Environment::default());
        let (ours, theirs) = tokio::io::duplex(65_536);
        tokio::spawn(async move {
            let server = Server::new(config, Arc::new(SystemClock)).serve(theirs).await.unwrap();
            server.waiting().await.unwrap();
        });
        ().serve(ours).await.unwrap()
    }

    fn text(message: &PromptMessage) -> String {
        serde_json::to_value(message).unwrap()["content"]["text"].as_str().unwrap().to_owned()
    }

    #[tokio::test]
    async fn prompts_are_listed_with_their_arguments() {
        let client = client().await;

        let prompts = client.list_all_prompts().await.unwrap();

        assert!(client.peer_info().unwrap().capabilities.prompts.is_some());
        let names: Vec<&str> = prompts.iter().map(|prompt| prompt.name.as_str()).collect();
        let all = [
            "find_best_run",
            "compare_runs",
            "which_knobs_matter",
            "write_ablation_report",
            "did_it_converge",
            "audit_project",
            "why_did_it_fail",
        ];
        assert_eq!(names, all);
        let arguments = prompts[0].arguments.as_ref().unwrap();
        assert_eq!((arguments[0].name.as_str(), arguments[0].required), ("metric", Some(true)));
        assert!(prompts.iter().all(|prompt| prompt.title.is_some() && prompt.description.is_some()));
    }

    #[tokio::test]
    async fn a_prompt_comes_with_its_arguments_filled_in() {
        let client = client().await;
        let arguments = json!({"metric": "val_f1", "project": "bench"}).as_object().cloned().unwrap();

        let request = GetPromptRequestParams::new("find_best_run").with_arguments(arguments);
        let prompt = client.get_prompt(request).await.unwrap();

        let text = text(&prompt.messages[0]);
        assert!(
            text.starts_with("Which run is best by the metric \"val_f1\"? Look in the project \"bench\""),
            "{text}"
        );
    }

    #[tokio::test]
    async fn a_prompt_that_is_not_there_or_lacks_an_argument_is_refused() {
        let client = client().await;
        for (name, told) in [("find_best", "nearest: find_best_run"), ("audit_project", "needs project")] {
            let error = client.get_prompt(GetPromptRequestParams::new(name)).await.unwrap_err().to_string();
            assert!(error.contains(told), "{error}");
        }
    }
}
