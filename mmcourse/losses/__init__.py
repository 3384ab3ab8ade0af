"""Losses of multimodal learning: alignment, several tasks, a teacher, and balance between modalities."""

from mmcourse.losses.balance import GradientBlending, GradientModulation, UnimodalAuxiliary
from mmcourse.losses.contrastive import ContrastiveLoss, SigmoidContrastiveLoss
from mmcourse.losses.tasks import DistillationLoss, UncertaintyWeighting

__all__ = [
    "ContrastiveLoss",
    "DistillationLoss",
    "GradientBlending",
    "GradientModulation",
    "SigmoidContrastiveLoss",
    "UncertaintyWeighting",
    "UnimodalAuxiliary",
]
