"""Losses of multimodal learning: alignment, several tasks, a teacher, and balance between modalities."""

from .balance import GradientBlending, GradientModulation, UnimodalAuxiliary
from .contrastive import ContrastiveLoss, SigmoidContrastiveLoss
from .correlation import CorrelationLoss
from .tasks import DistillationLoss, UncertaintyWeighting

__all__ = [
    "ContrastiveLoss",
    "CorrelationLoss",
    "DistillationLoss",
    "GradientBlending",
    "GradientModulation",
    "SigmoidContrastiveLoss",
    "UncertaintyWeighting",
    "UnimodalAuxiliary",
]
