"""Encoders that somebody trained before: TensorFlow Hub, keras.applications, KerasHub, and two small ones of our own."""

from mmcourse.data.fetch import NotAvailable

from .hub import HubLayer

__all__ = ["HubLayer", "NotAvailable"]
