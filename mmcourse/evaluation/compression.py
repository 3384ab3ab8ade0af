"""What was paid for bytes and milliseconds: accuracy, calibration, who was changed, and which modality. Lesson 23."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..data import Multimodal
from .asking import outputs
from .calibration import calibration_error
from .scores import accuracy, dropped
from .tables import Shown


@dataclass(frozen=True)
class Compressed:
    """One model beside the first one.

    `accuracy` with everything there; `without`: modality -> accuracy when it says nothing; `calibration` the expected
    error; `changed` the share of answers that are not those of the first model; `plain` and `gzip` bytes; `ms` the
    median milliseconds for one sample, `ms_low` and `ms_high` the quartiles.

    >>> compression({"whole": model}, data).rows["whole"].changed
    0.0
    """

    accuracy: float
    without: dict[str, float]
    calibration: float
    changed: float
    plain: int
    gzip: int
    ms: float
    ms_low: float
    ms_high: float


@dataclass(frozen=True, repr=False)
class Compression(Shown):
    """`rows`: name -> `Compressed`, in the order given; `lost(name)` is what it costs by modality.

    >>> found = compression({"whole": model, "again": model}, data)
    >>> found.lost("again")
    {'all': 0.0, 'without image': 0.0, 'without text': 0.0}
    """

    data: str
    split: str
    rows: dict[str, Compressed]

    def lost(self, name: str) -> dict[str, float]:
        """Accuracy of the first model less that of this one: with everything there, and without each modality."""
        first, row = next(iter(self.rows.values())), self.rows[name]
        without = {f"without {m}": first.without[m] - value for m, value in row.without.items()}
        return {"all": first.accuracy - row.accuracy, **without}

    def title(self) -> str:
        return f"{self.data}, {self.split}: what {len(self.rows)} models cost and keep"

    def table(self) -> tuple[list[str], list[list[str]]]:
        names = list(next(iter(self.rows.values())).without)
        header = ["model", "kB", "kB gzip", "ms (quartiles)", "accuracy", *(f"without {m}" for m in names)]
        rows = [
            [
                name,
                f"{row.plain / 1e3:.1f}",
                f"{row.gzip / 1e3:.1f}",
                f"{row.ms:.2f} ({row.ms_low:.2f} to {row.ms_high:.2f})",
                *(f"{value:.3f}" for value in (row.accuracy, *row.without.values(), row.calibration, row.changed)),
            ]
            for name, row in self.rows.items()
        ]
        return [*header, "calibration error", "answers changed"], rows

    def below(self) -> list[str]:
        return [f"(answers changed: against {next(iter(self.rows))!r}; without: every sample shows the train mean)"]


def compression(models: Mapping[str, object], data: Multimodal, *, split: str = "test", calls: int = 50) -> Compression:
    """Bytes, milliseconds and what each modality is still worth, for models beside the first of `models`.

    A model is a Keras model or an `Exported` one, which may be of the same network: then what differs is the runtime.
    `without` is asked as in `dropped`. Top-line accuracy can stay while single answers change (Hooker et al., 2019,
    arXiv:1911.05248), so those are counted. Times are of this machine and moment. Raises `ValueError` where there is no
    model, and what `accuracy`, `footprint` and `latency` raise. Taught in lesson 23.

    >>> found = compression({"whole": model}, data, calls=3)
    >>> found.rows["whole"].without["text"] < found.rows["whole"].accuracy
    True
    """
    if not models:
        raise ValueError("compression compares models with the first of them; got none")
    from ..training import footprint, latency

    part = data.split(split)
    said = {name: _Said(outputs(model, part)) for name, model in models.items()}
    first = next(iter(said.values())).outputs.argmax(axis=1)
    rows = {}
    for name, model in models.items():
        size, time = footprint(model), latency(model, part.batch(), calls=calls)
        rows[name] = Compressed(
            accuracy=accuracy(said[name], data, split).value,
            without={modality: dropped(model, data, modality, split).value for modality in data.modalities},
            calibration=calibration_error(said[name], data, split=split),
            changed=float(np.mean(said[name].outputs.argmax(axis=1) != first)),
            plain=size.plain,
            gzip=size.gzip,
            ms=1e3 * time.median,
            ms_low=1e3 * time.low,
            ms_high=1e3 * time.high,
        )
    return Compression(data.name, split, rows)


@dataclass(frozen=True)
class _Said:
    """What a model has said of a split already, in its place: asking a small model takes longer than counting."""

    outputs: np.ndarray

    def predict(self, _, **__) -> np.ndarray:
        return self.outputs
