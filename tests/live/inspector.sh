#!/usr/bin/env bash
# Asks the MCP Inspector whether clients of all makes can read our tools: `tools/list --strict` in both eras. A warning
# fails too. Needs npm; installs the Inspector and the Node that it wants (22) below target/live, some 300 MB.
# Not part of .ci/run: it downloads from npm.
set -euo pipefail
cd "$(dirname "$0")/../.."

binary=${1:-target/release/tracker-mcp}
folder=target/live/inspector
[ -x "$binary" ] || { echo "$binary is not there: cargo build --release, or name another"; exit 1; }

mkdir -p "$folder"
if [ ! -x "$folder/node_modules/node/bin/node" ]; then
  npm install --prefix "$folder" --no-audit --no-fund --silent node@22 @modelcontextprotocol/inspector@2.12.0
fi

for era in modern legacy; do
  log=$folder/$era.log
  tools=$("$folder/node_modules/node/bin/node" \
    "$folder/node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js" \
    --cli --strict --protocol-era "$era" -e TRACKER_MCP_LOG=error "$binary" --method tools/list 2>"$log") || echo "it ended with $?" >>"$log"
  listed=$(grep -c '"inputSchema"' <<<"$tools" || true)
  # A report is written only where there is something to report.
  if [ "$listed" -eq 0 ] || [ -s "$log" ]; then
    cat "$log"
    echo "$era: $listed tools, not clean"
    exit 1
  fi
  echo "$era: $listed tools, no error, no warning"
done
