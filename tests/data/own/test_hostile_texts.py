"""Texts and arrays that may be anything."""

import struct
import zipfile

import numpy as np
import pytest

from mmcourse.data import from_folder
from mmcourse.data.own.array_files import read_npz
from mmcourse.data.own.problems import Unreadable
from mmcourse.data.own.texts import check_text, read_text
from tests.data.own.samples import ANIMALS, little_memory, quiet, rows_of, said


@pytest.mark.parametrize(
    "content, words",
    [
        (b"\xff\xfec\0o\0w\0", "is not UTF-8 from byte 0 on; save it as UTF-8"),
        ("une génisse".encode("latin-1"), "is not UTF-8 from byte 5 on; save it as UTF-8"),
        ("cow".encode("utf-16-le"), "zero character in it, so it is UTF-16"),
        (b"", "the text is empty; write one or remove the file"),
        (b"\xef\xbb\xbf \n", "the text is empty"),
        (b"x" * 10_001, "the text has 10001 characters; keep texts to 10000"),
        (b"x" * 10_000_000, "the text has 10000000 bytes; keep texts to 10000"),
    ],
)
def test_texts_that_are_none(tmp_path, content, words):
    (tmp_path / "a.txt").write_bytes(content)
    with pytest.raises(Unreadable, match=words):
        read_text(tmp_path / "a.txt")


def test_texts_keep_no_byte_order_mark(tmp_path):
    (tmp_path / "a.txt").write_bytes("\ufeff a cow \r\n".encode())
    assert read_text(tmp_path / "a.txt") == check_text("\ufeffa cow\n") == "a cow"


def test_one_latin_text_in_a_folder_is_a_problem_of_its_file(tmp_path):
    for i in range(20):
        place = tmp_path / ANIMALS[i % 2]
        place.mkdir(exist_ok=True)
        (place / f"{i}.txt").write_bytes(f"note {i} \u00e9".encode("latin-1" if i == 4 else "utf-8"))
    data = quiet(from_folder, tmp_path)
    assert said(data.problems, "cow/4.txt: is not UTF-8 from byte 7 on; save it as UTF-8").kind == "text"
    assert len(list(rows_of(data))) == 19


def npy(descr, shape, version=(1, 0), body=b""):
    """The bytes of an `.npy` file with whatever header."""
    header = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}".encode()
    header += b" " * (-(len(header) + 11) % 64) + b"\n"
    length = struct.pack("<H" if version == (1, 0) else "<I", len(header))
    return b"\x93NUMPY" + bytes(version) + length + header + body


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    "content, words",
    [
        (npy("'<U0'", (1_000_000_000,)), "its header announces"),
        (npy("'<U0'", (50,), body=bytes(200)), "its header announces"),
        (npy("'|V0'", (10**12,)), "its header announces"),
        (npy("'<f8'", (10**13,)), "its header announces"),
        (npy("'<f8'", (2**62, 2**62)), "its header announces"),
        (npy("'<f8'", (-5,)), "its header announces"),
        (npy("('<f4', (100000000,))", (9,)), "its header announces"),
        (npy("'|u1'", (10**9, 0, 10**9)), ""),
        (npy("'|O'", (3,)), "Python objects, which only a pickle can bring back; save plain numbers"),
        (npy("[('a', '<f4'), ('b', '|O')]", (3,)), "Python objects"),
        (npy("'<f8'", (3,), version=(9, 9), body=bytes(24)), "cannot be read as arrays"),
        (npy("__import__('os').system('touch evil')", (3,)), "cannot be read as arrays"),
        (b"\x93NUMPY\x02\x00" + struct.pack("<I", 2**31) + b"{", "cannot be read as arrays"),
        (b"", "cannot be read as arrays"),
    ],
)
def test_arrays_that_are_none(tmp_path, monkeypatch, content, words, packed):
    """A header of 200 bytes once took 4.6 GB."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / ("a.npz" if packed else "a.npy")
    if packed:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("x.npy", content)
    else:
        path.write_bytes(content)
    with little_memory():
        if words:
            with pytest.raises(ValueError, match=words) as error:
                read_npz(path)
            assert str(path) in str(error.value)
        else:
            assert next(iter(read_npz(path).values())).size == 0
    assert [found.name for found in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
def test_arrays_of_every_version_are_read(tmp_path, version):
    wanted = np.arange(12.0).reshape(3, 4)
    for order in (wanted, np.asfortranarray(wanted), np.array(["ä", "bc"]), np.zeros((0, 3)), np.float32(3)):
        with open(tmp_path / "a.npy", "wb") as file:
            np.lib.format.write_array(file, np.asarray(order), version=version)
        assert np.array_equal(read_npz(tmp_path / "a.npy")["array"], order)
    np.savez(tmp_path / "b.npz", x=wanted, y=wanted.T)
    assert np.array_equal(read_npz(tmp_path / "b.npz")["y"], wanted.T)


def test_pickles_are_never_run(tmp_path):
    class Evil:
        def __reduce__(self):
            return (open, (str(tmp_path / "evil"), "w"))

    np.save(tmp_path / "a.npy", np.array([Evil()], object), allow_pickle=True)
    np.savez(tmp_path / "a.npz", x=np.array([Evil()], object))
    for name in ("a.npy", "a.npz"):
        with pytest.raises(ValueError, match="save plain numbers"):
            read_npz(tmp_path / name)
    assert not (tmp_path / "evil").exists()
