"""Shapes are checked, not narrated: while the tests run, every array annotation in samuel is enforced.

jaxtyping rewrites the package as it is imported, so this must come before anything imports samuel.
"""

from __future__ import annotations

import os

from typechecker import install

# several test processes share the cores, each with one thread of its own
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")

# librosa imports joblib, which looks for shared memory at once and warns where a container has none
os.environ.setdefault("JOBLIB_MULTIPROCESSING", "0")

install()
