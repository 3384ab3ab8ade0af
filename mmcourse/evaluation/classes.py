"""One number hides which classes fail: precision, recall and F1 of each, and who is taken for whom. Lesson 16."""

from dataclasses import dataclass

import numpy as np

from ..data import Multimodal
from .asking import answers
from .tables import Shown


@dataclass(frozen=True, repr=False)
class PerClass(Shown):
    """`precision`, `recall`, `f1` and `support` (C,), and `confusion` (C, C): rows are the truth, columns the answer.

    A class that is never answered has precision 0, one that never occurs has recall 0.

    >>> per_class(model, data).confusion.shape
    (3, 3)
    """

    data: str
    split: str
    classes: tuple[str, ...]
    precision: np.ndarray
    recall: np.ndarray
    f1: np.ndarray
    support: np.ndarray
    confusion: np.ndarray

    def title(self) -> str:
        return f"{self.data}, {self.split}: each class; macro F1 {np.mean(self.f1):.3f}"

    def table(self) -> tuple[list[str], list[list[str]]]:
        header = ["class", "precision", "recall", "F1", "samples", "most often taken for"]
        columns = zip(self.classes, self.precision, self.recall, self.f1, self.support, self.confusion, strict=True)
        rows = []
        for row, (name, *numbers, support, answered) in enumerate(columns):
            wrong = np.where(np.arange(len(answered)) == row, 0, answered)
            other = f"{self.classes[wrong.argmax()]} ({wrong.max()})" if wrong.max() else ""
            rows.append([name, *(f"{number:.3f}" for number in numbers), str(support), other])
        return header, rows


def per_class(model, data: Multimodal, split: str = "test") -> PerClass:
    """Precision, recall, F1, support and the confusion table of a model, by scikit-learn. Taught in lesson 16.

    >>> found = per_class(model, data)
    >>> int(found.support.sum()) == len(data.test)
    True
    """
    from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

    part = data.split(split)
    said = answers(model, part)
    count = 1 + max(int(said.max()), int(part.y.max()), int(data.train.y.max()))
    names = data.classes or tuple(str(label) for label in range(count))
    labels = range(max(count, len(names)))
    numbers = precision_recall_fscore_support(part.y, said, labels=labels, zero_division=0)
    return PerClass(data.name, split, tuple(names), *numbers, confusion_matrix(part.y, said, labels=labels))
