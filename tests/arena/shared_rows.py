"""Rows that the tests of a module share where making them takes longer than most of these tests."""

from __future__ import annotations

from contextlib import contextmanager

from django.db import transaction


@contextmanager
def shared_rows(blocker, make):
    """Make rows in a transaction around the tests, each of which runs in a savepoint of it.

    So each test finds the rows as they were made, whatever another has changed. All tests of the
    module find them, and none of them may commit. Yields what ``make`` returned.
    """
    with blocker.unblock():
        around = transaction.atomic()
        around._from_testcase = True  # as the one of Django's TestCase, in which others may begin
        around.__enter__()
    try:
        with blocker.unblock():
            made = make()
        yield made
    finally:
        with blocker.unblock():
            transaction.set_rollback(True)
            around.__exit__(None, None, None)
