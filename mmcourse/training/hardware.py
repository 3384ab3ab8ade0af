"""What there is to compute on, and the settings that follow from it. Taught in lessons 00 and 24.

Every rule here is a measurement: `python benchmarks/training.py defaults` makes them again.
"""

import os
from dataclasses import dataclass

import keras


@dataclass(frozen=True)
class Gpu:
    """One GPU. `compute_capability` is NVIDIA's (major, minor), None for others; memory in bytes, None if unknown."""

    name: str
    compute_capability: tuple[int, int] | None
    memory: int | None


@dataclass(frozen=True)
class Devices:
    """What this process can use; `str()` is one line for a reader.

    >>> devices().kind in ("cpu", "gpu")
    True
    """

    backend: str
    gpus: tuple[Gpu, ...]
    cores: int
    memory: int | None
    note: str = ""

    @property
    def kind(self) -> str:
        """ "gpu" or "cpu"."""
        return "gpu" if self.gpus else "cpu"

    def __str__(self) -> str:
        size = f", {self.memory / 2**30:.0f} GiB" if self.memory else ""
        gpus = "no GPU" if not self.gpus else f"{len(self.gpus)} GPU: {', '.join(g.name for g in self.gpus)}"
        return f"{gpus}; {self.cores} CPU cores{size}; Keras on {self.backend}{self.note}"


@dataclass(frozen=True)
class Precision:
    """A Keras dtype policy and the reason for it."""

    policy: str
    why: str

    def __str__(self) -> str:
        return f"{self.policy}: {self.why}"


def devices() -> Devices:
    """Look at the machine, and let TensorFlow take GPU memory as it needs it instead of all at once.

    Memory growth can only be set before the first operation on a GPU; where it is too late, the
    line says so. Taught in lesson 00.

    >>> devices().cores > 0
    True
    """
    backend = keras.backend.backend()
    gpus, note = {"tensorflow": _tensorflow, "jax": _jax, "torch": _torch}[backend]()
    return Devices(backend, tuple(gpus), len(_affinity()), _memory(), note)


def precision(choice: str = "auto") -> Precision:
    """Set Keras's global dtype policy and say why; call it before building a model.

    "auto": mixed_bfloat16 on NVIDIA GPUs from Ampere on (compute capability 8.0), mixed_float16 on
    older ones with tensor cores (from 7.0), float32 on all else. Under mixed_float16 Keras scales
    the loss by itself in `compile`. Or name a policy: "float32", "mixed_float16", "mixed_bfloat16".
    Taught in lesson 24.

    >>> precision("float32").policy
    'float32'
    """
    if choice == "auto":
        chosen = _choose_precision(devices())
    elif choice in ("float32", "mixed_float16", "mixed_bfloat16"):
        chosen = Precision(choice, "as asked")
    else:
        raise ValueError(
            f"precision is auto, float32, mixed_float16 or mixed_bfloat16; got {choice!r}. Float16 without "
            '"mixed" keeps the weights in 11 bits, and small updates vanish'
        )
    keras.config.set_dtype_policy(chosen.policy)
    return chosen


def compile_defaults(model: keras.Model) -> dict:
    """Settings for `model.compile(..., **compile_defaults(model))`, by backend, device and kind of model.

    On a CPU with TensorFlow, measured on 2 cores in CPU time of a step, against neither:

    | model | `jit_compile` | `steps_per_execution=8` | chosen |
    | --- | --- | --- | --- |
    | dense or any other fusion of vectors, cross-attention | .9 to 1.3 | .7 to .9 | 8 steps |
    | tensor fusion of 64 x 64 x 64, not projected | .5 to .7 | 1.0 | XLA |
    | convolutions | 1.3 to 10 | .95 | 8 steps |
    | GRU | .65 | .9 | XLA |
    | blocks of attention | .75 | .95 | XLA |

    XLA takes 1 to 3 CPU-seconds more to compile and pays after a few hundred steps. With a GPU, XLA is
    Keras's "auto". JAX always compiles and PyTorch never does; both take one step at a time.

    The result is a plain dict: override with `compile_defaults(model) | {"jit_compile": True}`.
    The model need not be built, but must have its layers. Taught in lesson 24.

    >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    >>> model.compile("adam", "mse", **compile_defaults(model))
    """
    if keras.backend.backend() != "tensorflow":
        return {"jit_compile": "auto", "steps_per_execution": 1}
    if devices().gpus:
        return {"jit_compile": "auto", "steps_per_execution": 8}
    xla = _suits_xla_on_cpu(model)
    return {"jit_compile": xla, "steps_per_execution": 1 if xla else 8}


