"""Evaluation that can say no: accuracy with an interval, and whether a model uses what it is given."""

from .scores import Score, accuracy, dropped, shuffled

__all__ = ["Score", "accuracy", "dropped", "shuffled"]
