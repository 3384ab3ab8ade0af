"""Accuracy with its uncertainty; and what is left of it when a modality is shuffled or dropped. Taught in lesson 06."""

from ..data import Multimodal, Split
from .asking import answers, only, with_neutral, with_shuffled
from .statistics import Paired, Score, difference, share


def accuracy(model, data: Multimodal, split: str = "test") -> Score:
    """The share of right answers of a Keras classifier (logits or probabilities, (N, classes)) on a split.

    The interval speaks of new samples from the same source (of new groups, where the split has groups), not of new
    seeds.

    >>> found = accuracy(model, data)
    >>> found.low < found.value < found.high
    True
    """
    return _score(model, data.split(split))


def shuffled(model, data: Multimodal, modality: str, seed: int = 0, split: str = "test") -> Score:
    """Accuracy when one modality comes from other samples. A model that does not use the modality loses nothing.

    >>> shuffled(model, data, "text").value < accuracy(model, data).value
    True
    """
    data.check_names([modality])
    return _score(model, with_shuffled(data.split(split), modality, seed))


def dropped(model, data: Multimodal, modality: str, split: str = "test") -> Score:
    """Accuracy when every sample shows the mean of `train` in place of one modality, so that it says nothing.

    A text becomes one without words. This works with every model. A model built with `allow_missing=True` can also be
    asked with the modality absent, by not passing it to `predict`; the two are not the same question.

    >>> dropped(model, data, "text").value < accuracy(model, data).value
    True
    """
    data.check_names([modality])
    return _score(model, with_neutral(data, data.split(split), [modality]))


def paired(a, b, data: Multimodal, split: str = "test") -> Paired:
    """How much more often model a is right than model b on the same samples, and whether that may be luck.

    See `difference` in `statistics` for the test. A model of fewer modalities is given those it takes. Taught in
    lesson 13.

    >>> paired(model, model, data).difference
    0.0
    """
    part = data.split(split)
    return difference(*(answers(model, _what_it_takes(model, part)) == part.y for model in (a, b)), part.group)


def _what_it_takes(model, part: Split) -> Split:
    names = getattr(getattr(model, "modalities", None), "names", None)
    return part if names is None else only(part, [name for name in part.x if name in names], model)


def _score(model, part: Split) -> Score:
    return share(answers(model, part) == part.y, part.group)
