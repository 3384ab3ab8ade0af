"""Fusion layers and encoders: ordinary Keras layers, on every backend of Keras."""

from .additive import ConcatFusion, NonlinearFusion, WeightedSum
from .attention import CrossModalAttention
from .audio import AudioEncoder, LogMel
from .base import Fusion
from .bilinear import CompactBilinear, FactorizedBilinear
from .bottleneck import BottleneckFusion, LatentFusion, TokenFusion
from .decisions import (
    AverageFusion,
    ProductOfExperts,
    TemperatureScaling,
    WeightedVote,
)
from .elementwise import MaxFusion, ProductFusion
from .experts import GaussianExperts, MixtureOfExperts, StackedFusion
from .gated import FiLM, GatedFusion, SqueezeExciteFusion
from .images import ImageEncoder, ResidualBlock
from .products import LowRankFusion, MultiplicativeFusion, TensorFusion
from .random_modalities import Embrace, ModalityDropout
from .text import TextEncoder
from .transformer import AttentionBlock
from .video import VideoEncoder

__all__ = [
    "AttentionBlock",
    "AudioEncoder",
    "AverageFusion",
    "BottleneckFusion",
    "CompactBilinear",
    "ConcatFusion",
    "CrossModalAttention",
    "Embrace",
    "FactorizedBilinear",
    "FiLM",
    "Fusion",
    "GatedFusion",
    "GaussianExperts",
    "ImageEncoder",
    "LatentFusion",
    "LogMel",
    "LowRankFusion",
    "MaxFusion",
    "MixtureOfExperts",
    "ModalityDropout",
    "MultiplicativeFusion",
    "NonlinearFusion",
    "ProductFusion",
    "ProductOfExperts",
    "ResidualBlock",
    "SqueezeExciteFusion",
    "StackedFusion",
    "TemperatureScaling",
    "TensorFusion",
    "TextEncoder",
    "TokenFusion",
    "VideoEncoder",
    "WeightedSum",
    "WeightedVote",
]
