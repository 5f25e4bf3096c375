//! The MCP side of tracker-mcp: protocol, catalogue and tools over the trackers of `backends`.

pub mod guide;
