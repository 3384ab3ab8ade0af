"""Multimodal learning, measured: the package behind the lessons.

The face is lazy (PEP 562): importing `mmcourse` costs nothing, and TensorFlow, Keras and
matplotlib are imported by the first name that needs them.
"""

from importlib import import_module

__version__ = "0.1.0"

_ROOMS = ("data", "evaluation", "layers", "lessons", "losses", "models", "plots", "pretrained", "training")
_NAMES = {
    "FeatureFusion": "models",
    "ModelFusion": "models",
    "Multimodal": "data",
    "Spec": "data",
    "Split": "data",
    "TaskFusion": "models",
    "lesson": "lessons",
    "load": "data",
    "play": "lessons",
}

__all__ = sorted([*_ROOMS, *_NAMES, "__version__"])


def __getattr__(name: str):
    if name in _ROOMS:
        return import_module(f"mmcourse.{name}")
    if name in _NAMES:
        return getattr(import_module(f"mmcourse.{_NAMES[name]}"), name)
    raise AttributeError(f"module 'mmcourse' has no attribute {name!r}; it offers {', '.join(__all__)}")


def __dir__() -> list[str]:
    return __all__
