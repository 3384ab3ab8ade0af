"""What the docstring of a layer says of it, field by field: the one source for pages and tables of the catalogue."""

import inspect
import re

FIELDS = ("Input", "Output", "Absent", "Source", "Lesson")


def about(cls: type) -> dict[str, str]:
    """The formula (the first line of the docstring) and the fields that it has, each as one line of text.

    `about(WeightedSum)["Absent"]` begins with `masked` (it leaves the formula) or `zero` (it counts as zeros).
    """
    text = inspect.cleandoc(cls.__doc__ or "")
    found = {"Formula": text.partition("\n")[0].rstrip(".")}
    for field in FIELDS:
        match = re.search(rf"^{field}: (.+(?:\n +.+)*)", text, re.MULTILINE)
        if match:
            found[field] = " ".join(match[1].split())
    return found
