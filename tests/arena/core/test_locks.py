"""Locks that the database keeps."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, transaction

from arena.core.locks import exclusive, single_flight
from arena.voters.models import Voter


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("lock", [single_flight, exclusive])
def test_a_lock_is_a_transaction(lock):
    with pytest.raises(ZeroDivisionError), lock("x"):
        create_and_fail()
    assert Voter.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_what_is_exclusive_happens_one_after_the_other():
    threads = [threading.Thread(target=add_one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(Voter.objects.values_list("network", flat=True)) == [str(n) for n in range(8)]


def create_and_fail():
    Voter.objects.create()
    raise ZeroDivisionError


def add_one():
    """Read, then write: without a lock two of them would count the same number."""
    try:
        with exclusive("count"):
            Voter.objects.create(network=str(Voter.objects.count()))
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_who_flies_alone_is_told_so():
    with single_flight("x") as alone:
        assert alone is True
        assert transaction.get_connection().in_atomic_block
