"""Encoders trained before: TensorFlow Hub, keras.applications, KerasHub, and two small ones of our own.

Taught in lesson 17. Each is a frozen layer until `.trainable = True`, with its preprocessing inside.
"""

from ..data.fetching.fetch import NotAvailable
from .features import extract
from .hub import HubLayer
from .images import ImageBackbone, image
from .small import save_as_saved_model, small
from .texts import TextBackbone, text

__all__ = [
    "HubLayer",
    "ImageBackbone",
    "NotAvailable",
    "TextBackbone",
    "extract",
    "image",
    "save_as_saved_model",
    "small",
    "text",
]
