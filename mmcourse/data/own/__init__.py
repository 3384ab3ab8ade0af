"""A reader's own data as a `Multimodal`: arrays, a folder, a table. Taught in lesson 26; see `data/your_own.md`."""

from .arrays import from_arrays
from .folder import from_folder
from .table import from_table

__all__ = ["from_arrays", "from_folder", "from_table"]
