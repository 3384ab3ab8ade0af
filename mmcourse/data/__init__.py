"""Data sets: every one, embedded or real, comes back as the same type, `Multimodal`."""

from importlib import import_module

from .multimodal import Multimodal, Spec, Split

SETS = {
    "digits": "digits",
    "scenes": "scenes",
    "find": "find",
    "motion": "motion",
    "av_mnist": "av_mnist",
    "captioned_cifar10": "cifar",
    "pets": "pets",
}  # name -> module of this room with a function `load(**options)`

_OWN = {"from_arrays": "own", "from_folder": "own_files", "from_table": "own_files"}
__all__ = ["SETS", "Multimodal", "Spec", "Split", "load", *_OWN]


def load(name: str, **options) -> Multimodal:
    """Load a data set by name, with that set's own options: `load("digits", image_noise=0.3, seed=1)`.

    Raises `ValueError` for an unknown name or option. Taught in lesson 00.
    """
    if name not in SETS:
        raise ValueError(f"there is no data set {name!r}; choose one of {', '.join(SETS)}")
    make = import_module(f"mmcourse.data.{SETS[name]}").load
    known = make.__kwdefaults__ or {}
    unknown = sorted(set(options) - set(known))
    if unknown:
        raise ValueError(f"load({name!r}) takes the options {', '.join(known)}; got {', '.join(unknown)}")
    return make(**options)


def __getattr__(name: str):
    if name in _OWN:
        return getattr(import_module(f"mmcourse.data.{_OWN[name]}"), name)
    raise AttributeError(f"module 'mmcourse.data' has no attribute {name!r}; it offers {', '.join(__all__)}")
