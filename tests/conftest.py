"""Shapes are checked, not narrated: while the tests run, every array annotation in samuel is enforced.

jaxtyping rewrites the package as it is imported, so this must come before anything imports samuel.
"""

from __future__ import annotations

from jaxtyping import install_import_hook

install_import_hook("samuel", "typechecker.checked")
