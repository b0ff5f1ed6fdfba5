"""`manage.py recount`: the earlier name of `manage.py verify_ledger`."""

from __future__ import annotations

from arena.boards.management.commands.verify_ledger import Command as Command
