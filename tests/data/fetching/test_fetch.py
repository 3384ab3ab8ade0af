"""Downloads against a server of our own: resumed, checked, whole or not at all; and no network answers quickly."""

import hashlib
import http.server
import re
import socket
import threading

import numpy as np
import pytest

from mmcourse import cli
from mmcourse.data import load, verify
from mmcourse.data.fetching import fetch
from mmcourse.data.fetching.sources import SOURCES, File, Source

CONTENT = np.random.default_rng(0).bytes(700_000)


def run(*arguments):
    """The command as it is typed."""
    return cli.main(["data", *arguments])


class Server(http.server.BaseHTTPRequestHandler):
    """Serves CONTENT; the class attributes say how badly."""

    ranges, cut, lie, log = True, None, False, []

    def do_GET(self):
        start = int(re.findall(r"\d+", self.headers.get("Range", "0"))[0])
        self.log.append(start)
        resumed = self.ranges and start > 0
        body = bytes(len(CONTENT)) if self.lie else CONTENT[start if resumed else 0 :]
        self.send_response(206 if resumed else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: self.cut])

    def do_HEAD(self):
        self.send_response(405)
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def server(tmp_path, monkeypatch):
    """A set "toy" of one file on a server of its own; downloads go to a folder of the test; no set is embedded."""
    monkeypatch.setattr(verify, "_embedded_fault", lambda name: "")
    handler = type("Handler", (Server,), {"log": []})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as service:
        thread = threading.Thread(target=service.serve_forever, daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{service.server_port}/files/toy.bin"
        file = File(url, len(CONTENT), hashlib.sha256(CONTENT).hexdigest())
        monkeypatch.setenv("MMCOURSE_CACHE", str(tmp_path / "cache"))
        monkeypatch.setitem(SOURCES, "toy", Source("a toy", "none", {"toy": (file,)}, meanwhile="digits"))
        handler.path = fetch.file_path("toy", file)
        yield handler
        service.shutdown()
        thread.join()


def test_a_file_comes_whole(server, capsys):
    assert run("get", "toy") == 0
    assert server.path.read_bytes() == CONTENT and [p.name for p in server.path.parent.iterdir()] == ["toy.bin"]
    assert "toy.bin" in capsys.readouterr().err, "the progress bar names the file"
    assert run("get", "toy") == 0 and server.log == [0], "nothing is fetched twice"


@pytest.mark.parametrize("ranges", [True, False])
def test_an_interrupted_download_goes_on(server, ranges):
    server.cut, server.ranges = 300_000, ranges
    with pytest.raises(fetch.NotAvailable, match="the download stopped"):
        fetch.get("toy")
    part = server.path.with_name("toy.bin.part")
    assert not server.path.exists() and 0 < part.stat().st_size <= 300_000, "nothing under the file's own name yet"
    have = part.stat().st_size
    server.cut = None
    fetch.get("toy")
    assert server.path.read_bytes() == CONTENT and server.log == [0, have] and not part.exists()


def test_what_is_not_the_file_is_deleted(server):
    server.lie = True
    with pytest.raises(fetch.NotAvailable, match=r"gave 700000 bytes with SHA-256 .* deleted"):
        fetch.get("toy")
    assert not list(server.path.parent.iterdir())


def test_a_file_brought_by_hand_is_checked(server, capsys):
    server.path.parent.mkdir(parents=True)
    server.path.write_bytes(bytes(len(CONTENT)))
    assert "FAIL" in _lines(capsys, ["verify"])["toy.bin"]
    fetch.get("toy")
    assert server.path.read_bytes() == CONTENT and "OK" in _lines(capsys, ["verify"])["toy.bin"]


def test_a_folder_in_a_files_place_is_a_line_and_not_an_end(server, capsys):
    server.path.mkdir(parents=True)
    line = _lines(capsys, ["verify"])["toy.bin"]
    assert line.startswith("FAIL") and "is damaged; delete it, then: mmcourse data get toy" in line


def _lines(capsys, arguments):
    capsys.readouterr()
    run(*arguments)
    return {name: line for line in capsys.readouterr().out.splitlines() for name in ("toy.bin",) if name in line}


def _nobody(*_, **__):
    raise socket.gaierror(-2, "Name or service not known")


@pytest.fixture
def no_network(tmp_path, monkeypatch):
    """The network is cut by hand: no host can be found. Downloads would go to the folder of the test."""
    monkeypatch.setenv("MMCOURSE_CACHE", str(tmp_path))
    monkeypatch.delenv("MMCOURSE_RAW", raising=False)
    monkeypatch.setattr(socket, "getaddrinfo", _nobody)


@pytest.mark.parametrize("name", ["av_mnist", "captioned_cifar10", "pets"])
def test_without_a_network_there_is_a_clear_answer(name, no_network, tmp_path, capsys):
    assert run("get", name) == 1
    said = capsys.readouterr().out
    assert f"{SOURCES[name].size / 1e6:.0f} MB" in said and "by hand" in said and "load(" in said
    for files in SOURCES[name].files.values():
        assert all(file.url in said and str(fetch.file_path(name, file)) in said for file in files)
    with pytest.raises(fetch.NotAvailable, match="cannot be reached"):
        load(name)
    assert not list(tmp_path.rglob("*"))


def test_a_silent_host_is_not_waited_for(no_network, monkeypatch):
    over, waited = threading.Event(), []

    def silence(*_, **__):
        waited.append(over.wait(60))  # True if somebody ended it: the answer came first
        _nobody()

    monkeypatch.setattr(socket, "getaddrinfo", silence)
    monkeypatch.setattr(fetch, "PROBE_SECONDS", 0.2)
    with pytest.raises(fetch.NotAvailable, match="does not answer"):
        fetch.get("av_mnist")
    assert not waited
    over.set()


def test_sizes_and_checksums_are_those_of_tensorflow_datasets():
    """Our table against the one that TensorFlow Datasets ships, read as text."""
    from importlib.util import find_spec
    from pathlib import Path

    spec = find_spec("tensorflow_datasets")
    if spec is None:
        pytest.skip("tensorflow_datasets is not installed")
    root = Path(spec.origin).parent
    recorded = {}
    for name in ("mnist", "cifar10", "spoken_digit", "oxford_iiit_pet"):
        for path in (root / "url_checksums" / f"{name}.txt", root / "datasets" / name / "checksums.tsv"):
            for line in path.read_text().splitlines() if path.exists() else []:
                url, size, digest, filename = line.split("\t")
                recorded[url] = (int(size), digest, filename)
    ours = [file for source in SOURCES.values() for files in source.files.values() for file in files]
    assert len(ours) == 8
    for file in ours:
        assert recorded[file.url] == (file.size, file.sha256, file.name)


def test_list_and_info(capsys):
    assert run("list") == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(SOURCES) + 1
    for name, source in SOURCES.items():
        (line,) = [line for line in lines if line.startswith(f"{name} ")]
        assert source.licence in line and (f"{source.size / 1e6:.0f} MB" in line or not source.size or "here" in line)
        assert run("info", name) == 0
        card = capsys.readouterr().out
        assert card.startswith(f"# {name}") and "Known faults" in card and "Not to be used to claim" in card
    assert run("info", "faces") == run("get") == 2
    assert "the name of a set: digits, emoji, scenes" in capsys.readouterr().err
