"""The plugins of a run, loaded by `-p tests.plugins`: tests of pure packages need no Django.

Plugins that packages announce are not loaded by themselves (`--disable-plugin-autoload`): Django,
its settings and a database cost two seconds before the first test, and the tests of
`PURE` use none of it.
"""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PURE = (ROOT / "tests/arena/rating", ROOT / "tests/arena/matchmaking")

_EVERYWHERE = ["_hypothesis_pytestplugin", "pytest_randomly", "pytest_timeout"]
# The order counts: settings are read when Django's plugin is configured.
_WITH_SITE = [
    *("tests.environment", "pytest_asyncio.plugin", "pytest_django.plugin"),
    *("tests.servers", "tests.selection"),
]
# Options of pyproject.toml that belong to plugins of the site; unknown ones would be errors.
_SITE_OPTIONS = (
    "DJANGO_SETTINGS_MODULE",
    "asyncio_default_fixture_loop_scope",
    "asyncio_mode",
    "django_find_project",
)


def is_pure(arguments: list[str]) -> bool:
    """Return whether all paths among the arguments lie in a pure folder, and there is one."""
    names = (argument.partition("::")[0] for argument in arguments if argument[:1] != "-")
    paths = [path.resolve() for path in map(Path, names) if path.exists()]
    return bool(paths) and all(any(path.is_relative_to(one) for one in PURE) for path in paths)


_PURE = is_pure(sys.argv[1:])
pytest_plugins = _EVERYWHERE + ([] if _PURE else _WITH_SITE)
os.environ["OMP_NUM_THREADS"] = "1"


def pytest_addoption(parser):
    if _PURE:
        for name in _SITE_OPTIONS:
            parser.addini(name, "of a plugin that this run does not need")


def pytest_collection_finish():
    """Leave out of each collection what lives until the end, modules and tests, and come seldom."""
    gc.freeze()
    gc.set_threshold(50_000, 10, 10)
