"""What a figure is in this course: a picture with alt text, and sounds to play where there are any."""

import base64
import html
import io
import struct
import wave
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

DENSITY = 2  # pixels of a picture for each pixel of the page


def wav_bytes(samples: np.ndarray, rate: int) -> bytes:
    """Float samples in [-1, 1] as the bytes of a mono 16-bit WAV file."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return buffer.getvalue()


@dataclass(frozen=True)
class Figure:
    """A picture (PNG bytes) with its alt text, and what goes with it. Shows itself in a notebook.

    `sounds` maps a caption to WAV bytes, played below the picture. `texts` are lines written below it by the browser,
    whose fonts know every script, where a picture could only draw boxes.
    """

    png: bytes
    alt: str
    sounds: dict[str, bytes] = field(default_factory=dict)
    texts: tuple[str, ...] = ()

    @classmethod
    def of(cls, figure, alt: str, sounds: dict[str, bytes] | None = None, texts: Sequence[str] = ()) -> "Figure":
        """Render a matplotlib figure, on white so that it reads in light and dark themes alike, and close it."""
        import matplotlib.pyplot as plt
        from PIL import Image

        buffer, small = io.BytesIO(), io.BytesIO()
        figure.savefig(buffer, format="png", dpi=DENSITY * 72, bbox_inches="tight", facecolor="white")
        plt.close(figure)
        picture = Image.open(buffer).convert("RGB").quantize(128, method=Image.Quantize.MAXCOVERAGE)
        picture.save(small, format="png", optimize=True)
        return cls(small.getvalue(), alt, sounds or {}, tuple(texts))

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in CSS pixels: the picture has `DENSITY` as many, for dense screens."""
        width, height = struct.unpack(">II", self.png[16:24])
        return round(width / DENSITY), round(height / DENSITY)

    def save(self, path) -> None:
        """Write the PNG to `path`."""
        with open(path, "wb") as file:
            file.write(self.png)

    def bundle(self) -> tuple[dict[str, str], dict]:
        """The picture as a notebook output: data and metadata by MIME type, the alt text in both."""
        width, height = self.size
        data = {"image/png": base64.b64encode(self.png).decode(), "text/plain": self.alt}
        return data, {"image/png": {"alt": self.alt, "width": width, "height": height}}

    def _ipython_display_(self) -> None:
        # the picture as image/png: a data address inside HTML is taken out by viewers other than JupyterLab
        from IPython.display import display

        picture, metadata = self.bundle()
        display(picture, raw=True, metadata=metadata)
        below = [f"<div>{html.escape(text)}</div>" for text in self.texts]
        for caption, sound in self.sounds.items():
            address = f"data:audio/wav;base64,{base64.b64encode(sound).decode()}"
            below.append(f'<div>{html.escape(caption)} <audio controls src="{address}"></audio></div>')
        if below:
            words = "\n".join([*self.texts, *(f"sound: {caption}" for caption in self.sounds)])
            display({"text/html": "\n".join(below), "text/plain": words}, raw=True)

    def __repr__(self) -> str:
        return f"Figure({self.alt!r})"
