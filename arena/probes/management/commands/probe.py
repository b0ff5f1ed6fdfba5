"""`manage.py probe SLUG`: have a worker try a model, and print what it found."""

from __future__ import annotations

import time
from typing import IO, Any, cast

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from arena.catalog.models import ModelVersion
from arena.catalog.states import ProbeResult
from arena.probes import services
from arena.probes.reports import progress as progress_words
from arena.probes.reports import report_page

LOOK_SECONDS = 0.5


class Command(BaseCommand):
    """The same probe as in the admin: it changes the card as that one does."""

    help = "Have a worker try a model again, and say what it found."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", help="of the model card")
        parser.add_argument("--number", type=int, help="of the version; the newest without one")
        parser.add_argument("--report", action="store_true", help="print the last one, probe not")
        parser.add_argument(
            "--wait", type=int, default=1800, help="seconds to wait for the worker at most"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        slug, number = options["slug"], options["number"]
        versions = ModelVersion.objects.filter(card__slug=slug).select_related("card")
        if number is not None:
            versions = versions.filter(number=number)
        version = versions.order_by("-number").first()
        if version is None:
            raise CommandError(f"There is no such model: {slug}. manage.py models lists all.")
        if not options["report"]:
            services.start_probe(version=version)
            version.refresh_from_db()
            await_probe(version, options["wait"], cast(IO[str], self.stdout._out))
        page = report_page(version.pk)
        for line in page.findings:
            self.stdout.write(f"{line.name + ':':<32} {line.words}")
        if page.cause is not None:
            happened, remedy = page.cause
            raise CommandError(f"{happened} {remedy}")
        if version.probe != ProbeResult.PASSED:
            raise CommandError(f"{version} has passed no probe.")


def await_probe(version: ModelVersion, seconds: int, out: IO[str]) -> None:
    """Show how far a probe is, until it has ended, and print what it says.

    Raises CommandError where no worker ends it in time.
    """
    columns = SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn()
    deadline = time.monotonic() + seconds
    with Progress(*columns, console=Console(file=out), transient=True) as progress:
        bar = progress.add_task(str(version.probe_note), total=None)
        while _is_awaited(version):
            if time.monotonic() > deadline:
                raise CommandError(
                    f"No answer came in {seconds} s. The card stays; a worker has to serve the"
                    f" queue {version.card.queue}: manage.py doctor says more."
                )
            time.sleep(LOOK_SECONDS)
            version.refresh_from_db()
            phase = progress_words(version.pk).get("phase") if version.reports.exists() else None
            progress.update(bar, description=str(phase or version.probe_note))
    version.refresh_from_db()
    out.write(f"{version.probe_note}\n")


def _is_awaited(version: ModelVersion) -> bool:
    """Return whether a worker still has to say something; one that passed keeps its place until
    its new probe has ended."""
    report = version.reports.first()
    if report is not None:
        return report.result == ProbeResult.RUNNING
    return version.probe in {ProbeResult.PENDING, ProbeResult.RUNNING}
