"""`manage.py rebuild`: the earlier name of `manage.py reproduce_snapshot`."""

from __future__ import annotations

from arena.boards.management.commands.reproduce_snapshot import Command as Command
