"""Training: devices, precision, `fit` with exact resume, many devices, and what it all costs.

The face is lazy: Keras is imported by the first name that needs it.
"""

from importlib import import_module

_NAMES = {
    "Batches": "batches",
    "Devices": "hardware",
    "ExactResume": "exact_resume",
    "Exported": "exporting",
    "FarStore": "far_store",
    "Footprint": "model_cost",
    "Latency": "model_cost",
    "NonFiniteLossError": "relay",
    "PrivateRun": "private",
    "Run": "fitting",
    "Scale": "scale",
    "cached": "caching",
    "compile_defaults": "hardware",
    "compile_once": "compiled_once",
    "devices": "hardware",
    "epsilon": "accountant",
    "exported": "exporting",
    "features_alone": "unimodal",
    "fit": "fitting",
    "footprint": "model_cost",
    "input_bound": "waiting",
    "ladder": "rungs",
    "latency": "model_cost",
    "out_of_fold": "cross_fitting",
    "precision": "hardware",
    "profile": "profiling",
    "prune": "pruning",
    "strategy": "scale",
    "throughput": "step_cost",
    "train": "short",
    "train_private": "private",
}

__all__ = sorted(_NAMES)


def __getattr__(name: str):
    if name in _NAMES:
        return getattr(import_module(f"mmcourse.training.{_NAMES[name]}"), name)
    raise AttributeError(f"module 'mmcourse.training' has no attribute {name!r}; it offers {', '.join(__all__)}")


def __dir__() -> list[str]:
    return __all__
