"""What a figure is in this course: a picture with alt text, and sounds to play where there are any."""

import base64
import html
import io
import wave
from dataclasses import dataclass, field

import numpy as np


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
    """A picture (PNG bytes) with its alt text; `sounds` maps a caption to WAV bytes. Shows itself in a notebook."""

    png: bytes
    alt: str
    sounds: dict[str, bytes] = field(default_factory=dict)

    @classmethod
    def of(cls, figure, alt: str, sounds: dict[str, bytes] | None = None) -> "Figure":
        """Render a matplotlib figure, on white so that it reads in light and dark themes alike, and close it."""
        import matplotlib.pyplot as plt
        from PIL import Image

        buffer, small = io.BytesIO(), io.BytesIO()
        figure.savefig(buffer, format="png", dpi=80, bbox_inches="tight", facecolor="white")
        plt.close(figure)
        Image.open(buffer).convert("RGB").quantize(128, method=Image.Quantize.MAXCOVERAGE).save(small, format="png")
        return cls(small.getvalue(), alt, sounds or {})

    def save(self, path) -> None:
        """Write the PNG to `path`."""
        with open(path, "wb") as file:
            file.write(self.png)

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, str]:
        def data(kind: str, content: bytes) -> str:
            return f"data:{kind};base64,{base64.b64encode(content).decode()}"

        parts = [f'<img alt="{html.escape(self.alt, quote=True)}" src="{data("image/png", self.png)}">']
        for caption, sound in self.sounds.items():
            player = f'<audio controls src="{data("audio/wav", sound)}"></audio>'
            parts.append(f"<div>{html.escape(caption)} {player}</div>")
        return {"text/html": "\n".join(parts), "text/plain": self.alt}

    def __repr__(self) -> str:
        return f"Figure({self.alt!r})"
