"""Django's log lines about requests, without what identifies a visitor."""

from __future__ import annotations

import logging
import re

_FIRST_WORD = re.compile(r"/?[a-z0-9]*")


class NoAddresses(logging.Filter):
    """Keeps of a path its first word, which names no battle, and a traceback for faults alone.

    A traceback beside a 4xx says how a visitor's mistake was found, and anybody could fill a log
    with them.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Return True: every record is kept, without the rest of its path."""
        path = getattr(getattr(record, "request", None), "path", "")
        if len(path) > 1:
            place = _FIRST_WORD.match(path)
            record.msg = record.getMessage().replace(path, f"{place[0] if place else ''}/...")
            record.args = ()
        if getattr(record, "status_code", 500) < 500:
            record.exc_info = record.exc_text = None
        return True
