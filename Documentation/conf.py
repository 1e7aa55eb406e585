# SPDX-License-Identifier: BSD-2-Clause
"""Sphinx configuration; scripts/build-docs runs it on a copy with the generated pages."""
import logging
import os

project = "Tessera"
author = "the Tessera authors"
copyright = author  # pylint: disable=redefined-builtin
extensions = ["breathe"]
breathe_projects = {"tessera": os.environ.get("DOXYGEN_XML", "xml")}
breathe_default_project = "tessera"
breathe_domain_by_extension = {"h": "c"}
breathe_show_include = False
exclude_patterns = ["README.md"]
html_theme = "sphinx_rtd_theme"
html_show_sourcelink = False
html_last_updated_fmt = None
html_show_copyright = False
highlight_language = "none"


def setup(app):
    """Sphinx keeps structures and functions in one name space and cannot parse every C expression.

    C allows a function with the name of a structure or enumeration, and the core uses that; such
    declarations are shown all the same. All other warnings stay errors.
    """
    limits = ("Duplicate C declaration", "Invalid C declaration", "Error in declarator")

    def known_limit(record):
        return not record.getMessage().startswith(limits)

    logging.getLogger("sphinx.sphinx.domains.c").addFilter(known_limit)
    return {"parallel_read_safe": True}
