#!/usr/bin/env python3
"""Records the servers of both kinds in one run of the tests, as tests that ask several trackers at once need it.

    record_all.py http://127.0.0.1:8008 --files http://127.0.0.1:8081 --access-key … --secret-key … --ids ids.json

Starts the MLflow servers as record.py does, and takes the ClearML server that record_clearml.py takes. What these record
alone is the same, but a test in tests/it/several.rs asks the next page of one kind by what the other answered.
"""

import contextlib
import shutil
import sys

import fixtures
import venvs
from proxy import proxy
from record import server as mlflow
from record_clearml import ClearmlPassage, clearml_server, keep_ids, read_arguments


def main() -> None:
    arguments = read_arguments(__doc__)
    with contextlib.ExitStack() as stack:
        clearml = clearml_server(arguments)
        folder = arguments.out / f"clearml-{clearml.call('server.info')['version']}"
        keep_ids(arguments, folder)
        proxies = {folder: stack.enter_context(proxy(ClearmlPassage(clearml)))}
        for short, version in venvs.VERSIONS.items():
            folder = arguments.out / f"mlflow-{version}"
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            proxies[folder] = mlflow(stack, venvs.python(short), version, folder)
        if not fixtures.run_tests(proxies, arguments.tests) and not arguments.keep_going:
            sys.exit("the tests failed against the real servers; nothing was recorded (`git restore tests/it/fixtures`)")
        for folder, through in proxies.items():
            print(fixtures.write(through, folder))


if __name__ == "__main__":
    main()
