"""Models in a registry beside those of sample.py: odd names, stages, versions without a run, prompts, logged models."""

import json
import urllib.error
import urllib.request

MLMODEL = """artifact_path: model
flavors:
  python_function:
    env:
      conda: conda.yaml
      virtualenv: python_env.yaml
    loader_module: mlflow.pytorch
    python_version: 3.11.7
  pytorch:
    code: null
    model_data: data
    pytorch_version: 2.3.0
mlflow_version: 2.15.1
model_size_bytes: 9290
model_uuid: 8966
signature:
  inputs: '[{"type": "double", "name": "amount", "required": true}, {"type": "string", "name": "country", "required": false}]'
  outputs: '[{"type": "long", "required": true}]'
  params: null
"""
# A quote, letters beyond ASCII, a dot; none of them is a key of the filter language of a server.
ODD_NAMES = ["it's a model", "modèle 空間", 'say "hi"', "plain.model"]


class Registry:
    """MLflow's REST interface, as far as models are made with it."""

    def __init__(self, uri: str) -> None:
        self.uri = uri

    def call(self, verb: str, path: str, body: dict) -> dict:
        request = urllib.request.Request(f"{self.uri}/api/2.0/mlflow/{path}", json.dumps(body).encode(), method=verb)
        request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def put(self, place: str, text: str) -> None:
        """A file that the server keeps itself."""
        place = f"{self.uri}/api/2.0/mlflow-artifacts/artifacts/{place}"
        with urllib.request.urlopen(urllib.request.Request(place, text.encode(), method="PUT"), timeout=30):
            pass

    def post(self, path: str, **body: object) -> dict:
        return self.call("POST", path, body)


def fill_models(uri: str) -> dict:
    """Adds the models, the runs that made them, and returns what was put there."""
    registry = Registry(uri)
    experiment = registry.post("experiments/create", name="models")["experiment_id"]
    run, user = (_run(registry, experiment, name) for name in ["trainer", "user of the model"])
    place = f"{experiment}/{run}/artifacts/signed"
    registry.put(f"{place}/MLmodel", MLMODEL)
    source = f"mlflow-artifacts:/{place}"
    for name in ODD_NAMES:
        registry.post("registered-models/create", name=name, description=f"called {name}", tags=_tags(team="nlp"))
        registry.post("model-versions/create", name=name, source="s3://bucket/imported", description="no run made it")
        registry.post("model-versions/create", name=name, source=source, run_id=run, tags=_tags(validation="passed"))
        registry.post("registered-models/alias", name=name, alias="shadow", version="2")
    stages = {"name": ODD_NAMES[3], "version": "1", "stage": "Production", "archive_existing_versions": False}
    registry.post("model-versions/transition-stage", **stages)
    logged = _logged(registry, experiment, run, user)
    if logged:
        _prompt(registry)
    return {"odd": ODD_NAMES, "run": run, "user": user, "prompt": "greeting", "logged": logged}


def _prompt(registry: Registry) -> None:
    prompt = {"name": "greeting", "description": "how we greet", "tags": _tags(**{"mlflow.prompt.is_prompt": "true"})}
    registry.post("registered-models/create", **prompt)
    for text in ["Hello {{name}}", "Dear {{name}},\nwelcome to {{place}}"]:
        own = {"mlflow.prompt.is_prompt": "true", "_mlflow_prompt_type": "text", "mlflow.prompt.text": text}
        registry.post("model-versions/create", name="greeting", source="dummy-source", tags=_tags(**own))
    registry.post("registered-models/alias", name="greeting", alias="production", version="1")


def _run(registry: Registry, experiment: str, name: str) -> str:
    start = {"start_time": 1795168300000, "run_name": name, "tags": _tags(**{"mlflow.user": "ada"})}
    run = registry.post("runs/create", experiment_id=experiment, **start)["run"]["info"]["run_id"]
    registry.post("runs/update", run_id=run, status="FINISHED", end_time=1795168377000)
    return run


def _logged(registry: Registry, experiment: str, run: str, user: str) -> list[str]:
    """Two logged models of 3.x, of which a run uses the first; none where the server has no such."""
    made = []
    try:
        for name, status in [("clf", "LOGGED_MODEL_READY"), ("broken", "LOGGED_MODEL_UPLOAD_FAILED")]:
            params = [{"key": "C", "value": "1.0"}]
            body = {"experiment_id": experiment, "name": name, "source_run_id": run, "params": params}
            model = registry.post("logged-models", **body, model_type="", tags=_tags(stage="dev"))["model"]["info"]
            registry.call("PATCH", f"logged-models/{model['model_id']}", {"model_id": model["model_id"], "status": status})
            made.append(model["model_id"])
    except urllib.error.HTTPError as error:
        if error.code != 404:
            raise
        return made
    registry.put(f"{experiment}/models/{made[0]}/artifacts/MLmodel", MLMODEL)
    metric = {"key": "val_acc", "value": 0.9, "timestamp": 1795168377314, "step": 0, "model_id": made[0]}
    registry.post("runs/log-batch", run_id=run, metrics=[metric])
    registry.post("runs/log-inputs", run_id=user, models=[{"model_id": made[0]}])
    registry.post("runs/outputs", run_id=run, models=[{"model_id": made[0], "step": 0}])
    registry.post("registered-models/create", name="from-logged")
    version = {"name": "from-logged", "source": f"models:/{made[0]}", "run_id": run, "model_id": made[0]}
    registry.post("model-versions/create", **version)
    return made


def many(uri: str, count: int) -> None:
    """So many registered models with one version each."""
    registry = Registry(uri)
    for number in range(count):
        name = f"bulk-{number:04}"
        registry.post("registered-models/create", name=name)
        registry.post("model-versions/create", name=name, source="s3://bucket/bulk")


def _tags(**pairs: str) -> list[dict]:
    return [{"key": key, "value": value} for key, value in pairs.items()]
