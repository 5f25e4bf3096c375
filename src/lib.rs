//! The MCP side of tracker-mcp.

pub mod arguments;
pub mod cursor;
pub mod render;
pub mod schema;
