"""Waiting for runs that are at work: progress, timeouts, cancellation, and runs that end otherwise."""

import asyncio
import json
import threading
import time
from collections.abc import Callable

from context import Context
from mlflow import MlflowClient
from wire import wire

PROJECT = "waiting"
# The run ends so long after it began; the wait may take one pause more.
ENDS_AFTER_S, PAUSE_S = 4.0, 3.5


def _client(context: Context) -> MlflowClient:
    return MlflowClient(context.uri)


def _begin(context: Context, name: str) -> str:
    client = _client(context)
    known = client.get_experiment_by_name(PROJECT)
    experiment = known.experiment_id if known else client.create_experiment(PROJECT)
    return client.create_run(experiment, run_name=name).info.run_id


def _train(context: Context, run: str, end: Callable[[MlflowClient], None]) -> threading.Thread:
    """Logs a metric that grows from 0.1 to 0.8 over the time, and ends the run."""

    def work() -> None:
        client = _client(context)
        for step in range(8):
            client.log_metric(run, "val_f1", 0.1 * (step + 1), step=step)
            time.sleep(ENDS_AFTER_S / 8)
        end(client)

    thread = threading.Thread(target=work)
    thread.start()
    return thread


async def test_a_wait_ends_with_the_run_and_tells_meanwhile_how_far_it_is(context: Context) -> None:
    for mode in ("legacy", "auto"):
        run, heard = _begin(context, f"trains {mode}"), []

        async def listen(progress: float, total: float | None, message: str | None, heard: list = heard) -> None:
            heard.append((progress, total, message))

        async with context.connect(mode=mode) as connection:
            training = _train(context, run, lambda client, run=run: client.set_terminated(run, "FINISHED"))
            began = time.monotonic()
            arguments = {"runs": [run], "timeout_s": 30}
            result = await connection.client.call_tool("wait_for_runs", arguments, progress_callback=listen)
            took = time.monotonic() - began
        training.join()
        answer = result.structured_content
        assert answer["outcome"] == "met", answer
        assert ENDS_AFTER_S - 1 < took < ENDS_AFTER_S + PAUSE_S + 2, took
        columns, rows = answer["runs"]["columns"], answer["runs"]["rows"]
        row = dict(zip(columns, rows[0], strict=True))
        assert row["run"].endswith(run) and row["status"] == "finished"
        assert (row["metrics.val_f1"], row["step"]) == (0.8, 7), row
        assert len(heard) >= 3, heard
        done = [progress for progress, _, _ in heard]
        assert done == sorted(set(done)) and all(total == 30 for _, total, _ in heard), heard
        assert any("val_f1" in message and "running" in message for _, _, message in heard), heard


async def test_a_timeout_gives_a_call_that_goes_on(context: Context) -> None:
    run = _begin(context, "goes on")
    began = time.monotonic()
    first = await context.ask("wait_for_runs", runs=[run], until="metrics.val_f1 > 0.5", timeout_s=2)
    assert 2 <= time.monotonic() - began < 6
    assert first.structured["outcome"] == "not yet", first.text
    assert "metrics.val_f1 is not there" in first.text, first.text
    tool, _, arguments = first.structured["next"].partition(" ")
    assert tool == "wait_for_runs"
    training = _train(context, run, lambda client: client.set_terminated(run, "FINISHED"))
    second = await context.ask(tool, **json.loads(arguments) | {"timeout_s": 30})
    training.join()
    assert second.structured["outcome"] == "met", second.text


async def test_a_run_that_fails_ends_a_wait_for_a_metric(context: Context) -> None:
    run = _begin(context, "fails")
    training = _train(context, run, lambda client: client.set_terminated(run, "FAILED"))
    answer = await context.ask("wait_for_runs", runs=[run], until="metrics.val_f1 > 0.95", timeout_s=30)
    training.join()
    assert answer.structured["outcome"] == "cannot be met any more", answer.text
    assert answer.structured["next"] == f'diagnose_run {{"run":"mlflow:{run}"}}', answer.text


async def test_an_unknown_run_is_refused_at_once(context: Context) -> None:
    began = time.monotonic()
    async with context.connect() as connection:
        told = await connection.refused("wait_for_runs", runs=["waitingg"], timeout_s=60)
    assert "no run 'waitingg'" in told and time.monotonic() - began < 10, told


async def test_a_cancelled_wait_stops_and_the_server_goes_on(context: Context) -> None:
    run = _begin(context, "never ends")
    with wire(context.binary, context.environment(context.uri)) as process:
        process.initialize()
        process.send("tools/call", {"name": "wait_for_runs", "arguments": {"runs": [run], "timeout_s": 600}}, 1)
        await asyncio.sleep(2)
        began = process.send("notifications/cancelled", {"requestId": 1, "reason": "enough"})
        process.send("tools/call", {"name": "wait_for_runs", "arguments": {"runs": [run], "timeout_s": 0}}, 2)
        moment, message = process.answer(2)
        assert message["result"]["structuredContent"]["outcome"] == "not yet", message
        assert moment - began < 2, moment - began
