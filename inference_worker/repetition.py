"""Tells whether an answer has begun to repeat itself and won't stop.

A model in a loop writes the same line, or the same thirty tokens, until its limit. What counts is
the end of the answer alone: one unit, repeated to the letter, often enough and for long enough.
Tables, lists of numbers, refrains and similar lines of code differ in every round, so they are no
loop; a run of one sign, and whatever stands in a block of code, may go on for longer.
"""

from __future__ import annotations

CHECK_EVERY = 64
"""Characters between two checks: counted from the answer's beginning, so that the same answer is
stopped at the same place however it comes in."""

LEAST_REPEATS = 5
"""A unit stands at least this often."""

LEAST_BYTES = 1000
"""All repeats together have at least so many bytes of UTF-8: some 250 tokens in most scripts."""

LONGEST_UNIT = 512
"""Characters of a unit; more are a text that comes round again."""

_NEEDLE = 24
"""Characters at the end by which an earlier round is looked for."""

_MOST_CANDIDATES = 8
"""Earlier places that are tried in a check."""

_SLACK = 2
"""A run of one sign, a unit without a letter, and one in a block of code have to go on this many
times as long."""

_WINDOW = LEAST_BYTES * _SLACK**2 + LONGEST_UNIT


class RepetitionCheck:
    """Follows one answer. Keeps a few thousand characters of it, whatever its length."""

    def __init__(self) -> None:
        self.repeats = False
        """True once the answer was found to repeat itself."""
        self._pieces: list[str] = []
        self._until_check = CHECK_EVERY
        self._tail = "\n"
        self._in_code = False

    def keep(self, text: str) -> str:
        """Return ``text``, or the part of it up to where the answer is found to repeat itself;
        nothing of what comes after that."""
        at = 0
        while at < len(text) and not self.repeats:
            step = text[at : at + self._until_check]
            at += len(step)
            self._pieces.append(step)
            self._until_check -= len(step)
            if not self._until_check:
                added = "".join(self._pieces)
                fences = (self._tail[-3:] + added).count("\n```")
                self._in_code ^= bool(fences % 2)
                self._tail = (self._tail + added)[-_WINDOW:]
                self._pieces.clear()
                self._until_check = CHECK_EVERY
                self.repeats = self._is_loop()
        return text[:at]

    def _is_loop(self) -> bool:
        tail, end = self._tail, len(self._tail)
        needle, found = tail[-_NEEDLE:], end - _NEEDLE
        for _ in range(_MOST_CANDIDATES):
            found = tail.rfind(needle, 0, found + _NEEDLE - 1)
            period = end - _NEEDLE - found
            if found < 0 or period > LONGEST_UNIT:
                return False
            unit = tail[-period:]
            if tail[-2 * period : -period] != unit:
                continue
            least = LEAST_BYTES
            if len(set(unit)) == 1 or not any(map(str.isalpha, unit)):
                least *= _SLACK
            if self._in_code:
                least *= _SLACK
            span = max(LEAST_REPEATS, -(-least // len(unit.encode()))) * period
            if span <= end and tail[end - span + period :] == tail[end - span : end - period]:
                return True
        return False
