from __future__ import annotations

import time

from inference_worker.wire import keys, leases, places
from tests.arena.at_once import at_once


def wait(valkey, queue, sides):
    valkey.zadd(keys.queue(queue), {f"stream:{n}": time.time() + n for n in range(sides)})


def test_a_place_is_held_until_it_is_given_back(valkey):
    assert places.take(valkey, "one", most={"q": 4}) == 1
    assert places.take(valkey, "two", most={"q": 4}) == 2
    assert places.take(valkey, "three", most={"q": 4}) == 0
    places.give_back(valkey, "one")
    assert places.take(valkey, "three", most={"q": 4}) == 2


def test_sides_that_wait_take_places(valkey):
    wait(valkey, "q", 3)
    assert places.take(valkey, "one", most={"q": 4}) == 0
    assert places.take(valkey, "one", most={"q": 5}) == 1


def test_a_side_whose_leaving_got_lost_takes_no_place_for_ever(valkey):
    valkey.zadd(keys.queue("q"), {"left": time.time() - leases.SLOT_SECONDS - 60})
    assert places.take(valkey, "one", most={"q": 2}) == 1


def test_one_full_line_is_enough_to_refuse(valkey):
    wait(valkey, "slow", 9)
    assert places.take(valkey, "one", most={"q": 100, "slow": 10}) == 0


def test_many_who_ask_at_once_get_the_places_and_no_more(valkey):
    def ask(name):
        return places.take(valkey, name, most={"q": 8}) > 0

    assert sum(at_once(ask, [str(n) for n in range(40)])) == 4


def test_a_place_that_nobody_gives_back_is_free_again(valkey):
    seconds, _ = valkey.time()
    valkey.zadd(keys.PLACES, {"dead": seconds - places.HOLD_SECONDS - 1})
    assert places.take(valkey, "one", most={"q": 2}) == 1


def test_without_queues_there_is_always_a_place(valkey):
    assert places.take(valkey, "one", most={}) == 1
