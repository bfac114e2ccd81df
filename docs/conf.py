"""How the site is built: Sphinx, pages in MyST, a gallery. `make docs` writes docs/_build/html."""

from __future__ import annotations

import sys
from pathlib import Path

import clearprop

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "_ext"))

project = "clearprop"
author = "the clearprop contributors"
copyright = f"{author}; MIT licence"
release = version = clearprop.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.viewcode",
    "numpydoc",
    "sphinx_copybutton",
    "sphinx_gallery.gen_gallery",
    "mathml",
    "plain_docstrings",
    "command_line",
    "made_pages",
    "outside_links",
    "printed",
    "reachable",
    "staged_examples",
]
exclude_patterns = ["_build", "gallery"]
language = "en"

# Pages: $mathematics$, ```math, and anchors as GitHub makes them, so that one text serves both.
myst_enable_extensions = ["dollarmath", "colon_fence"]
myst_fence_as_directive = ["math"]
myst_heading_anchors = 4
html_math_renderer = "mathml"

# Reference: what stands in `__all__`, with its docstring.
autodoc_default_options = {
    "exclude-members": "add_note, with_traceback, set_fit_request, set_score_request, set_partial_fit_request"
}
autodoc_member_order = "bysource"
autodoc_typehints = "none"  # the docstrings name types and shapes
maximum_signature_line_length = 88
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False

# Gallery: every program runs while the site is built; what it prints and draws stands below it.
sphinx_gallery_conf = {
    "examples_dirs": ["gallery", "_build/examples"],
    "gallery_dirs": ["pictures", "notations"],
    "filename_pattern": r"\.py$",
    "within_subsection_order": "FileNameSortKey",
    "download_all_examples": False,
    "show_signature": False,
    "write_computation_times": False,
    "remove_config_comments": True,
    "abort_on_example_error": True,
}

toc_object_entries_show_parents = "hide"

html_theme = "furo"
html_title = f"clearprop {release}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
copybutton_exclude = ".linenos, .gp, .go"
