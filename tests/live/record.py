#!/usr/bin/env python3
"""Records what the Rust tests ask real MLflow servers and what those answer: `tests/it/fixtures/mlflow-<version>/`.

A server of each version is started and filled with the small data of sample.py; then `cargo test --test it` runs with
a recording proxy in the place of each replay (tests/it/replay.rs). So the fixtures are what the tests ask, no more and
no less, and every recording is a run of the tests against real servers. Nothing is written unless all tests pass.
"""

import argparse
import contextlib
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import fixtures
import venvs
from proxy import Proxy, proxy
from servers import mlflow_server

HERE = Path(__file__).resolve().parent


def main() -> None:
    arguments = _arguments()
    with contextlib.ExitStack() as stack:
        proxies = {}
        for short, version in venvs.VERSIONS.items():
            folder = arguments.out / f"mlflow-{version}"
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            proxies[folder] = server(stack, venvs.python(short), version, folder)
        if not fixtures.run_tests(proxies, arguments.tests) and not arguments.keep_going:
            sys.exit("the tests failed against the real servers; nothing was recorded (`git restore tests/it/fixtures`)")
        for folder, through in proxies.items():
            print(fixtures.write(through, folder))


def server(stack: contextlib.ExitStack, python: Path, version: str, folder: Path) -> Proxy:
    """A filled server behind a proxy; the ids that it gave are in the folder before any test asks for them."""
    server = stack.enter_context(mlflow_server(python, version))
    with tempfile.TemporaryDirectory() as home:
        ids = Path(home) / "ids.json"
        populate = [str(python), str(HERE / "populate.py"), server.uri, "--small", "--json", str(ids)]
        subprocess.run(populate, check=True, stdout=subprocess.DEVNULL)
        content = json.dumps(json.loads(ids.read_text()), ensure_ascii=False, indent=1)
    (folder / "ids.json").write_text(content + "\n")
    return stack.enter_context(proxy(server.uri))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=fixtures.FOLDER, help="default: %(default)s")
    parser.add_argument("--keep-going", action="store_true", help="write what was asked although tests failed")
    parser.add_argument("tests", nargs="*", help="only tests with this in their names: then the fixtures are not complete")
    return parser.parse_args()


if __name__ == "__main__":
    main()
