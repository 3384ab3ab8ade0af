"""What the ladder tells to type: each snippet compiles, and what it names is in the library that is installed."""

import argparse
import ast
import importlib
import inspect
import os

import numpy as np
import pytest

from mmcourse.training import ladder
from mmcourse.training.rungs import KINDS

RUNGS = {"argvalues": ladder(), "ids": [rung.engine for rung in ladder()]}


def named(snippet: str) -> dict[str, list[str]]:
    """Every dotted name that begins with an import, written out, and the keywords it is called with."""
    tree, known, found = ast.parse(snippet), {}, {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            known |= {alias.asname or alias.name.split(".")[0]: alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            known |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}

    def written(node) -> str | None:
        if isinstance(node, ast.Name):
            return known.get(node.id)
        if isinstance(node, ast.Attribute):
            above = written(node.value)
            return above and f"{above}.{node.attr}"
        return None

    for node in ast.walk(tree):  # a short name for a module: service = tf.data.experimental.service
        if isinstance(node, ast.Assign) and written(node.value):
            known[node.targets[0].id] = written(node.value)
    found |= {name: [] for name in known.values()}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and written(node):
            found.setdefault(written(node), [])
        if isinstance(node, ast.Call) and written(node.func):
            found.setdefault(written(node.func), []).extend(word.arg for word in node.keywords)
    return found


def looked_up(name: str):
    """The object of a dotted name: modules are imported, the rest is read off."""
    parts = name.split(".")
    thing = importlib.import_module(parts[0])
    for i, part in enumerate(parts[1:], 1):
        if not hasattr(thing, part):
            importlib.import_module(".".join(parts[: i + 1]))
        thing = getattr(thing, part)
    return thing


@pytest.mark.parametrize("rung", **RUNGS)
def test_a_rung_says_when_how_what_goes_wrong_and_where_to_read_on(rung):
    assert rung.kind in KINDS and rung.link.startswith("https://")
    assert min(len(rung.when), len(rung.engine), len(rung.trap)) > 4
    assert max(len(line) for line in rung.snippet.splitlines()) <= 120


@pytest.mark.parametrize("rung", [rung for rung in ladder() if rung.kind == "python"], ids=lambda rung: rung.engine)
def test_every_name_in_a_snippet_is_in_the_installed_library(rung):
    compile(rung.snippet, rung.engine, "exec")
    for library in rung.needs:
        pytest.importorskip(library)
    names = named(rung.snippet)
    assert {name.split(".")[0] for name in names} - {"os"} == {*rung.needs, *({"keras"} & {n[:5] for n in names})}
    for name, keywords in names.items():
        thing = looked_up(name)
        if keywords:
            takes = inspect.signature(thing).parameters
            assert set(keywords) <= set(takes) or any(p.kind is p.VAR_KEYWORD for p in takes.values()), name


def test_the_check_sees_what_is_not_there():
    wrong = "import keras\nd = keras.distribution\nd.DataParallel(devises=None)\nkeras.distribution.Paralel()\n"
    names = named(wrong)
    assert names["keras.distribution.DataParallel"] == ["devises"] and "keras.distribution.Paralel" in names
    with pytest.raises(ImportError):
        looked_up("keras.distribution.Paralel")


def run(engine: str) -> dict:
    """What a snippet leaves behind, run here."""
    (rung,) = [rung for rung in ladder() if rung.engine == engine]
    environment, names = dict(os.environ), {}
    try:
        exec(compile(rung.snippet, engine, "exec"), names)
    finally:
        os.environ.clear()
        os.environ.update(environment)
    return names


def test_the_mirrored_strategy_makes_a_model_that_trains():
    model = run("MirroredStrategy")["model"]
    assert len(model.fit(np.ones((8, 64)), np.zeros(8), verbose=0).history["loss"]) == 1


def test_the_data_service_gives_each_sample_once_and_without_sharding_once_a_worker():
    names = run("tf.data service")
    service, squares = names["service"], sorted(x * x for x in range(100))
    assert sorted(int(x) for x in names["dataset"]) == squares
    second = service.WorkerServer(service.WorkerConfig(dispatcher_address=names["address"]))
    twice = service.distribute(processing_mode=service.ShardingPolicy.OFF, service=names["dispatcher"].target)
    everything = names["tf"].data.Dataset.range(100).map(lambda x: x * x).apply(twice)
    assert sorted(int(x) for x in everything) == sorted(squares * 2)
    del second


def test_grain_reads_each_sample_once_in_an_order_of_the_seed():
    pytest.importorskip("grain")
    names = run("Grain")
    batches = [batch.tolist() for batch in names["dataset"]]
    assert sorted(np.concatenate(batches)) == [x * x for x in range(100)] and batches != sorted(batches)
    assert batches == [batch.tolist() for batch in run("Grain")["dataset"]]


def test_the_yaml_is_a_job_of_two_workers_that_translates_what_the_operator_sets():
    yaml = pytest.importorskip("yaml")
    (rung,) = [rung for rung in ladder() if rung.kind == "yaml"]
    job = yaml.safe_load(rung.snippet)
    assert (job["apiVersion"], job["kind"]) == ("kubeflow.org/v1", "JAXJob")
    worker = job["spec"]["jaxReplicaSpecs"]["Worker"]
    (container,) = worker["template"]["spec"]["containers"]
    assert worker["replicas"] == 2 and container["name"] == "jax"
    shell, option, line = container["command"]
    assert (shell, option) == ("sh", "-c") and line.endswith("python train.py")
    theirs = {"JOB_ADDRESSES": "$COORDINATOR_ADDRESS:$COORDINATOR_PORT"}
    theirs |= {name: f"${name}" for name in ("NUM_PROCESSES", "PROCESS_ID")}
    assert all(f"KERAS_DISTRIBUTION_{name}={value}" in line for name, value in theirs.items())


def test_the_command_line_is_one_that_the_command_takes():
    from mmcourse.training import launch

    (rung,) = [rung for rung in ladder() if rung.kind == "shell"]
    program, command, *arguments = rung.snippet.split()
    assert (program, command) == ("mmcourse", "launch")
    parser = argparse.ArgumentParser(exit_on_error=False)
    launch.add_arguments(parser)
    read = parser.parse_args(arguments)
    assert (read.processes, read.script, read.arguments) == (2, "train.py", [])
