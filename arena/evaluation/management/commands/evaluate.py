"""`manage.py evaluate MODEL --tasks …`: an outside tool asks a model; its scores are imported."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from secrets import token_hex
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from arena.benchmarks.results import UnreadableResults
from arena.benchmarks.services import import_scores
from arena.evaluation import selectors
from arena.evaluation.chat_errors import ChatError
from arena.evaluation.models import EvaluatorToken
from arena.evaluation.services import create_token
from arena.evaluation.tools import (
    TOOLS,
    EvaluationRun,
    EvaluationTool,
    RunUnderWay,
    alone_in,
    instructions,
    interpreter,
)

HOURS = 72
"""The longest that a run's token is valid; it is deleted when the run ends."""


@contextmanager
def ended_by_sigterm() -> Iterator[None]:
    """Let a request to end be an exception, so that the tool is ended and its token deleted."""

    def end(number: int, frame: object) -> None:
        sys.exit(128 + number)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


class Command(BaseCommand):
    """Runs the tool as a program of its own, whose progress bar is shown as it comes."""

    help = "Run lmms-eval or VLMEvalKit on models of the catalogue, and import the scores."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("models", nargs="+", metavar="MODEL", help="slug, or slug@version")
        parser.add_argument("--tasks", required=True, help="names of the tool's tasks, by commas")
        parser.add_argument("--with", dest="tool", choices=sorted(TOOLS), default="lmms-eval")
        parser.add_argument("--environment", type=Path, help="the tool's virtual environment")
        parser.add_argument("--address", default="http://127.0.0.1:8000", help="where the site is")
        parser.add_argument("--definitions", type=Path, help="a folder of tasks of your own")
        parser.add_argument("--out", type=Path, help="where results go; the same one goes on")
        parser.add_argument("--limit", type=int, help="only so many items, marked as partial")
        parser.add_argument("--at-once", type=int, default=4, help="requests at the same time")
        parser.add_argument("--no-import", action="store_true", help="leave the files alone")

    def handle(self, *args: Any, **options: Any) -> None:
        tool = TOOLS[options["tool"]]
        home = settings.DATA_DIR / "evaluators"
        environment = options["environment"] or home / tool.name
        if not interpreter(environment).exists():
            raise CommandError(instructions(tool, environment))
        if not settings.EVALUATION:
            raise CommandError("The endpoint is off: set ARENA_EVALUATION=1 for site and command.")
        for name in options["models"]:
            folder = (options["out"] or home / "results") / tool.name / name
            with ended_by_sigterm():
                self._evaluate(name, tool, environment, folder.resolve(), options)

    def _evaluate(
        self,
        name: str,
        tool: EvaluationTool,
        environment: Path,
        folder: Path,
        options: dict[str, Any],
    ) -> None:
        try:
            version = selectors.version_of(name)
        except ChatError as error:
            raise CommandError(error.message) from error
        label = f"evaluate {version} {token_hex(4)}"
        expires = timezone.now() + timedelta(hours=HOURS)
        secret = create_token(
            name=label, requests_a_day=10_000_000, tokens_a_day=2**31 - 1, expires_at=expires
        )
        definitions = options["definitions"]
        run = EvaluationRun(
            model=f"{version.card.slug}@{version.number}",
            tasks=[task.strip() for task in options["tasks"].split(",") if task.strip()],
            address=f"{options['address'].rstrip('/')}/v1",
            token=secret,
            folder=folder,
            at_once=options["at_once"],
            seconds=int(settings.EVALUATION_SECONDS) + 30,
            limit=options["limit"],
            definitions=definitions.resolve() if definitions else None,
        )
        self.stdout.write(f"{tool.name} asks {run.model}; results go to {folder}")
        try:
            self._run(tool, environment, run)
        finally:
            EvaluatorToken.objects.filter(name=label).delete()
        if not options["no_import"]:
            self._import(tool, folder)

    def _run(self, tool: EvaluationTool, environment: Path, run: EvaluationRun) -> None:
        python = interpreter(environment)
        search = f"{environment / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"
        # The arena's own settings are none of the tool's business.
        mine = {key: value for key, value in os.environ.items() if not key.startswith("ARENA_")}
        for name in ("DATABASE_URL", "REDIS_URL", "PYTHONPATH", "DJANGO_SETTINGS_MODULE"):
            mine.pop(name, None)
        try:
            with alone_in(run.folder) as held:
                for call in tool.calls(run):
                    done = subprocess.run(
                        [str(python.absolute()), *tool.arguments(call)],
                        cwd=run.folder,
                        env={**mine, "PATH": search, **tool.variables(call)},
                        pass_fds=(held,),
                        check=False,
                    )
                    if done.returncode:
                        raise CommandError(
                            f"{tool.name} ended with status {done.returncode}. Run the command"
                            " again, and it goes on where it was."
                        )
        except RunUnderWay as error:
            raise CommandError(f"{tool.name} is at work in {error} already.") from error

    def _import(self, tool: EvaluationTool, folder: Path) -> None:
        try:
            reports = import_scores(folder, tool.result_format)
        except UnreadableResults as error:
            raise CommandError(f"{error} Nothing was imported.") from error
        for report in reports:
            kept = "were imported before" if report.known else "imported"
            self.stdout.write(f"{report.source}: {report.scores} scores {kept}")
            for problem in report.problems:
                self.stdout.write(f"  left out: {problem}")
