"""Encoders trained before: TensorFlow Hub, keras.applications, KerasHub, word vectors, and two small ones of our own.

Taught in lesson 17. Each is a frozen layer until `.trainable = True`, with its preprocessing inside.
"""

from ..data.fetching.fetch import NotAvailable
from .features import extract
from .hub import HubLayer
from .images import ImageBackbone, image
from .linear_probe import Probe, probe
from .small import save_as_saved_model, small
from .texts import TextBackbone, text
from .vectors import WordVectors

__all__ = [
    "HubLayer",
    "ImageBackbone",
    "NotAvailable",
    "Probe",
    "TextBackbone",
    "WordVectors",
    "extract",
    "image",
    "probe",
    "save_as_saved_model",
    "small",
    "text",
]
