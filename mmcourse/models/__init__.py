"""The three words of the course as three Keras models."""

from mmcourse.models.decision import ModelFusion
from mmcourse.models.feature import FeatureFusion
from mmcourse.models.task import TaskFusion

__all__ = ["FeatureFusion", "ModelFusion", "TaskFusion"]
