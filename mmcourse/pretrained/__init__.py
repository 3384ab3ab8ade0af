"""Encoders that somebody trained before: TensorFlow Hub, keras.applications, KerasHub, and two small ones of our own.

Taught in lesson 17. All are frozen layers until `.trainable = True`, with their preprocessing inside.
"""

from mmcourse.data.fetch import NotAvailable

from .features import extract
from .hub import HubLayer
from .images import ImageBackbone, image
from .texts import TextBackbone, text

__all__ = [
    "HubLayer",
    "ImageBackbone",
    "NotAvailable",
    "TextBackbone",
    "extract",
    "image",
    "text",
]
