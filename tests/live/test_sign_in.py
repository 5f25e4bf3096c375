"""A real server that wants a user and a password."""

import urllib.request
from base64 import b64encode
from pathlib import Path
from sys import executable

from context import Context
from servers import PASSWORD, USER, mlflow_server
from stubs import REFUSED, always

VARIABLES = ("MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD", "MLFLOW_TRACKING_TOKEN")


async def test_a_server_with_sign_in_lets_in_only_the_right_password(context: Context) -> None:
    if context.version.startswith("2."):
        return await _stub(context)
    with mlflow_server(Path(executable), context.version, sign_in=True) as server:
        _create_experiment(server.uri, "behind the door")
        right = {"MLFLOW_TRACKING_USERNAME": USER, "MLFLOW_TRACKING_PASSWORD": PASSWORD}
        async with context.connect(server.uri, **right) as connection:
            answer = await connection.ask("list_projects")
            assert "behind the door" in answer.text, answer.text
            trackers = await connection.ask("list_trackers")
            assert PASSWORD not in trackers.everything(), "the password is shown"
        wrong = right | {"MLFLOW_TRACKING_PASSWORD": "not the password"}
        async with context.connect(server.uri, **wrong) as connection:
            _names_the_variables(await connection.refused("list_projects"))
        async with context.connect(server.uri) as connection:
            _names_the_variables(await connection.refused("list_projects"))
        inside = server.uri.replace("http://", f"http://{USER}:{PASSWORD}@")
        async with context.connect(inside) as connection:
            for tool in ("list_projects", "list_trackers"):
                answer = await connection.ask(tool)
                assert PASSWORD not in answer.everything(), f"{tool} shows the password of the address"


async def _stub(context: Context) -> None:
    """The environment of 2.15.1 lacks what its basic-auth needs; the answer is the one recorded from 3.17.2."""
    with always(REFUSED) as uri:
        async with context.connect(uri, MLFLOW_TRACKING_USERNAME="ada", MLFLOW_TRACKING_PASSWORD="nope") as connection:
            _names_the_variables(await connection.refused("list_projects"))


def _names_the_variables(said: str) -> None:
    assert any(variable in said for variable in VARIABLES), said
    assert "not the password" not in said, said


def _create_experiment(uri: str, name: str) -> None:
    signature = b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    headers = {"Authorization": f"Basic {signature}", "Content-Type": "application/json"}
    body = f'{{"name": "{name}"}}'.encode()
    request = urllib.request.Request(f"{uri}/api/2.0/mlflow/experiments/create", body, headers)
    urllib.request.urlopen(request, timeout=30).close()
