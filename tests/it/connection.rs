//! A client connected to the server in memory, in either era of the protocol.

use std::sync::Arc;

use backends::call::SystemClock;
use backends::settings::Environment;
use rmcp::model::{CallToolRequestParams, CallToolResult, ProtocolVersion};
use rmcp::service::{RoleClient, RunningService, Service};
use rmcp::{ClientLifecycleMode, ClientServiceExt, ServiceError, ServiceExt};
use serde_json::Value;
use tracker_mcp::config::Config;
use tracker_mcp::guide::CATEGORIES;
use tracker_mcp::policy::Policy;
use tracker_mcp::server::Server;
use tracker_mcp::tool::Access;

/// A client that is connected.
pub(crate) type Client<S = ()> = RunningService<RoleClient, S>;

/// A way to begin a conversation, and the version that both sides then speak.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Era {
    /// `initialize`: 2025-11-25.
    Legacy,
    /// `server/discover`: 2026-07-28.
    Modern,
}

/// Both.
pub(crate) const ERAS: [Era; 2] = [Era::Legacy, Era::Modern];

impl Era {
    pub(crate) fn version(self) -> &'static str {
        match self {
            Self::Legacy => "2025-11-25",
            Self::Modern => "2026-07-28",
        }
    }

    pub(crate) fn lifecycle(self) -> ClientLifecycleMode {
        match self {
            Self::Legacy => ClientLifecycleMode::Initialize,
            Self::Modern => ClientLifecycleMode::Discover { preferred_versions: vec![ProtocolVersion::V_2026_07_28] },
        }
    }
}

/// What the operator set: every toolset, and where MLflow is, if anywhere.
pub(crate) fn config(uri: Option<&str>) -> Config {
    let variables: Vec<(&str, &str)> = uri.map(|uri| ("MLFLOW_TRACKING_URI", uri)).into_iter().collect();
    let config = Config::discover(&Environment::of(&variables, None));
    let every: Vec<&'static str> = CATEGORIES.iter().map(|(name, _)| *name).collect();
    Config { policy: Policy::new(Access::Read, &every), ..config }
}

/// A plain client of a server with this configuration.
pub(crate) async fn connect(era: Era, config: Config) -> Client {
    connect_as((), era, config).await
}

/// The same for a client that listens to notifications.
pub(crate) async fn connect_as<S: Service<RoleClient>>(client: S, era: Era, config: Config) -> Client<S> {
    let (ours, theirs) = tokio::io::duplex(64 * 1024);
    let server = Server::new(config, Arc::new(SystemClock));
    tokio::spawn(async move {
        if let Ok(running) = server.serve(theirs).await {
            let _ = running.waiting().await;
        }
    });
    client.serve_with_lifecycle(ours, era.lifecycle()).await.expect("the server answers the handshake")
}

/// A call of a tool.
pub(crate) fn request(tool: &str, arguments: Value) -> CallToolRequestParams {
    let Value::Object(arguments) = arguments else { panic!("{arguments} is no object") };
    CallToolRequestParams::new(tool.to_owned()).with_arguments(arguments)
}

/// Calls a tool; what the protocol says if it is no tool's answer.
pub(crate) async fn call<S>(client: &Client<S>, tool: &str, arguments: Value) -> Result<CallToolResult, ServiceError>
where
    S: Service<RoleClient>,
{
    client.call_tool(request(tool, arguments)).await
}

/// All text of an answer.
pub(crate) fn text(result: &CallToolResult) -> String {
    result.content.iter().filter_map(|block| block.as_text()).map(|text| text.text.as_str()).collect()
}
