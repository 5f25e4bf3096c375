"""A folder of runs that MLflow's file store has just made is read as MLflow's own client reads it; needs cargo."""

import os
import subprocess
import tempfile
from pathlib import Path

import make_tree
import venvs
from context import Context


async def test_a_tree_that_mlflow_makes_is_read_as_mlflow_reads_it(context: Context) -> None:
    with tempfile.TemporaryDirectory(prefix="tracker-mcp tree 100% ") as folder:
        make_tree.make(Path(folder))
        command = ["cargo", "test", "--locked", "--quiet", "-p", "tracker-backends", "--lib", "tree::tests::agreement"]
        environment = os.environ | {"TRACKER_MCP_TREE": folder}
        done = subprocess.run(command, cwd=venvs.ROOT, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0 and "6 passed" in done.stdout, done.stdout + done.stderr
