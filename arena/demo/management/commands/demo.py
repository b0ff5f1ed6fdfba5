"""`python3 manage.py demo`: the whole arena on this machine."""

from __future__ import annotations

from django.core.management.base import BaseCommand

from arena.demo.launch import main


class Command(BaseCommand):
    """Stands in Django's list of commands; manage.py itself goes past Django, which is quicker."""

    help = "Start the whole arena on this machine and serve it until Ctrl-C."

    def run_from_argv(self, argv: list[str]) -> None:
        """The options are those of `arena.demo.launch`."""
        main(argv[2:])
