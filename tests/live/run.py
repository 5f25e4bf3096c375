#!/usr/bin/env python3
"""Tests the tracker-mcp binary against real MLflow servers, through the official MCP client.

Needs only Python 3.11 or 3.12 with venv; makes its environments on first use. The last line is `N passed, N failed`.
"""

import argparse
import json
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import venvs

HERE = Path(__file__).resolve().parent


def main() -> int:
    arguments = _arguments()
    binary = arguments.binary.resolve()
    if not binary.is_file():
        sys.exit(f"{binary} is not there: build it with `cargo build --release`, or name another with --binary")
    # A terminated test run still leaves through its `finally`s, which stop the servers.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    versions = list(venvs.VERSIONS) if arguments.version == "all" else [arguments.version]
    passed = failed = 0
    for position, version in enumerate(versions):
        session = _session(binary, version, first=position == 0, arguments=arguments)
        passed += session["passed"]
        failed += session["failed"]
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


def _session(binary: Path, version: str, first: bool, arguments: argparse.Namespace) -> dict:
    """Runs all tests against one version, in that version's environment."""
    with tempfile.TemporaryDirectory(prefix="tracker-mcp-live-") as folder:
        result = Path(folder) / "result.json"
        command = [str(venvs.python(version)), str(HERE / "session.py"), str(binary), version, str(result)]
        command += ["--keep"] if arguments.keep else []
        # What needs no server would be the same again with the second version.
        command += ["--without-server"] if first else []
        command += ["--only", arguments.only] if arguments.only else []
        process = subprocess.Popen(command)
        try:
            process.wait()
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait()
        if not result.exists():
            print(f"the session with MLflow {venvs.VERSIONS[version]} broke off with code {process.returncode}")
            return {"passed": 0, "failed": 1}
        return json.loads(result.read_text())


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = venvs.ROOT / "target" / "release" / "tracker-mcp"
    parser.add_argument("--binary", type=Path, default=default, help="the binary to test (default: %(default)s)")
    parser.add_argument("--version", choices=[*venvs.VERSIONS, "all"], default="all", help="of MLflow: 3, 2 or all")
    parser.add_argument("--only", metavar="TEXT", help="only tests whose name contains this")
    parser.add_argument("--keep", action="store_true", help="keep the server's folder and the binary's log")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
