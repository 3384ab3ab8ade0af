"""Data sets: every one, embedded or real, comes back as the same type, `Multimodal`."""

from importlib import import_module

from .multimodal import Multimodal
from .splits import Spec, Split

#: The name of every set, and the module of `sets` whose `load(**options)` makes it. Taught in lesson 00.
#:
#: >>> "digits" in SETS
#: True
SETS = {
    "digits": "digits",
    "emoji": "emoji",
    "scenes": "scenes",
    "find": "find",
    "motion": "motion",
    "sentences": "sentences",
    "moods": "moods",
    "av_mnist": "av_mnist",
    "captioned_cifar10": "cifar",
    "pets": "pets",
}

_OWN = dict.fromkeys(("from_arrays", "from_folder", "from_table", "messy_folder", "to_arrays", "to_table"), "own")
__all__ = ["SETS", "Multimodal", "Spec", "Split", "load", *_OWN]


def load(name: str, **options) -> Multimodal:
    """Load a data set by name, with that set's own options: `load("digits", image_noise=0.3, seed=1)`.

    Raises `ValueError` for an unknown name or option. Taught in lesson 00.

    >>> load("digits", seed=1).name
    'digits'
    """
    if name not in SETS:
        raise ValueError(f"there is no data set {name!r}; choose one of {', '.join(SETS)}")
    make = import_module(f".sets.{SETS[name]}", __name__).load
    known = make.__kwdefaults__ or {}
    unknown = sorted(set(options) - set(known))
    if unknown:
        raise ValueError(f"load({name!r}) takes the options {', '.join(known)}; got {', '.join(unknown)}")
    return make(**options)


def __getattr__(name: str):
    if name in _OWN:
        return getattr(import_module(f".{_OWN[name]}", __name__), name)
    raise AttributeError(f"module 'mmcourse.data' has no attribute {name!r}; it offers {', '.join(__all__)}")
