"""Which tests a run keeps, in which order, and which of them are quick.

ARENA_TEST_TOUCHING narrows a run to one share of the suite: what touches a `database`, what needs
`browsers` or `stacks`, what executes `documents` or starts `programs`, or `nothing` of the kind.
`-m quick` reads the rooms of quick tests alone.
"""

from __future__ import annotations

import pytest

from tests import rooms
from tests.environment import ON_POSTGRES, TOUCHING

SHARED_ROOMS = {
    "browsers": rooms.WITH_BROWSERS,
    "stacks": rooms.WITH_STACKS,
    "documents": rooms.WITH_DOCUMENTS,
    "programs": rooms.WITH_PROGRAMS,
}
"""Shares of the suite that are known by their rooms."""
_WHOLE_ARENAS = ("browsers", "stacks")
_DATABASE_FIXTURES = {"db", "transactional_db", "django_db_setup"}


def pytest_ignore_collect(collection_path, config):
    if not collection_path.is_relative_to(rooms.ROOT):
        return None
    if config.option.markexpr == "quick" and not _may_be_quick(collection_path):
        return True
    return _is_left_out(collection_path) or None


def _may_be_quick(path):
    return rooms.leads_to(path, rooms.QUICK) and not rooms.is_within(path, rooms.NOT_QUICK)


def _is_left_out(path):
    """Return whether no test below a path belongs to the share that the run is narrowed to."""
    if TOUCHING == "database":
        elsewhere = () if ON_POSTGRES else (*rooms.WITH_BROWSERS, *rooms.WITH_STACKS)
        return rooms.is_within(path, (*rooms.WITHOUT_DATABASE, *elsewhere))
    if TOUCHING in SHARED_ROOMS:
        return not rooms.leads_to(path, SHARED_ROOMS[TOUCHING])
    return TOUCHING == "nothing" and any(rooms.is_within(path, r) for r in SHARED_ROOMS.values())


def pytest_itemcollected(item):
    if is_quick(item):
        item.add_marker("quick")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items):
    for item in items:
        if rooms.is_within(item.path, rooms.WITHOUT_DATABASE) and touches_database(item):
            raise pytest.UsageError(f"{item.nodeid} touches a database: change tests/rooms.py")
    kept, others = [], []
    for item in items:
        (kept if belongs(item) else others).append(item)
    config.hook.pytest_deselected(items=others)
    items[:] = sorted(kept, key=shared_stack)


def belongs(item):
    """Return whether a test is of the share that this run is narrowed to.

    Of `database` and `one_database` the marker that is closest to the test decides.
    """
    if TOUCHING and share_of(item) != TOUCHING:
        return False
    names = (mark.name for mark in item.iter_markers())
    closest = next((name for name in names if name in ("database", "one_database")), "")
    return not (ON_POSTGRES and closest == "one_database")


def share_of(item):
    """Return the share of the suite that a test belongs to.

    On SQLite all tests of a room with whole arenas are of one share, so that they share these.
    """
    shares = (name for name, own in SHARED_ROOMS.items() if rooms.is_within(item.path, own))
    share = next(shares, "nothing")
    if touches_database(item) and (ON_POSTGRES or share not in _WHOLE_ARENAS):
        return "database"
    return share


def touches_database(item):
    """Return whether a test uses the database, itself or by the programs that it starts."""
    marked = any(item.get_closest_marker(name) for name in ("django_db", "database"))
    return marked or bool(_DATABASE_FIXTURES & set(getattr(item, "fixturenames", ())))


def is_quick(item):
    """Return whether a test is for each save: it starts nothing, loads no model, takes no time."""
    slow = any(item.get_closest_marker(name) for name in ("slow", "e2e", "database", "gpu"))
    starts = "valkey_url" in getattr(item, "fixturenames", ())
    return _may_be_quick(item.path) and not slow and not starts


def shared_stack(item):
    """Return the place of a test's room among those with one stack; the order within it stays."""
    places = [rooms.is_within(item.path, (room,)) for room in rooms.WITH_ONE_STACK]
    return places.index(True) if any(places) else len(places)
