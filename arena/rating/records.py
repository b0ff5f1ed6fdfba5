"""Records of a CSV file: an unclosed quote costs one line, not all that follow."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterable, Iterator

# No answer that a row may carry along is too long.
_LONGEST_FIELD = (1 << 31) - 1
# Lines read again after an unclosed quote: a file made of such quotes must not cost their square.
_MOST_AGAIN = 1_000_000
# Stands after the last line: only an open quote can swallow it.
_END = "\0end of the file\0"


class _LineReader(Iterator[str]):
    """Lines, of which the last ones can be put back; `held` are those of the current record.

    An iterator that goes on after its end, where something was put back: no generator does.
    """

    def __init__(self, source: Iterable[str]) -> None:
        self._source = iter(source)
        self._again: deque[str] = deque()
        self._ended = False
        self.held: list[str] = []
        self.read = 0

    def __next__(self) -> str:
        if self._ended and not self._again:
            raise StopIteration
        line = self._again.popleft() if self._again else next(self._source, _END)
        self._ended = self._ended or line is _END
        self.held.append(line)
        self.read += 1
        return line

    def put_back(self) -> None:
        """Return all held lines except the first to the input."""
        self._again.extendleft(reversed(self.held[1:]))
        self.read -= len(self.held) - 1
        del self.held[1:]


class RecordReader:
    """Iterates over the records of lines that keep their ends; single use.

    After each record `line` is the number of its first line, and `unclosed` says that the file
    ended within one of its quotes.
    """

    unit = "line"

    def __init__(self, lines: Iterable[str], separator: str = ",") -> None:
        self._separator = separator
        csv.field_size_limit(_LONGEST_FIELD)
        self._lines = _LineReader(lines)
        self._budget = _MOST_AGAIN
        self.line = 0
        self.unclosed = False

    def __iter__(self) -> Iterator[list[str]]:
        held = self._lines.held
        for record in csv.reader(self._lines, delimiter=self._separator):
            self.line = self._lines.read - len(held) + 1
            self.unclosed = held[-1] is _END
            if not (self.unclosed and len(held) == 1):
                yield record
            held.clear()

    def reread(self) -> bool:
        """Read all but the first line of the current record again, each as what it is.

        False for a record of one line, and once too much was read again.
        """
        again = len(self._lines.held) - 1
        if not 0 < again <= self._budget:
            return False
        self._budget -= again
        self._lines.put_back()
        return True