def _suits_xla_on_cpu(model: keras.Model) -> bool:
    """By the layers: ours say it of themselves (`xla_on_cpu`), Keras's are known by their kind."""
    layers = list(model._flatten_layers())
    if any(_convolves(layer) for layer in layers):
        return False
    steps = (keras.layers.RNN, keras.layers.MultiHeadAttention)  # many small steps gain, few large products do not
    return any(isinstance(layer, steps) or getattr(layer, "xla_on_cpu", False) for layer in layers)


def _convolves(layer) -> bool:
    spectra = (keras.layers.MelSpectrogram, keras.layers.STFTSpectrogram)
    return isinstance(layer, spectra) or hasattr(layer, "kernel_size") or hasattr(layer, "pool_size")


def _choose_precision(found: Devices) -> Precision:
    if not found.gpus:
        return Precision("float32", "on a CPU lower precision is 3 to 8 times slower")
    capabilities = [gpu.compute_capability for gpu in found.gpus]
    if any(capability is None for capability in capabilities):
        return Precision("float32", "the GPU does not say what it can do")
    weakest = min(capabilities)
    words = f"compute capability {weakest[0]}.{weakest[1]}"
    if weakest >= (8, 0):
        return Precision("mixed_bfloat16", f"{words} multiplies bfloat16 in hardware, with the range of float32")
    if weakest >= (7, 0):
        return Precision("mixed_float16", f"{words} has float16 tensor cores but no bfloat16; the loss is scaled")
    return Precision("float32", f"{words} is from before tensor cores, and float16 would gain nothing")


def _tensorflow() -> tuple[list[Gpu], str]:
    import tensorflow as tf

    found, note = [], ""
    for device in tf.config.list_physical_devices("GPU"):
        try:
            tf.config.experimental.set_memory_growth(device, True)
        except RuntimeError:  # the GPU is in use already
            if not tf.config.experimental.get_memory_growth(device):
                note = " (memory growth is off: call devices() before anything runs on the GPU)"
        details = tf.config.experimental.get_device_details(device)
        found.append(Gpu(details.get("device_name", device.name), details.get("compute_capability"), None))
    return found, note


def _jax() -> tuple[list[Gpu], str]:
    import jax

    found = []
    for device in jax.devices():
        if device.platform == "gpu":
            capability = getattr(device, "compute_capability", None)
            numbers = tuple(int(part) for part in str(capability).split(".")) if capability else None
            limit = (device.memory_stats() or {}).get("bytes_limit")
            found.append(Gpu(device.device_kind, numbers, limit))
    return found, ""


def _torch() -> tuple[list[Gpu], str]:
    import torch

    found = []
    for index in range(torch.cuda.device_count()):
        properties = torch.cuda.get_device_properties(index)
        capability = (properties.major, properties.minor)
        found.append(Gpu(properties.name, capability, properties.total_memory))
    return found, ""


def _affinity() -> set[int]:
    """The cores this process may use: a container often has fewer than the machine."""
    if hasattr(os, "sched_getaffinity"):
        return os.sched_getaffinity(0)
    return set(range(os.cpu_count() or 1))


def _memory() -> int | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # Windows has no sysconf
        return None


def available_memory() -> int | None:
    """Bytes of memory that can be had without swapping, None where the system does not tell."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_AVPHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None
