"""`python3 manage.py test`: the whole suite, with pytest instead of Django's own runner."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from typing import Any

import psutil
from django.core.management.base import BaseCommand

from arena.demo.bootstrap import ROOT

_PR_SET_CHILD_SUBREAPER = 36


class Command(BaseCommand):
    """Whatever follows the command's name goes to pytest as it is."""

    help = "Run the whole test suite. Arguments are pytest's."
    requires_system_checks = ()

    def run_from_argv(self, argv: list[str]) -> None:
        """Bypasses Django's parser, which would refuse pytest's options."""
        sys.exit(self.handle(*argv[2:]))

    def handle(self, *args: Any, **options: Any) -> Any:
        """pytest's exit status, or 1 where a test left a process behind."""
        _adopt_orphans()
        status = subprocess.run([sys.executable, "-m", "pytest", *args], cwd=ROOT, check=False)
        left = _end_what_is_left()
        if left:
            self.stderr.write(f"The tests left processes running: {'; '.join(left)}")
        return status.returncode or int(bool(left))


def _adopt_orphans() -> None:
    """On Linux what a dead test left behind becomes a child of this process, and is seen."""
    if os.uname().sysname == "Linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)


def _end_what_is_left() -> list[str]:
    children = psutil.Process().children(recursive=True)
    alive = [child for child in children if child.status() != psutil.STATUS_ZOMBIE]
    names = [" ".join(child.cmdline())[:120] for child in alive]
    for child in alive:
        child.kill()
    psutil.wait_procs(children, timeout=5)
    return names
