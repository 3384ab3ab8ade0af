"""Evaluation that can say no. What is here, by the question it answers:

How good, and how sure is that?
    Scores({seed: accuracy})                                      one number a seed: mean, spread, standard error
    Method(label, key=..., modality=None)                         what a bar, a line or a row is about
    accuracy(model, data, split="test") -> Score                  a share with its 95% interval
    paired(a, b, data, split="test") -> Paired                    are two models different, sample by sample?
    compare(methods, data, seeds, *, epochs, batch_size, learning_rates) -> Comparison
                                                                  train each with each seed under one budget
    matched_width(count, parameters) -> int                       how wide, for as many parameters as another model
    per_class(model, data, split="test") -> PerClass              precision, recall, F1, confusion table
Does it use what it is given?
    report(model, data, *, alone=None, ordered=(), split="test", seed=0) -> Report
                                                                  all of it in one table, with a verdict in words
    check(model, data, **the same) -> Findings                    of that the pitfalls alone, by their numbers
    PITFALLS["MM003"] -> Pitfall                                  name, what to do, and the page of each
    shuffled(model, data, modality, seed=0, split="test") -> Score
    dropped(model, data, modality, split="test") -> Score
    shapley(model, data, split="test", unit="accuracy") -> Shapley
                                                                  what each modality adds, exactly shared out, and
                                                                  what only several add together; also in bits
    shapley_of(worth, players) -> Shapley                         the same of any worth of sets of players
    best_value(data, unit="accuracy") -> worth                    such as what the best possible model gets from them
    emap(model, data, n=300, split="test", seed=0) -> Emap        what is left if modalities may only be added
    pointing(maps, masks) -> Pointing                             does a map over the picture point at the object?
    highest_points(maps, size, n=None) -> (N, 2) rows and columns where it points
    grad_cam(model, x, modality, layer_name, target) -> (N, H, W) which places of a picture speak for an answer?
    with_static(images, points, side, seed=0) -> images           static there: does the answer hang on that place?
    deletion(answer, images, maps, shares, seed=0) -> Deletion    the same for ever more places, beside random ones
Does it find the right one among many?
    recall_at(similarity, k=1, *, right=None, pool=None) -> float R@k, exact where similarities are equal
    retrieval(similarity, names, ks, *, right=None, best=None, pool=None) -> Retrieval
                                                                  both directions, beside chance and the ceiling
How do its tasks get on?
    gradient_cosines(model, batch, labels, losses) -> {(task, task): cosine}
                                                                  do they pull the shared trunk the same way?
Does it find and outline the object?
    box_iou(boxes, truth), mask_iou(masks, truth) -> (N,)         what both cover over what either covers, each
    overall_iou(masks, truth) -> float                            the same over all pictures as one
    average_precision(overlaps, confidence, at=0.5) -> float      AP50: right and sure, or wrong and unsure?
Does it describe what it sees?
    factual(captions, truth) -> Facts                             are the facts of a caption true of its picture?
    facts_of(caption) -> {factor: {value}}                        what a caption says, by the words of `scenes`
    bleu(captions, references) -> float                           BLEU-4: are its words in a reference?
Does it give away who was in its training set?
    membership(members, others, at=0.01) -> Membership            area under the curve, and members found at few
                                                                  false alarms, from the scores of an attack
    loss_attack(model, members, others, at=0.01) -> Membership    the simplest attack: a small loss has been seen
    logit_confidence(model, part) -> (N,)                         log(p / (1 - p)) of the label, near to normal
    likelihood_ratio(target, shadows, inside) -> (N,)             the strongest: against models that had a sample or not
What did it cost to make it smaller?
    compression({name: model}, data, split="test", calls=50) -> Compression
                                                                  bytes, milliseconds, calibration, answers changed,
                                                                  and what each modality is still worth
How does it fail?
    robustness(model, data, modality, snrs, seed=0) -> Robustness accuracy against noise, area under the curve
    availability(model, data, *, fill=None, split="test") -> Availability
                                                                  accuracy from every set of modalities, area under
                                                                  the curve over how often they are missing
    presence_only(data, split="test") -> PresenceOnly             what do the gaps alone tell about the label?
    reliability(model, data, bins=15, split="test", scaling=None) -> Reliability
    calibration_error(model, data, bins=15, split="test", scaling=None) -> float
    fit_temperature(model, data) -> TemperatureScaling            a fitted layer: one temperature, from val

`model` has `predict` and gives logits or probabilities (N, classes); `data` is a `Multimodal` with one class label per
sample. Results show themselves as a table in a notebook and as text in a terminal; `to_json()` gives plain values.
Figures are drawn by `mmcourse.plots`: `report`, `reliability`, `robustness`, `membership`.

In the examples, `data` and `model` are these: two noisy views of a label, and the sum of what both say.

>>> label = np.arange(600) % 3
>>> views = np.eye(3)[label] + 0.6 * np.random.default_rng(0).normal(size=(2, 600, 3))
>>> data = mm.data.from_arrays({"image": views[0], "text": views[1]}, label)
>>> inputs = {name: keras.Input((3,), name=name) for name in data.modalities}
>>> model = keras.Model(inputs, 3 * (inputs["image"] + inputs["text"]))  # its outputs are logits
"""

