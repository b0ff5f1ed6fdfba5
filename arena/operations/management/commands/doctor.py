"""`manage.py doctor`: what is reachable, what is migrated, what is misconfigured."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from arena.operations.checkup import CHECKS, CheckResult, examine

_MARKS = {True: "ok", False: "WRONG", None: "note"}


class Command(BaseCommand):
    """The exit status is 1 when something is wrong, 75 when that is only what a store hides that
    is away or full; a note changes nothing."""

    help = "Say what is reachable, migrated and configured, and what to do about the rest."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--only", action="append", choices=list(CHECKS), default=[])
        parser.add_argument("--json", action="store_true", help="for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        findings = examine(options["only"])
        self.stdout.write(
            json.dumps([asdict(finding) for finding in findings])
            if options["json"]
            else findings_as_lines(findings)
        )
        wrong = [finding for finding in findings if finding.ok is False]
        if wrong:
            sys.exit(1 if any(finding.known for finding in wrong) else os.EX_TEMPFAIL)


def findings_as_lines(findings: Sequence[CheckResult]) -> str:
    widest = max(map(len, CHECKS))
    lines = []
    for finding in findings:
        lines.append(f"{_MARKS[finding.ok]:>5}  {finding.name:<{widest}} {finding.says}")
        if finding.todo:
            lines.append(f"{'':{widest + 8}}{finding.todo}")
    return "\n".join(lines)
