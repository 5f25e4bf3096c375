"""Nothing that any of the tests saw holds a secret."""

from context import Context
from sample import SECRETS
from servers import PASSWORD


async def test_no_answer_and_no_log_shows_a_secret(context: Context) -> None:
    run = context.ids["runs"]["secrets"]
    async with context.connect() as connection:
        await connection.ask("get_runs", runs=[run])
        await connection.ask("search_runs", query="leaky", columns=["params.*", "tags.*"])
        await connection.call("search_runs", filter="params.password is not null")
    context.log.flush()
    with open(context.log.name, errors="replace") as log:
        everything = context.seen + [log.read()]
    assert any("leaky" in seen for seen in everything), "the run with the secrets was never shown"
    for kind, secret in {**SECRETS, "sign-in": PASSWORD}.items():
        shown = next((seen for seen in everything if secret in seen), None)
        assert shown is None, f"the secret of kind {kind} is shown: {shown[:300]}"
