"""The same questions on traces to a server and to the store that it keeps them in: what both must answer alike."""

import difflib

from answers import Answer
from context import Connection
from sample_traces import ODD

COMPARED = "traces to compare"

FILTERS = [
    "status = 'failed'",
    "status in ('finished', 'running')",
    "not status = 'failed'",
    "trace.status = 'IN_PROGRESS'",
    "name = 'row 3'",
    "name like 'row%' and name != 'row 3'",
    "name ilike 'RAG%' or status = 'failed'",
    "tags.env = 'ci'",
    "tags.env is null",
    "tags.`a b` = 1",
    "tags.shard >= 50",
    "metadata.release = 'v 1'",
    "metadata.mlflow.trace.session = 's-1'",
    "session like 's %'",
    "user = 'ben' or user = 'odd'",
    "user is null",
    "tokens > 20",
    "tokens is not null and tokens < 151",
    "cost > 0",
    "duration > 0.3",
    "duration <= '0.4s' and duration >= 0.1",
    "execution_time_ms = 300",
    "duration is null",
    "started < '2026-06-01T00:00:00Z'",
    "started >= '2026-05-28T20:26:40.001Z' and started < '2026-05-28T20:26:40.002Z'",
    "ended > '2026-05-28T20:26:41Z'",
    "feedback.correct = true",
    "feedback.correct = 'false'",
    "feedback.correct is null",
    "feedback.relevance > 0.5",
    "feedback.score = 5",
    "feedback.score = 4",
    "feedback.tone = 'yes'",
    "feedback.safe is not null",
    "feedback.safe is null",
    "expectation.expected is not null",
    "expectation.length = 3",
    "expectation.words is not null",
    "span.name = 'lookup'",
    "span.name = 'lookup' and span.status = 'failed'",
    "span.name = 'retrieve' and span.status = 'failed'",
    "span.name != 'embed' and span.type = 'CHAIN'",
    "span.name in ('embed', 'judged')",
    "span.name like 'part%'",
    "span.name like 'PART%'",
    "span.name ilike 'PART%'",
    "span.type not in ('CHAIN', 'EMBEDDING')",
    "span.status in ('failed')",
    "span.attributes.k = 3",
    "span.attributes.k = 4",
    "span.attributes.word = 'x'",
    "span.attributes.mlflow.llm.model = 'gpt-4o-mini'",
    "span.attributes.mlflow.llm.model like '%gpt%'",
    "span.attributes.mlflow.llm.model ilike '%GPT%'",
    "text like '%no entry%'",
    "text like '%NO ENTRY%'",
    "text ilike '%NO ENTRY%'",
    "text like '%[x]*?%'",
    "text ilike '%documents%' and tokens is null",
    "span.name = 'batch' and status = 'finished' and duration > 0",
    # What neither can say.
    "span.name = 'a' or status = 'failed'",
    "not span.name = 'a'",
    "span.name is null",
    "span.attributes.k > 3",
    "text = 'x'",
    "user = me",
    "optimizer = 'adam'",
]
ORDERS = [None, "started asc", "duration desc", "duration asc", "tokens desc", "cost asc", "name asc", "status asc", "id desc"]
# What the server leaves open among equals is compared as a set.
LEFT_OPEN = ("name asc", "status asc")
FIELDS = ["info.tags", "info.metadata", "info.assessments.*.value", "spans.*.name", "spans.*.inputs", "spans.*.attributes"]


async def same_traces(server: Connection, store: Connection, ids: dict[str, str], project: str = COMPARED) -> int:
    """Asks both; the number of questions. The traces of `ids` lie in a project of their own, odd ones in theirs."""
    asked = 0

    async def both(tool: str, **arguments: object) -> None:
        nonlocal asked
        asked += 1
        told = [_told(await connection.call(tool, **arguments)) for connection in (server, store)]
        apart = difflib.unified_diff(*(text.splitlines() for text in told), "server", "store", n=0, lineterm="")
        assert told[0] == told[1], "\n".join([f"{tool} {arguments}", *apart])

    named = {name: one for name, one in ids.items() if not name.startswith("row") and name != "run"}
    for filter_ in FILTERS:
        await both("search_traces", projects=[project, ODD], filter=filter_, limit=100)
    for run in (ids["run"], "linked later"):
        await both("search_traces", run=run)
    await both("search_traces", since="2026-05-28T20:26:40.001Z", until="2026-05-28T20:26:40.002Z", limit=50)
    await both("search_traces", projects=["no such experiment"])
    for order in ORDERS:
        pages = [
            await connection.all_pages("search_traces", projects=[ODD], limit=7, **({"order_by": order} if order else {}))
            for connection in (server, store)
        ]
        asked += 1
        rows = [[_plain(row) for page in pages for row in page.structured["traces"]["rows"]] for pages in pages]
        assert len(rows[0]) == len(set(map(str, rows[0]))) == 61, (order, len(rows[0]))
        if order in LEFT_OPEN:
            rows = [sorted(some, key=str) for some in rows]
        assert rows[0] == rows[1], (order, [(a[0], b[0]) for a, b in zip(*rows, strict=True) if a != b])
    for name, trace in named.items():
        await both("get_trace", trace=trace)
        if name != "large":
            await both("get_trace", trace=trace, fields=FIELDS)
    await both("get_trace", trace=ids["judged"], span="judged")
    await both("get_trace", trace=ids["failed"][:12])
    await both("get_trace", trace="tr-0000")
    await both("get_trace", trace=ids["large"], span="part 7")
    await both("get_trace", trace=f"last failed in {project}")
    await both("get_trace", trace="where name = 'row 4'")
    await both("get_trace", trace="tr-" + "1" * 32)
    return asked


def _told(answer: Answer) -> str:
    """An answer without what is of the one or the other: the tracker's name, addresses, cursors, totals, words for a lost file."""
    lines = answer.text.replace("local:", "mlflow:").splitlines()
    own = ("next_cursor: ", "url: ", "total: ", "Note: the spans cannot be read: ")
    return "\n".join(line for line in lines if not line.startswith(own) and "next_cursor" not in line)


def _plain(row: list[object]) -> list[object]:
    return [str(cell).replace("local:", "mlflow:") for cell in row]
