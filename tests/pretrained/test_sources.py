"""Weights that cannot be had: one error from every source, soon, that says what to do."""

import re
import socket
import sys
import threading
import tomllib
import urllib.error
from pathlib import Path

import keras
import pytest

import mmcourse as mm
from mmcourse import pretrained
from mmcourse.data.fetching import fetch
from mmcourse.pretrained import NotAvailable, sources

HUB = "https://tfhub.dev/google/module/1"


def calls(tmp_path):
    return {
        "keras.applications": lambda: pretrained.image("mobilenetv3small", size=32),
        "hub": lambda: pretrained.HubLayer(HUB),
        "tfds": lambda: mm.load("captioned_cifar10"),
        "keras_hub": lambda: pretrained.text("bert_tiny_en_uncased"),
    }


@pytest.fixture
def cut_off(tmp_path, monkeypatch):
    """A machine without a network and with empty caches."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path / "hub"))
    monkeypatch.setenv("KAGGLEHUB_CACHE", str(tmp_path / "kaggle"))
    monkeypatch.setenv("MMCOURSE_CACHE", str(tmp_path / "course"))

    def refuse(*_, **__):
        raise urllib.error.URLError("no network in this test")

    monkeypatch.setattr(fetch.urllib.request, "urlopen", refuse)


@pytest.mark.parametrize("source", ["keras.applications", "hub", "tfds", "keras_hub"])
def test_one_error_from_every_source(source, tmp_path, cut_off):
    with pytest.raises(NotAvailable, match="no network in this test") as caught:
        calls(tmp_path)[source]()
    message = str(caught.value)
    for part in ("MB", "https://", "by hand", "eanwhile use"):
        assert part in message
    assert "small" in message or source == "tfds"


def test_no_download_is_tried_without_a_network(cut_off):
    with pytest.raises(NotAvailable), sources.weights_of("a model", HUB, "1 MB", "put it there", "another"):
        pytest.fail("the body must not run")


@pytest.mark.parametrize("drips", [False, True], ids=["silent", "dripping"])
def test_a_host_that_takes_the_call_and_does_not_answer_is_given_up(drips, monkeypatch):
    """Each byte of a dripping answer comes in time, so that no time-out of the socket ends the wait."""
    monkeypatch.setattr(fetch, "PROBE_SECONDS", 0.3)
    over = threading.Event()

    def answer(server):
        connection, _ = server.accept()
        with connection:
            while not over.wait(0.1):
                if drips:
                    connection.sendall(b"H")

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=answer, args=(server,), daemon=True).start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/module"
        with (
            pytest.raises(NotAvailable, match=r"timed out|does not answer"),
            sources.weights_of("a model", url, "1 MB", "put it there", "another"),
        ):
            pytest.fail("the body must not run")
        over.set()


@pytest.mark.parametrize(
    "error",
    [
        urllib.error.URLError("reset"),
        ConnectionResetError("reset"),
        TimeoutError("reset"),
        Exception("URL fetch failure on https://x: reset"),
    ],
)
def test_every_way_of_failing_becomes_the_one_error(error, monkeypatch):
    monkeypatch.setattr(sources, "unreachable", lambda urls: "")
    with pytest.raises(NotAvailable, match="reset"), sources.weights_of("a model", HUB, "1 MB", "put it there", "b"):
        raise error


def test_mistakes_of_the_program_pass_through(monkeypatch):
    monkeypatch.setattr(sources, "unreachable", lambda urls: "")
    with pytest.raises(KeyError), sources.weights_of("a model", HUB, "1 MB", "put it there", "another"):
        raise KeyError("a mistake")


def test_a_file_brought_by_hand_is_asked_of_keras_without_a_network(cut_off, monkeypatch):
    """Where the file lies at the place that the error names, Keras is asked to load it, and no host."""
    with pytest.raises(NotAvailable) as caught:
        pretrained.image("mobilenetv3small", size=32)
    place = Path(re.search(r"put that file at (\S+\.h5)", str(caught.value))[1])
    place.parent.mkdir(parents=True)
    place.write_bytes(b"weights")
    keras.utils.set_random_seed(0)
    made = keras.applications.MobileNetV3Small

    def loaded(weights, **options):
        model = made(weights=None, **options)
        if weights == "imagenet":
            model.set_weights([array + 1 for array in model.get_weights()])
        return model

    monkeypatch.setattr(keras.applications, "MobileNetV3Small", loaded)
    layer = pretrained.image("mobilenetv3small", size=32)
    biases = [v.numpy() for v in layer.variables if v.name == "beta"]
    assert biases and all((bias == 1).all() for bias in biases)


CALLS = {
    "tensorflow_hub": lambda: pretrained.HubLayer(HUB),
    "keras_hub": lambda: pretrained.text("bert_tiny_en_uncased"),
    "wordllama": pretrained.WordVectors,
}


@pytest.mark.parametrize("library", CALLS)
def test_absent_libraries_name_the_extra_that_has_them(library, monkeypatch):
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(ImportError, match=rf"need {library}: pip install 'mmcourse\[(\w+)\]'") as caught:
        CALLS[library]()
    extra = re.search(r"\[(\w+)\]", str(caught.value))[1]
    packages = [re.match(r"[\w-]+", line)[0] for line in project["optional-dependencies"][extra]]
    assert library.replace("_", "-") in packages
