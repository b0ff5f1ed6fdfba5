"""Moderators of texts and pictures: one module each, found by its name on disk.

A module offers `is_configured` and `judge`, as ``Moderator`` describes them. What no setting
switches on is not asked.
"""

from __future__ import annotations

import importlib
import logging
import pkgutil
from concurrent.futures import ThreadPoolExecutor, wait
from functools import cache
from typing import Protocol, cast

from django.conf import settings

from arena.gates.judgements import Judgement, ModeratedContent, unknown, worst

log = logging.getLogger(__name__)

AT_ONCE = 16
"""Judgements of each moderator at a time in one process; one that finds no thread in time is
unknown."""


class Moderator(Protocol):
    """The members of a moderator's module."""

    def is_configured(self) -> bool:
        """Return whether the settings switch it on."""

    def judge(self, content: ModeratedContent) -> Judgement:
        """Return what it says of a text, a picture, or both. It may raise anything."""


@cache
def all_moderators() -> dict[str, Moderator]:
    """Return the moderators by the name of their module."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return {n: cast("Moderator", importlib.import_module(f"{__name__}.{n}")) for n in names}


def configured_moderators() -> dict[str, Moderator]:
    """Return those that the settings switch on."""
    return {name: one for name, one in all_moderators().items() if one.is_configured()}


def judgements(*contents: ModeratedContent) -> dict[str, Judgement]:
    """Return what each moderator says of all contents, within MODERATION_SECONDS; who is late found
    nothing out."""
    asked = {
        _pool(name).submit(one.judge, content): name
        for name, one in configured_moderators().items()
        for content in contents
    }
    done, late = wait(asked, timeout=settings.MODERATION_SECONDS)
    said: dict[str, list[Judgement]] = {}
    for future in done:
        error = future.exception()
        if error is not None:
            kind = type(error).__name__
            log.warning("the moderator %s could not judge: %s", asked[future], kind)
        judged = future.result() if error is None else unknown("not reached")
        said.setdefault(asked[future], []).append(judged)
    for future in late:
        future.cancel()
        said.setdefault(asked[future], []).append(unknown("too late"))
    return {name: worst(said[name]) for name in sorted(said)}


@cache
def _pool(name: str) -> ThreadPoolExecutor:
    """Return the threads of a moderator: one that is slow leaves those of the others free."""
    return ThreadPoolExecutor(AT_ONCE, f"moderation-{name}")
