"""Fusion layers and encoders: ordinary Keras layers, on every backend of Keras."""

from mmcourse.layers.additive import ConcatFusion, NonlinearFusion, WeightedSum
from mmcourse.layers.attention import CrossModalAttention
from mmcourse.layers.audio import AudioEncoder, LogMel
from mmcourse.layers.base import Fusion
from mmcourse.layers.bilinear import CompactBilinear, FactorizedBilinear
from mmcourse.layers.bottleneck import BottleneckFusion, LatentFusion
from mmcourse.layers.chance import Embrace, ModalityDropout
from mmcourse.layers.decisions import (
    AverageFusion,
    MixtureOfExperts,
    ProductOfExperts,
    StackedFusion,
    TemperatureScaling,
    WeightedVote,
)
from mmcourse.layers.gated import FiLM, GatedFusion, SqueezeExciteFusion
from mmcourse.layers.images import ImageEncoder, ResidualBlock
from mmcourse.layers.products import LowRankFusion, MultiplicativeFusion, TensorFusion
from mmcourse.layers.sequences import TextEncoder, VideoEncoder
from mmcourse.layers.transformer import AttentionBlock

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
    "ImageEncoder",
    "LatentFusion",
    "LogMel",
    "LowRankFusion",
    "MixtureOfExperts",
    "ModalityDropout",
    "MultiplicativeFusion",
    "NonlinearFusion",
    "ProductOfExperts",
    "ResidualBlock",
    "SqueezeExciteFusion",
    "StackedFusion",
    "TemperatureScaling",
    "TensorFusion",
    "TextEncoder",
    "VideoEncoder",
    "WeightedSum",
    "WeightedVote",
]
