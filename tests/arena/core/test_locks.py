"""Locks on real transactions in two threads."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from arena.core.locks import exclusive, one_view, single_flight
from arena.voters.models import Voter

pytestmark = pytest.mark.django_db(transaction=True)


def in_thread(work):
    def run():
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result(timeout=120)


@pytest.mark.parametrize("lock", [single_flight, exclusive])
def test_what_is_done_under_a_lock_is_one_transaction(lock):
    def broken():
        with lock("test"):
            Voter.objects.create()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        broken()
    assert not Voter.objects.exists()


def test_the_lock_goes_with_the_transaction():
    for _ in range(2):
        with single_flight("test") as alone:
            assert alone
    assert in_thread(lambda: single_flight("test").__enter__())


def test_the_second_waits_until_the_first_has_committed():
    inside, seen = threading.Event(), []

    def second():
        assert inside.wait(120)
        with exclusive("test"):
            seen.append(Voter.objects.count())
        connection.close()

    thread = threading.Thread(target=second)
    thread.start()
    with exclusive("test"):
        inside.set()
        Voter.objects.create()
    thread.join(120)
    assert seen == [1]


def count_twice():
    """Voters before and after somebody else has stored one, if the view lets them in."""
    with one_view("test"):
        before = Voter.objects.count()
        if connection.vendor == "postgresql":
            in_thread(Voter.objects.create)
        return before, Voter.objects.count()


def test_all_queries_of_a_view_see_the_same():
    assert count_twice() == (0, 0)


def test_inside_another_transaction_a_view_is_an_exclusive_lock():
    with transaction.atomic(), one_view("test"):
        Voter.objects.create()
    assert Voter.objects.count() == 1


if connection.vendor == "postgresql":

    def test_a_held_lock_is_left_to_its_holder():
        def second():
            with single_flight("test") as alone:
                return alone

        with exclusive("test"):
            assert in_thread(second) is False

    def test_locks_of_other_names_do_not_meet():
        def second():
            with single_flight("other") as alone:
                return alone

        with exclusive("test"), transaction.atomic():
            assert in_thread(second) is True
