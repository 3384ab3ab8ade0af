"""A reader's own data as a `Multimodal`: arrays, a folder, a table; and a set as such files. Lessons 26 and 28.

See `data/your_own.md`.
"""

from .arrays import from_arrays
from .folder import from_folder
from .messy import messy_folder
from .table import from_table
from .writing import to_arrays, to_table

__all__ = ["from_arrays", "from_folder", "from_table", "messy_folder", "to_arrays", "to_table"]
