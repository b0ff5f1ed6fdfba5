"""`manage.py export_benchmarks`: the stored scores in the Open VLM Leaderboard's shape."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand

from arena.benchmarks.formats import open_vlm
from arena.benchmarks.selectors import board_file


class Command(BaseCommand):
    """Writes to the standard output, so that the shell says where it goes."""

    help = "Write the stored benchmark scores as the JSON file of the Open VLM Leaderboard."

    def handle(self, *args: Any, **options: Any) -> None:
        document = open_vlm.write(board_file())
        self.stdout.write(json.dumps(document, indent=1, ensure_ascii=False))
