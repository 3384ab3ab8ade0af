"""`exported`: a model as a file that runs without Keras, read back at once, so that both can be compared. Lesson 23."""

import importlib.util
import logging
import shutil
import tempfile
import warnings
import weakref
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import keras
import numpy as np

from ..files import whole_folder

FILES = {"saved_model": "model", "litert": "model.tflite", "litert_int8": "model.tflite", "onnx": "model.onnx"}


@dataclass(frozen=True)
class Exported:
    """A model read back from its file: call it, or hand it to `mmcourse.evaluation` in place of a Keras model.

    `path`: the file, or for "saved_model" the folder. Where no folder was named it goes with this object.

    >>> double = Exported("litert", None, {"x": ((3,), "float32")}, lambda x: 2 * x["x"])
    >>> double(np.ones((1, 3)))
    array([[2., 2., 2.]], dtype=float32)
    """

    kind: str
    path: Path
    inputs: Mapping[str, tuple] = field(repr=False)  # name -> (shape of a sample, dtype)
    run: Callable[[dict], np.ndarray] = field(repr=False)

    def __call__(self, x) -> np.ndarray:
        """The output for an array or a dict of arrays (B, ...), by the names that the model was exported with."""
        return self.run(_read(x, self.inputs))

    def predict(self, x, batch_size: int = 256, verbose=0) -> np.ndarray:
        """The same, in batches."""
        arrays = _read(x, self.inputs)
        rows = range(0, len(next(iter(arrays.values()))), batch_size)
        return np.concatenate([self.run({name: a[i : i + batch_size] for name, a in arrays.items()}) for i in rows])


def exported(model: keras.Model, kind: str, x, folder: str | Path | None = None) -> Exported:
    """Write a model as a file of a `kind` into a new `folder`, and open it by its own runtime, as a function.

    - "saved_model": TensorFlow's, the graph and the weights; run by TensorFlow.
    - "litert": one file for LiteRT (TensorFlow Lite), the small runtime of phones and boards.
    - "litert_int8": the same with large kernels in 8 bits and activations rounded as they come ("dynamic range").
    - "onnx": one file for ONNX Runtime and others; needs `pip install 'mmcourse[export]'`.

    `x`: a batch of what the model takes, an array or a dict of arrays; names, shapes and types are read from it, and
    hold in the file: Keras by itself calls the inputs of a dict "inputs", "inputs_1" in alphabetical order. The batch
    size stays free. The file is complete or not there. TensorFlow backend; a model of one output.

    Raises `ValueError` for another kind, a folder that has something in it, and a model that the format cannot hold: a
    Fourier transform in ONNX, for which Keras writes a file that nothing can open. `ImportError` where a library is
    missing, with the line that installs it. Taught in lesson 23.

    >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
    >>> x = np.ones((2, 4), "float32")
    >>> file = exported(model, "litert", x, "net")
    >>> file.path.name, bool(np.allclose(file(x), model(x), atol=1e-5))
    ('model.tflite', True)
    """
    if kind not in FILES:
        raise ValueError(f"exported knows the kinds {', '.join(FILES)}; got {kind!r}")
    if keras.backend.backend() != "tensorflow":
        raise ValueError(f"exported works on Keras's TensorFlow backend; this is {keras.backend.backend()}")
    if kind == "onnx" and (missing := [n for n in ("tf2onnx", "onnxruntime") if not importlib.util.find_spec(n)]):
        raise ImportError(f"ONNX needs {' and '.join(missing)}: pip install 'mmcourse[export]'")
    inputs = {name: (array.shape[1:], array.dtype) for name, array in _arrays(x).items()}
    place = Path(folder or tempfile.mkdtemp(prefix="mmcourse-"))
    try:
        with whole_folder(place) as part, _quiet():
            _write(model, kind, inputs, isinstance(x, Mapping), part / FILES[kind])
            run = _opened(part / FILES[kind], kind)
    except BaseException:
        if not folder:
            shutil.rmtree(place, ignore_errors=True)
        raise
    found = Exported(kind, place / FILES[kind], inputs, run)
    if not folder:
        weakref.finalize(found, shutil.rmtree, place, ignore_errors=True)
    return found


def _arrays(x) -> dict[str, np.ndarray]:
    """Arrays by name, floats as float32; a single one has a name too, for every file names its inputs."""
    named = {name: np.asarray(array) for name, array in (x if isinstance(x, Mapping) else {"x": x}).items()}
    return {name: array.astype("float32") if array.dtype.kind == "f" else array for name, array in named.items()}


def _read(x, inputs: Mapping[str, tuple]) -> dict[str, np.ndarray]:
    arrays = _arrays(x)
    if set(arrays) != set(inputs):
        raise ValueError(f"the exported model takes {', '.join(inputs)}; got {', '.join(arrays)}")
    for name, (shape, _) in inputs.items():
        if arrays[name].shape[1:] != shape or not len(arrays[name]):
            raise ValueError(f"the exported model takes {name!r} of shape {(None, *shape)}; got {arrays[name].shape}")
    return {name: np.ascontiguousarray(arrays[name], dtype) for name, (_, dtype) in inputs.items()}


def _write(model: keras.Model, kind: str, inputs: dict, several: bool, path: Path) -> None:
    specs = {name: keras.InputSpec(shape=(None, *s), dtype=str(d), name=name) for name, (s, d) in inputs.items()}
    settings = {"input_signature": [specs if several else specs["x"]], "verbose": False}
    if kind == "litert_int8":
        import tensorflow as tf

        settings["optimizations"] = [tf.lite.Optimize.DEFAULT]
    formats = {"saved_model": "tf_saved_model", "onnx": "onnx"}
    model.export(str(path), format=formats.get(kind, "litert"), **settings)


def _opened(path: Path, kind: str) -> Callable[[dict], np.ndarray]:
    """The file as a function; it holds nothing open, so that it can be renamed on every system."""
    if kind == "onnx":
        import onnxruntime

        try:
            session = onnxruntime.InferenceSession(path.read_bytes())
        except Exception as error:
            reason = str(error).strip().splitlines()[0]
            raise ValueError(f"the model has operations that do not fit into ONNX: {reason}") from None
        return lambda x: session.run(None, x)[0]

    import tensorflow as tf

    if kind == "saved_model":
        loaded = tf.saved_model.load(str(path))
        serve = loaded.signatures["serving_default"]

        def run(x, loaded=loaded):  # the variables live as long as what was loaded
            return _only(serve(**{name: tf.constant(array) for name, array in x.items()})).numpy()

        return run
    runner = tf.lite.Interpreter(model_content=path.read_bytes()).get_signature_runner()
    return lambda x: _only(runner(**x))


def _only(outputs: dict):
    if len(outputs) != 1:
        raise ValueError(f"exported takes a model of one output; this one has {len(outputs)}")
    return next(iter(outputs.values()))


@contextmanager
def _quiet():
    """Hold back what converters say of each operation, and the notices of what they themselves depend on."""
    logger = logging.getLogger("tf2onnx")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=".*tf.lite.Interpreter is deprecated.*")
            warnings.filterwarnings("ignore", message=".*`np.object` will be defined.*", category=FutureWarning)
            yield
    finally:
        logger.setLevel(level)
