"""How a result shows itself: a table in a notebook, text in a terminal, JSON for other programs."""

import html
import json
import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass


class Shown:
    """A dataclass that shows itself; it says what by `title()`, `table()` (header, rows) and `below()` (sentences)."""

    def title(self) -> str:
        raise NotImplementedError

    def table(self) -> tuple[list[str], list[list[str]]]:
        raise NotImplementedError

    def below(self) -> list[str]:
        return []

    def to_json(self) -> str:
        """The whole result as JSON; numbers that are not known are null."""
        return json.dumps(_plain(self), indent=1, allow_nan=False, ensure_ascii=False)

    def __str__(self) -> str:
        header, rows = self.table()
        widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]

        def line(cells: list[str]) -> str:
            rest = [cell.rjust(width) for cell, width in zip(cells[1:], widths[1:], strict=True)]
            return "  ".join([cells[0].ljust(widths[0]), *rest]).rstrip()

        rule = "-" * len(line(["-" * width for width in widths]))
        lines = [line(header), rule, *map(line, rows)] if rows else []
        return "\n".join([self.title(), *lines, *self.below()])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """No colour of its own: it reads in light and dark themes."""
        header, rows = self.table()

        def cells(tag: str, values: list[str]) -> str:
            sides = ["left", *["right"] * (len(values) - 1)]
            return "".join(
                f'<{tag} style="text-align: {side}">{html.escape(value)}</{tag}>'
                for side, value in zip(sides, values, strict=True)
            )

        body = "\n".join(f"<tr>{cells('td', row)}</tr>" for row in rows)
        below = "\n".join(f"<li>{html.escape(sentence)}</li>" for sentence in self.below())
        return (
            f"<table><caption>{html.escape(self.title())}</caption>\n"
            f"<thead><tr>{cells('th', header)}</tr></thead>\n<tbody>\n{body}\n</tbody></table>\n"
            + (f"<ul>\n{below}\n</ul>" if below else "")
        )


def _plain(value):
    """Dataclasses, mappings and NumPy numbers as what JSON has; fields that start with `_` stay out."""
    if is_dataclass(value):
        return {f.name: _plain(getattr(value, f.name)) for f in fields(value) if f.repr}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
