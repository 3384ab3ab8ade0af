"""MM006: a model that adds up its modalities where the label needs more than a sum. Taught in lessons 07 and 08."""

from ..data import Multimodal
from .pitfalls import MARGIN, SELDOM, Finding
from .projection import emap
from .statistics import Score, share

SAMPLES = 100  # for the projection: the model is asked for 10,000 pairs


def no_interaction(model, data: Multimodal, split: str, seed: int, fused: Score) -> list[Finding]:
    """The finding, where the best possible sum is known to be worse than the ceiling and the model is such a sum.

    `fused`: its accuracy. Whether a label needs an interaction is known of sets whose process is known; of others
    nothing is said. A model near the ceiling is not asked: it has what it needs.
    """
    part, names = data.split(split), list(data.modalities)
    if data.world is None or len(names) != 2 or part.present is not None or len(part) < SAMPLES:
        return []
    ceiling = data.ceiling()
    if fused.high >= ceiling - MARGIN:
        return []
    best = data.world.best_sum(*names)
    if best >= ceiling - MARGIN:
        return []
    left = emap(model, data, SAMPLES, split, seed)
    changed = share(left.logits.argmax(axis=1) != left.additive.argmax(axis=1))
    if changed.high >= SELDOM:
        return []
    sentence = (
        f"adds {names[0]} and {names[1]} up, without interaction: its closest sum gives other answers to at most "
        f"{100 * changed.high:.0f}% of the samples. A sum trained on all there is would reach {best:.3f}, the ceiling "
        f"is {ceiling:.3f}"
    )
    return [Finding("MM006", sentence, None, {"answers its closest sum gives otherwise": changed, "fused": fused})]
