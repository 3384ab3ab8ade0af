"""`Method`: what a row, a bar or a line is about. A text that knows its key and its modality.

Taught in lesson 06.
"""


class Method(str):
    """The name of a method as it is displayed, with a `key` that code goes by.

    `modality` is the one modality that it looks at (figures give it that colour), None for a fused model or a baseline.

    >>> image = Method("image alone", key="image", modality="image")
    >>> print(image, image.key, sep=", ")
    image alone, image
    """

    key: str
    modality: str | None

    def __new__(cls, label: str, *, key: str | None = None, modality: str | None = None) -> "Method":
        method = super().__new__(cls, label)
        method.key, method.modality = key or label, modality
        return method

    def __getnewargs_ex__(self):
        return (str(self),), {"key": self.key, "modality": self.modality}
