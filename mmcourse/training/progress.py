"""One line that says how training goes, fit for a terminal, a notebook and a log file.

Keras's own bar fills a saved notebook with control characters. Taught in lesson 24.
"""

import sys
import time

import keras

REFRESH = 0.2  # seconds between two refreshes: often enough to read, too seldom to cost


def progress_callback(epochs: int, batches) -> "Progress":
    """The progress line for wherever this process shows its output."""
    return Progress(epochs, batches, _place())


class Progress(keras.callbacks.Callback):
    """`epoch 3/10 [====    ] 12/16 loss 0.512 accuracy 0.81 | 4100 examples/s`, refreshed as it goes."""

    def __init__(self, epochs: int, batches, place: str):
        super().__init__()
        self.epochs, self.batches, self.place = epochs, batches, place
        self.display = None
        self.width = 0

    def say(self, text: str) -> None:
        """A sentence of its own, which stays."""
        print(text, flush=True)

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch
        self.shown = 0.0
        self.first = None

    def on_train_batch_end(self, batch, logs=None):
        now = time.perf_counter()
        if self.first is None:  # the first step may compile: speed counts from its end
            self.first = (now, batch)
        if self.place == "log" or now - self.shown < REFRESH:
            return
        self.shown = now
        steps = self.batches.plan.steps
        filled = 20 * (batch + 1) // steps
        bar = f"[{'=' * filled}{' ' * (20 - filled)}] {batch + 1}/{steps}"
        self._line(f"{bar} {_metrics(logs)}{self._speed(now, batch)}", ended=False)

    def on_test_begin(self, logs=None):
        self.trained = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        ended = getattr(self, "trained", 0.0) if any(k.startswith("val_") for k in logs or {}) else 0.0
        speed = self._speed(ended or time.perf_counter(), self.batches.plan.steps - 1)
        self._line(f"{_metrics(logs)}{speed}", ended=True)

    def on_train_end(self, logs=None):
        self.display = None

    def _speed(self, now: float, batch: int) -> str:
        since, step = self.first or (now, batch)
        if batch <= step or now <= since:
            return ""
        return f" | {(batch - step) * self.batches.plan.size / (now - since):.0f} examples/s"

    def _line(self, text: str, ended: bool) -> None:
        line = f"epoch {self.epoch + 1}/{self.epochs} {text}"
        if self.place == "notebook":
            self._update(line)
        elif self.place == "terminal":
            print(f"\r{line.ljust(self.width)}", end="\n" if ended else "", flush=True)
            self.width = 0 if ended else len(line)
        else:
            print(line, flush=True)

    def _update(self, line: str) -> None:
        from IPython.display import display

        content = {"text/plain": line}
        if self.display is None:
            self.display = display(content, raw=True, display_id=True)
        else:
            self.display.update(content, raw=True)


def _metrics(logs: dict | None) -> str:
    return " ".join(f"{name} {value:.4g}" for name, value in (logs or {}).items())


def _place() -> str:
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is not None and shell.has_trait("kernel"):
        return "notebook"
    return "terminal" if sys.stdout.isatty() else "log"
