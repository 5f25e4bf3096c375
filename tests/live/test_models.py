"""search_models and get_models on real servers of their own: odd names, versions without a run, prompts, logged models."""

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

from answers import Answer
from context import Context
from sample_models import ODD_NAMES, fill_models, many
from servers import Server, mlflow_server

# More than a page of MLflow's, whose own client shows the first hundred and says nothing of the rest.
MANY = 1_160


@contextlib.contextmanager
def _server(context: Context) -> Iterator[tuple[Server, dict]]:
    with mlflow_server(Path(sys.executable), context.version) as server:
        yield server, fill_models(server.uri)


def _names(answer: Answer) -> set[str]:
    return {row["model"].removeprefix("mlflow:") for row in answer.rows("models")}


async def test_models_of_odd_names_are_listed_and_each_leads_to_its_versions(context: Context) -> None:
    with _server(context) as (server, made):
        async with context.connect(server.uri) as connection:
            listed = await connection.ask("search_models", filter="alias = 'shadow' and tags.team = 'nlp'")
            assert _names(listed) == set(ODD_NAMES), _names(listed)
            together = await connection.ask("get_models", models=ODD_NAMES)
            for name, model in zip(ODD_NAMES, together.structured["models"], strict=True):
                assert model["model"] == f"mlflow:{name}", model
                table = model["versions"]
                versions = [dict(zip(table["columns"], row, strict=True)) for row in table["rows"]]
                assert [one["version"] for one in versions] == [f"mlflow:{name}/2", f"mlflow:{name}/1"], versions
                assert [one["run"] for one in versions] == [f"mlflow:{made['run']}", ""], versions
            staged = await connection.ask("search_models", filter="stage = 'production'")
            assert _names(staged) == {"plain.model"}, _names(staged)
            first = (await connection.ask("get_models", models=["it's a model/1"])).structured["models"][0]
            assert first["asked_for"]["source_run"] == "none: no run made it", first


async def test_a_model_tells_its_signature_and_the_run_that_made_it(context: Context) -> None:
    with _server(context) as (server, made):
        answer = await context.ask("get_models", uri=server.uri, models=["plain.model@shadow"])
        version = answer.structured["models"][0]["asked_for"]
        assert version["flavors"] == ["python_function", "pytorch 2.3.0"], version
        assert version["inputs"] == ["amount: double", "country: string (optional)"], version
        assert version["source_run"]["run"] == f"mlflow:{made['run']}", version


async def test_logged_models_and_prompts_are_there_or_said_not_to_be(context: Context) -> None:
    with _server(context) as (server, made):
        async with context.connect(server.uri) as connection:
            if not made["logged"]:
                told = await connection.refused("search_models", kind="logged")
                assert context.version in told and "3.0" in told, told
                return
            logged = await connection.ask("search_models", kind="logged")
            assert _names(logged) == set(made["logged"]), _names(logged)
            ready = await connection.ask("search_models", kind="logged", filter="metrics.val_acc > 0.5 and params.C = '1.0'")
            assert _names(ready) == {made["logged"][0]}, _names(ready)
            one = await connection.ask("get_models", models=[f"models:/{made['logged'][0]}"])
            version = one.structured["models"][0]["newest"]
            assert version["registered_as"] == ["from-logged/1"] or "registered_as" not in version, version
            assert version["source_run"]["run"] == f"mlflow:{made['run']}", version
            assert _names(await connection.ask("search_models", kind="prompt")) == {"greeting"}
            assert "greeting" not in _names(await connection.ask("search_models"))
            prompt = await connection.ask("get_models", models=["greeting/2"])
            assert "welcome to {{place}}" in prompt.text, prompt.text


async def test_a_registry_of_1160_models_is_listed_whole(context: Context) -> None:
    with mlflow_server(Path(sys.executable), context.version) as server:
        many(server.uri, MANY)
        async with context.connect(server.uri) as connection:
            pages = await connection.all_pages("search_models", limit=100)
        names = [row["model"] for page in pages for row in page.rows("models")]
        assert len(names) == len(set(names)) == MANY, (len(names), len(set(names)))
        assert max(page.size() for page in pages) <= 20_000 * 1.1, max(page.size() for page in pages)
