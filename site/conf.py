"""Settings of the web site; its pages are made by `pages.py` from the lessons, the cards and the docstrings."""

import sys
from importlib.util import find_spec
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import mmcourse
from mmcourse.lessons.session import quiet_import

with quiet_import():  # Keras, which docstrings are read from, imports TensorFlow, which greets loudly
    import docstrings
    import pages
    import tensorflow as tf

    tf.config.list_physical_devices()

project, author, release = "mmcourse", "mmcourse contributors", mmcourse.__version__
extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
]
exclude_patterns = ["README.md"]

# notebooks as they are committed: nothing runs; every link to another page and to a heading in it is looked up
nb_execution_mode = "off"
nb_ipywidgets_js = {}
myst_enable_extensions = ["colon_fence", "dollarmath"]
myst_heading_anchors = 4
nitpicky = True
# names of other packages, and types that no room shows: they have no page
nitpick_ignore_regex = [(r"py:.*", r"(?!mmcourse\.).*"), (r"py:.*", r"mmcourse(\.\w+){3,}")]

autodoc_default_options = {"members": True, "member-order": "bysource"}
autodoc_inherit_docstrings = False  # what Keras says of `call` and `build` is Keras's to say
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True
python_display_short_literal_types = True
add_module_names = False
toc_object_entries = False
default_role = "code"

html_theme = "furo"
html_title = "mmcourse"
html_copy_source = False
html_show_sphinx = html_show_copyright = False
html_static_path = ["static"]
html_css_files = ["site.css"]

# MathJax comes from a package, and is served from the site's own folder
MATHJAX = Path(find_spec("sphinx-mathjax-offline").origin).parent / "static" / "mathjax"
mathjax_path = "mathjax/tex-chtml.js"
mathjax3_config = {"options": {"enableMenu": False}}


def copy_mathjax(app, error) -> None:
    """The one file of MathJax that pages load, and its fonts."""
    from sphinx.util.fileutil import copy_asset

    if error is None:
        for part in ("tex-chtml.js", "output/chtml/fonts"):
            target = Path(app.outdir, "_static", "mathjax", part)
            copy_asset(MATHJAX / part, target if (MATHJAX / part).is_dir() else target.parent)


def setup(app) -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in sorted(Path(__file__).parent.glob("*.py")))
    app.add_config_value("site_sources", sources, "env")  # every page is read again when these change
    app.connect("config-inited", lambda app, config: pages.write(app.srcdir))  # before Sphinx looks for them
    app.connect("autodoc-process-docstring", docstrings.process, priority=100)  # before napoleon reads it
    app.connect("autodoc-process-signature", docstrings.signature)
    app.connect("build-finished", copy_mathjax)