from .availability import Availability, availability
from .bleu import bleu
from .calibration import Reliability, calibration_error, fit_temperature, reliability
from .checking import Findings, check
from .classes import PerClass, per_class
from .comparing import Comparison, compare, matched_width
from .compression import Compressed, Compression, compression
from .cosines import gradient_cosines
from .deletion import Deletion, deletion
from .facts import Facts, facts_of, factual
from .grad_cam import grad_cam
from .membership import Membership, likelihood_ratio, logit_confidence, loss_attack, membership
from .methods import Method
from .overlaps import average_precision, box_iou, mask_iou, overall_iou
from .pitfalls import BY_NUMBER, Finding, Pitfall
from .pointing import Pointing, highest_points, pointing, with_static
from .presence import PresenceOnly, presence_only
from .projection import Emap, emap
from .reporting import Report, report
from .retrieval import Retrieval, recall_at, retrieval
from .robust import Robustness, robustness
from .scores import accuracy, dropped, paired, shuffled
from .seeds import Scores, highest
from .shares import Shapley, best_value, shapley, shapley_of
from .statistics import Paired, Score

#: Every pitfall by its number, which is its own for ever. Taught in lesson 05.
#:
#: >>> PITFALLS["MM004"].name
#: 'above the ceiling'
PITFALLS = BY_NUMBER

__all__ = [
    "PITFALLS",
    "Availability",
    "Comparison",
    "Compressed",
    "Compression",
    "Deletion",
    "Emap",
    "Facts",
    "Finding",
    "Findings",
    "Membership",
    "Method",
    "Paired",
    "PerClass",
    "Pitfall",
    "Pointing",
    "PresenceOnly",
    "Reliability",
    "Report",
    "Retrieval",
    "Robustness",
    "Score",
    "Scores",
    "Shapley",
    "accuracy",
    "availability",
    "average_precision",
    "best_value",
    "bleu",
    "box_iou",
    "calibration_error",
    "check",
    "compare",
    "compression",
    "deletion",
    "dropped",
    "emap",
    "facts_of",
    "factual",
    "fit_temperature",
    "grad_cam",
    "gradient_cosines",
    "highest",
    "highest_points",
    "likelihood_ratio",
    "logit_confidence",
    "loss_attack",
    "mask_iou",
    "matched_width",
    "membership",
    "overall_iou",
    "paired",
    "per_class",
    "pointing",
    "presence_only",
    "recall_at",
    "reliability",
    "report",
    "retrieval",
    "robustness",
    "shapley",
    "shapley_of",
    "shuffled",
    "with_static",
]
