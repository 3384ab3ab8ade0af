"""Models broken on purpose, the way published ones are: the verdict names each fault, and none in a healthy model."""

from dataclasses import replace

import numpy as np
import pytest

import mmcourse as mm
from tests.evaluation.worlds import Learned, alone, healthy, world

FAULTS = ("copy", "swapped", "shuffled pairs", "same answer", "ignores", "below", "not better", "above the ceiling")


def verdict(model, data, own: bool = True) -> str:
    """The sentences, a line each; every modality alone has a model of its own unless told."""
    task = data.name.split("(")[1].rstrip(")")
    models = {name: alone(task, name) for name in data.modalities} if own else None
    return "\n".join(mm.evaluation.report(model, data, alone=models).verdict)


class Rewired:
    """A model whose inputs come from elsewhere when it is used, as a slip in a loader does it."""

    def __init__(self, model, sources: dict[str, str]):
        self.model, self.sources = model, sources

    def predict(self, x, **options):
        return self.model.predict({**x, **{name: x[source] for name, source in self.sources.items()}}, **options)


def rewired(data, sources: dict[str, str]):
    """The same slip in the data, in all splits."""
    return data.map_splits(lambda s: replace(s, x={**s.x, **{name: s.x[source] for name, source in sources.items()}}))


def mispaired(data, *names: str):
    """Training samples whose modalities `names` come from other samples."""

    def shuffle(i, array):
        return array[np.random.default_rng(i).permutation(len(array))]

    x = {name: shuffle(i, array) if name in names else array for i, (name, array) in enumerate(data.train.x.items())}
    return replace(data, train=replace(data.train, x=x))


@pytest.mark.parametrize("task", ["redundant", "xor"])
@pytest.mark.parametrize("own", [True, False])
def test_a_healthy_model_has_no_fault(task, own):
    said = verdict(healthy(task), world(task), own)
    assert "uses image and text" in said and "better than" in said
    assert not [fault for fault in FAULTS if fault in said] and "MM0" not in said


def test_second_input_receives_a_copy_when_used():
    said = verdict(Rewired(healthy("redundant"), {"text": "image"}), world("redundant"))
    assert "MM003 ignores text (shuffling it changes nothing, not one answer), though text alone reaches 0.8" in said
    assert "one input as a copy of another" in said and "ignores image" not in said
    said = verdict(Rewired(healthy("redundant"), {"text": "image"}), world("redundant"), own=False)
    assert "not one answer): its input may be unconnected, or get a copy of another" in said


def test_second_input_received_a_copy_in_training():
    said = verdict(Learned(rewired(world("redundant"), {"text": "image"})), world("redundant"))
    assert said.startswith("MM011 better with text given a copy of image (0.8")
    assert "in training, that input was probably given a copy" in said
    assert "uses image (" in said and "though text alone reaches" in said


def test_the_data_holds_a_copy():
    said = verdict(healthy("redundant"), rewired(world("redundant"), {"text": "image"}), own=False)
    assert "MM007 image and text are the same array in every sample: text is a copy of image" in said


@pytest.mark.parametrize("in_training", [False, True])
def test_two_modalities_are_swapped(in_training):
    data, exchanged = world("redundant"), {"image": "text", "text": "image"}
    model = Learned(rewired(data, exchanged)) if in_training else Rewired(healthy("redundant"), exchanged)
    said = verdict(model, data)
    assert "better with image and text exchanged (0.9" in said and "the two are probably swapped" in said
    assert "ignores" not in said, "a model that is right less often than a guess shows no use of anything"


def test_trained_on_shuffled_pairs_of_modalities():
    said = verdict(Learned(mispaired(world("redundant"), "text")), world("redundant"))
    assert "MM012 worse than the models of one modality added up" in said and "it may have seen shuffled pairs" in said


def test_trained_on_pairs_of_strange_labels():
    said = verdict(Learned(mispaired(world("redundant"), "image", "text"), epochs=3), world("redundant"))
    assert "worse than image alone (" in said or "worse than text alone (" in said
    assert "worse than the models of one modality added up" in said and "shuffled pairs" in said
    assert "swapped" not in said


def test_it_has_learned_nothing_though_the_data_tells():
    class Guess:
        def predict(self, x, **_):
            return np.random.default_rng(0).random((len(x["image"]), 4))

    said = verdict(Guess(), world("redundant"))
    assert "not better than the majority baseline" in said or "below the majority baseline" in said
    assert "alone reaches 0.8" in said and "shuffled against each other in training" in said


def test_trained_on_shuffled_pairs_where_only_both_tell():
    said = verdict(Learned(mispaired(world("xor"), "text")), world("xor"), own=False)
    assert "not better than the majority baseline" in said or "below the majority baseline" in said
    assert "the data would allow 0.820" in said and "shuffled pairs" in said


class Constant:
    """Gives one answer, whatever it is shown."""

    def __init__(self, answer: int):
        self.answer = answer

    def predict(self, x, **_):
        return np.eye(4)[np.full(len(x["image"]), self.answer)]


def test_always_the_majority_class():
    data = world("redundant").with_imbalance(0.2, seed=0)
    answer = int(np.bincount(data.train.y).argmax())
    said = verdict(Constant(answer), data)
    assert said.startswith(
        f"MM001 always gives the same answer, '{answer}', which is the majority class: it uses no modality"
    )
    assert "ignores" not in said
    said = verdict(Constant((answer + 1) % 4), data)  # the test split is balanced: it scores the same
    assert "which is not even the majority class" in said


def test_below_the_majority_baseline():
    class Contrary:
        def predict(self, x, **_):
            return -healthy("redundant").predict(x)

    said = verdict(Contrary(), world("redundant"))
    assert said.startswith("MM002 below the majority baseline (0.")


def test_above_the_ceiling_is_a_leak():
    class Told:
        def predict(self, x, **_):
            return np.eye(4)[world("redundant").test.y]

    assert "MM004 above the ceiling of 0.970, which no model can be: look for a leak" in verdict(
        Told(), world("redundant"), own=False
    )


def test_a_modality_that_tells_nothing_is_ignored_without_blame():
    said = verdict(healthy("unique"), world("unique"))
    assert "uses image (" in said and "ignores text (shuffling it changes nothing)" in said
    assert "shuffled pairs" not in said and "MM003" not in said
