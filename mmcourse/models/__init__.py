"""The three words of the course as three Keras models."""

from .decision import ModelFusion
from .feature import FeatureFusion
from .task import TaskFusion

__all__ = ["FeatureFusion", "ModelFusion", "TaskFusion"]
