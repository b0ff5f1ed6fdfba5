"""What a process that this one starts keeps of what it compiles, by real processes."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import cache_from_source
from pathlib import Path

import pytest

from arena.bootstrap.environment import ROOT

STARTER = """
import subprocess, sys
from pathlib import Path
from arena.bootstrap import bytecode
bytecode._SIGNS = tuple({signs})
bytecode._is_writable = lambda: {writable}
bytecode.keep(Path({folder!r}), own={own})
import first
subprocess.run([sys.executable, "-c", "import second"], check=True)
"""


class Modules:
    """Two modules: the starter imports ``first``, a process that it starts ``second``."""

    def __init__(self, root: Path) -> None:
        self.sources = root / "sources"
        self.folder = root / "bytecode"
        self.sources.mkdir()
        for name in ("first", "second", "compiled"):
            (self.sources / f"{name}.py").write_text("VALUE = 1\n")

    def start(self, *, own=True, writable=True, signs=("absent",), **env):
        code = STARTER.format(signs=signs, writable=writable, folder=str(self.folder), own=own)
        kept = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
        path = f"{ROOT}{os.pathsep}{self.sources}"
        argv = [sys.executable, "-c", code]
        subprocess.run(argv, env={**kept, "PYTHONPATH": path, **env}, cwd="/", check=True)

    @property
    def beside(self):
        return self._kept(self.sources / "__pycache__")

    @property
    def apart(self):
        return self._kept(self.folder / self.sources.relative_to("/"))

    @staticmethod
    def _kept(folder):
        return {path.name.split(".")[0] for path in folder.glob("*.pyc")}


@pytest.fixture
def modules(tmp_path):
    return Modules(tmp_path)


REFUSED = {"PYTHONDONTWRITEBYTECODE": "1"}
BOTH = {"first", "second"}


@pytest.mark.parametrize("env", [{}, REFUSED])
def test_the_projects_own_environment_keeps_it_beside_the_sources(modules, env):
    modules.start(**env)
    assert (modules.beside, modules.apart) == (BOTH, set())


@pytest.mark.parametrize("own", [True, False])
def test_what_cannot_be_written_beside_the_sources_lies_in_the_folder(modules, own):
    modules.start(own=own, writable=False, **REFUSED)
    assert (modules.beside, modules.apart) == (set(), BOTH)


def test_an_environment_of_somebody_else_who_refuses_is_not_written_to(modules):
    modules.start(own=False, **REFUSED)
    assert (modules.beside, modules.apart) == (set(), BOTH)


def test_an_environment_that_is_compiled_already_is_used_as_it_is(modules):
    Path(cache_from_source(str(modules.sources / "compiled.py"))).parent.mkdir()
    Path(cache_from_source(str(modules.sources / "compiled.py"))).touch()
    modules.start(own=False, writable=False, signs=("compiled",), **REFUSED)
    assert (modules.beside, modules.apart) == ({"compiled"}, set())


def test_a_place_that_the_user_chose_stays(modules, tmp_path):
    chosen = tmp_path / "chosen"
    modules.start(own=False, PYTHONPYCACHEPREFIX=str(chosen), **REFUSED)
    assert (modules.beside, modules.apart) == (set(), set())
    assert len(list(chosen.rglob("second.*.pyc"))) == 1
