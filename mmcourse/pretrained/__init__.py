"""Encoders trained before: TensorFlow Hub, keras.applications, KerasHub, and two small ones of our own."""

from mmcourse.data.fetch import NotAvailable

from .hub import HubLayer
from .small import save_as_saved_model, small

__all__ = ["HubLayer", "NotAvailable", "save_as_saved_model", "small"]
