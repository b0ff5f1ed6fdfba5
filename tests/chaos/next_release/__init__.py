"""The battles' migrations of a release that does not exist: the present ones and two more."""

from __future__ import annotations

from arena.battles import migrations

__path__ += migrations.__path__  # Python gives it to every package
