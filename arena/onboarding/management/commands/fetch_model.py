"""`manage.py fetch_model`: a model's files come to this machine, and what they need beside them."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from arena.bootstrap import environment, installation
from arena.catalog.services import VersionSettings
from arena.core.errors import Conflict, DomainError
from arena.onboarding import services
from arena.onboarding.management.commands.onboard import describe
from inference_worker.wire.hub_repositories import MISSING_PACKAGES

PREPARING = "inference_worker.backends.transformers.preparing"
"""The program of the worker that knows transformers; the site starts it by name."""


class Command(BaseCommand):
    """Fetch a model where the worker's libraries are; a container of the site has none."""

    help = "Fetch a model from the Hub to this machine: size, disk, memory and packages first."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "place", help="owner/name[@commit], a folder, or the name of a ready card"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            proposal = services.propose(options["place"])
            if proposal.obstacle or proposal.incomplete:
                raise Conflict(proposal.obstacle or proposal.incomplete)
        except DomainError as error:
            raise CommandError(str(error.message)) from error
        self.stdout.write(describe(proposal))
        self.stdout.flush()
        while packages := self._prepare(proposal.recipe):
            names = ", ".join(packages)
            if environment.is_foreign():
                raise CommandError(
                    f"This model needs {names}. This environment is not the project's own, so"
                    " nothing is installed into it: install them, with a torchvision that fits"
                    " torch."
                )
            self.stdout.write(f"This family needs {names}, which is installed now.")
            try:
                installation.install_beside_torch(packages, environment.STAMP.with_suffix(".log"))
            except installation.CannotInstall as error:
                raise CommandError(str(error)) from error

    def _prepare(self, recipe: VersionSettings) -> list[str]:
        """Run the worker's program in this terminal; return the packages that are missing.

        Raises CommandError with its sentence for a model that can't be loaded here.
        """
        argv = [sys.executable, "-m", PREPARING, recipe.source, recipe.revision]
        told = {"ARENA_HUB": "1", "HF_HUB_OFFLINE": "0", "REDIS_URL": settings.REDIS_URL}
        ended = subprocess.run(
            argv, stderr=subprocess.PIPE, text=True, check=False, env={**os.environ, **told}
        )
        if ended.returncode == MISSING_PACKAGES:
            return _last_line(ended.stderr).split()
        if ended.returncode:
            raise CommandError(_last_line(ended.stderr))
        return []


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1] if lines else "It ended without a word."
