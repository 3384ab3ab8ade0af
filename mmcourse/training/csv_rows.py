"""The rows that Keras's `CSVLogger` has written: a resumed run goes on below them. Taught in lesson 24.

Keras empties the file whenever training begins, and an epoch that was logged but not saved would be there twice.
"""

import os
from contextlib import contextmanager

import keras


@contextmanager
def going_on(callbacks: list):
    """While training begins: let `CSVLogger`s open their files at the end instead of emptying them."""
    emptying = [one for one in callbacks if isinstance(one, keras.callbacks.CSVLogger) and not one.append]
    for logger in emptying:
        logger.append = True
    try:
        yield
    finally:
        for logger in emptying:
            logger.append = False


def cut(callbacks: list, epoch: int) -> None:
    """Keep the rows of the epochs before `epoch`; the others are about to be written again."""
    for logger in callbacks:
        if isinstance(logger, keras.callbacks.CSVLogger) and os.path.exists(logger.filename):
            with open(logger.filename, "r+", newline="") as file:  # in place: the logger has it open
                header, *rows = file.readlines() or [""]
                numbers = [row.split(logger.sep)[0] for row in rows]
                kept = [row for row, n in zip(rows, numbers, strict=True) if n.isdigit() and int(n) < epoch]
                file.seek(0)
                file.write("".join([header, *kept]))
                file.truncate()
