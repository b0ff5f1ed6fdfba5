"""The last pass needs TRL, which stays out of the project's environment: see requirements/train.in.

Its tests are collected where the training extra is installed, and only there.
"""

from __future__ import annotations

from importlib.util import find_spec

collect_ignore = [] if find_spec("trl") else ["test_finish.py"]
