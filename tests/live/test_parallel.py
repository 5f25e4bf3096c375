"""Many calls over one connection."""

import asyncio
import statistics

from context import Context
from wire import wire

CALLS = 20
PING_WITHIN_S = 0.020


async def test_parallel_calls_are_each_answered_with_their_own_data(context: Context) -> None:
    runs = context.ids["bench"][:CALLS]
    for mode in ("legacy", "auto"):
        async with context.connect(mode=mode) as connection:
            answers = await asyncio.gather(*(connection.ask("get_runs", runs=[run]) for run in runs))
        for run, answer in zip(runs, answers, strict=True):
            fact = context.reference.run(run)
            assert answer.ids() == [run] and answer.run()["name"] == fact.name, f"{fact.name}: {answer.text}"
            assert answer.run()["params"] == fact.params
            assert fact.name in answer.text


async def test_a_ping_is_answered_at_once_while_calls_are_under_way(context: Context) -> None:
    heavy = {"projects": ["bench"], "columns": ["params.*", "metrics.*"], "limit": 40}
    with wire(context.binary, context.environment(context.uri)) as process:
        process.initialize()
        for ident in range(1, CALLS + 1):
            process.send("tools/call", {"name": "search_runs", "arguments": heavy}, ident)
        waits, answered = [], set()
        for ident in range(100, 105):
            sent = process.send("ping", ident=ident)
            while True:
                arrived, message = process.next()
                if message["id"] == ident:
                    break
                answered.add(message["id"])
            waits.append(arrived - sent)
        assert len(answered) < CALLS, "the calls had all been answered before the last ping: nothing was measured"
        while len(answered) < CALLS:
            _, message = process.next()
            assert not message["result"].get("isError"), message
            answered.add(message["id"])
    limit = PING_WITHIN_S * context.slack
    assert statistics.median(waits) < limit, f"pings took {[round(wait * 1000, 1) for wait in waits]} ms"
