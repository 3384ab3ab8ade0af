"""The three words of the course as three Keras models, and a fourth that answers in words."""

from .captioner import Captioner
from .decision import ModelFusion
from .feature import FeatureFusion
from .task import TaskFusion

__all__ = ["Captioner", "FeatureFusion", "ModelFusion", "TaskFusion"]
