"""Bringing weights: hub addresses, and one clear error wherever weights cannot be had. Taught in lesson 17."""

import hashlib
import importlib.util
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path

from ..data.fetching.fetch import NotAvailable, unreachable


@contextmanager
def weights_of(what: str, url: str, size: str, by_hand: str, meanwhile: str) -> Iterator[None]:
    """Around a download: `NotAvailable` within 5 seconds where the host does not answer, or when the download fails.

    Libraries fail in their own ways, some after minutes: KerasHub with `requests.ConnectionError`, TensorFlow Hub with
    `URLError`, keras.applications with a bare `Exception`. So the host is asked first, and each becomes this one error.
    """

    def refusal(why: object) -> NotAvailable:
        return NotAvailable(
            f"{what} needs {size} from {url}, but {why}. Try again online, or by hand: {by_hand}. "
            f"Meanwhile use {meanwhile}."
        )

    if why := unreachable([url]):
        raise refusal(why)
    try:
        yield
    except NotAvailable:
        raise
    except Exception as error:
        # keras.utils.get_file raises a bare Exception, which has no other mark than its text
        if isinstance(error, (OSError, HTTPException)) or str(error).startswith("URL fetch failure"):
            raise refusal(f"the download stopped: {error}") from None
        raise


def resolve(handle: str) -> str:
    """The folder of a SavedModel: the handle itself, or where TensorFlow Hub's resolver puts what it names.

    Raises `ValueError` for what is neither, `ImportError` where tensorflow_hub is absent, `NotAvailable` offline.
    """
    if (Path(handle) / "saved_model.pb").is_file():
        return handle
    if not handle.startswith(("http://", "https://")):
        raise ValueError(
            f"expected a folder with saved_model.pb or an address of TensorFlow Hub (https://...); got {handle!r}"
        )
    need("tensorflow_hub", "modules from TensorFlow Hub")
    if in_cache := _hub_cache(handle):
        return in_cache
    with weights_of(
        f"the module {handle}",
        handle,
        "a file of 1 to 1000 MB",
        "download the module's page as a .tar.gz, unpack it, and give its folder as the handle",
        'pretrained.small("image") or pretrained.small("text")',
    ):
        import tensorflow_hub

        return tensorflow_hub.resolve(handle)


def need(library: str, what: str) -> None:
    """`ImportError` that names the extra where a library is absent; it is not imported yet, which can take seconds."""
    if importlib.util.find_spec(library) is None:
        extra = "pretrained" if library in ("keras_hub", "wordllama") else "course"
        raise ImportError(f"{what} need {library}: pip install 'mmcourse[{extra}]'")


def _hub_cache(handle: str) -> str:
    """The folder in which TensorFlow Hub's resolver keeps this module already, or nothing."""
    root = os.environ.get("TFHUB_CACHE_DIR") or Path(tempfile.gettempdir()) / "tfhub_modules"
    folder = Path(root) / hashlib.sha1(handle.encode("utf8")).hexdigest()
    return str(folder) if (folder / "saved_model.pb").is_file() else ""
