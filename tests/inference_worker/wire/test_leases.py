from __future__ import annotations

import pytest
from msgspec.structs import replace
from redis.exceptions import NoScriptError

from inference_worker.wire import keys, leases
from inference_worker.wire.leases import LeaseHolder
from tests.full import full
from tests.inference_worker.making import again, places, prepared, request


def holder(of, owner="one"):
    return LeaseHolder(of.stream, of.side, of.fence, owner)


def claim(valkey, of, owner="one"):
    return leases.claim(valkey, holder(of, owner), queue=of.queue)


def seen(valkey, of):
    return leases.observe(valkey, [of.fence])[0]


def test_a_prepared_side_is_queued_and_not_leased(valkey):
    side = prepared(valkey)
    assert seen(valkey, side) == leases.AttemptSlot(
        state="queued", status="", code="", leased=False
    )


def test_words_of_a_workers_own_in_its_slot_are_none(valkey):
    side = prepared(valkey)
    words = {"state": "done", "status": "won", "code": "401: model big-1 not found"}
    valkey.hset(keys.slot(keys.address(side.fence)), mapping=words)
    assert seen(valkey, side) == leases.AttemptSlot(state="done", status="", code="", leased=False)


def test_a_side_that_redis_does_not_know_has_no_state(valkey):
    assert seen(valkey, request()).state == ""


def test_a_claim_takes_the_lease(valkey):
    side = prepared(valkey)
    assert claim(valkey, side) == "ok"
    assert (seen(valkey, side).state, seen(valkey, side).leased) == ("claimed", True)


def test_a_lease_ends_by_itself(valkey):
    side = prepared(valkey)
    claim(valkey, side)
    left = valkey.pttl(keys.lease(keys.address(side.fence)))
    assert 0 < left <= leases.LIFE_SECONDS * 1000


def test_a_claim_with_a_wrong_fence_is_lost(valkey):
    side = prepared(valkey)
    assert claim(valkey, replace(side, fence="guessed")) == "lost"


def test_a_claim_on_a_forgotten_side_is_lost(valkey):
    forgotten = prepared(valkey)  # also loads the scripts, which no claim does
    leases.forget(valkey, forgotten)
    assert claim(valkey, forgotten) == "lost"


def test_a_second_delivery_is_held_off(valkey):
    side = prepared(valkey)
    claim(valkey, side)
    assert claim(valkey, side, owner="two") == "held"


def test_a_second_delivery_is_held_off_after_the_lease_ran_out(valkey):
    side = prepared(valkey)
    claim(valkey, side)
    valkey.delete(keys.lease(keys.address(side.fence)))
    assert claim(valkey, side, owner="two") == "held"


def test_a_claim_whose_answer_was_lost_may_be_repeated(valkey):
    side = prepared(valkey)
    assert [claim(valkey, side), claim(valkey, side)] == ["ok", "ok"]


def test_a_new_attempt_takes_the_side_from_the_old(valkey):
    old = prepared(valkey)
    claim(valkey, old)
    new = again(valkey, old)
    assert leases.renew(valkey, [holder(old)]) == ["lost"]
    assert claim(valkey, new, owner="two") == "ok"


def test_renewals_answer_in_order(valkey):
    mine, not_mine = prepared(valkey), prepared(valkey)
    claim(valkey, mine)
    assert leases.renew(valkey, [holder(not_mine), holder(mine)]) == ["lost", "ok"]


def test_a_renewal_brings_a_lease_back_while_nobody_else_came(valkey):
    side = prepared(valkey)
    claim(valkey, side)
    valkey.delete(keys.lease(keys.address(side.fence)))
    assert leases.renew(valkey, [holder(side)]) == ["ok"]
    assert seen(valkey, side).leased


def test_a_full_store_lets_leases_live_on(valkey):
    side = prepared(valkey)
    claim(valkey, side)
    lease = keys.lease(keys.address(side.fence))
    valkey.pexpire(lease, 900_000)
    with full(valkey):
        assert leases.renew(valkey, [holder(side)]) == ["ok"]
    assert 0 < valkey.pttl(lease) <= leases.LIFE_SECONDS * 1000


def test_what_is_stored_elsewhere_stays_for_open_pages_alone(valkey):
    side = prepared(valkey)
    claim(valkey, side)
    leases.expire_soon(valkey, fence=side.fence)
    assert 0 < valkey.ttl(keys.slot(keys.address(side.fence))) <= leases.STORED_SECONDS


def test_only_the_owner_renews(valkey):
    side = prepared(valkey)
    claim(valkey, side)
    assert leases.renew(valkey, [holder(side, "two")]) == ["lost"]


def test_places_count_those_before(valkey):
    first, second, absent = prepared(valkey), prepared(valkey), request()
    fences = [r.fence for r in (second, first, absent)]
    assert places(valkey, fences) == [1, 0, None]


def test_a_claimed_side_leaves_the_line(valkey):
    side = prepared(valkey)
    claim(valkey, side)
    assert places(valkey, [side.fence]) == [None]


@pytest.mark.parametrize(
    "ends",
    [
        lambda redis, side: leases.claim(redis, holder(side), queue=side.queue),
        lambda redis, side: leases.leave_queue(redis, queue=side.queue, fence=side.fence),
        leases.forget,
        again,
    ],
    ids=["claimed", "ended", "forgotten", "tried again"],
)
def test_a_side_whose_card_got_another_queue_frees_its_place_in_the_old_line(valkey, ends):
    side = prepared(valkey)
    ends(valkey, replace(side, queue="another"))
    assert places(valkey, [side.fence]) == [None]


def test_a_stale_delivery_leaves_the_place_of_the_next_attempt(valkey):
    old = prepared(valkey)
    new = again(valkey, old)
    claim(valkey, old)
    assert places(valkey, [new.fence]) == [0]


@pytest.mark.parametrize("key", [keys.slot, keys.lease])
def test_a_forgotten_side_leaves_nothing(valkey, key):
    side = prepared(valkey)
    claim(valkey, side)
    leases.forget(valkey, side)
    assert not valkey.exists(key(keys.address(side.fence)))


def test_a_prepared_attempt_is_told_in_the_battles_log_without_its_secret(valkey):
    side = prepared(valkey)
    [(_, entry)] = valkey.xrange(keys.events(side.stream))
    assert (entry[b"k"], entry[b"x"].decode()) == (b"opened", keys.address(side.fence))
    assert side.fence not in str(entry)


def test_a_slot_that_makes_no_sense_is_a_lost_one(valkey):
    """A worker can write into its own what it likes."""
    side = prepared(valkey)
    valkey.hset(keys.slot(keys.address(side.fence)), mapping={"state": b"\xff", "status": b"\xff"})
    assert seen(valkey, side).state == ""


def test_what_workers_run_is_loaded_again_when_redis_has_forgotten_it(valkey):
    side = prepared(valkey)
    valkey.script_flush()
    with pytest.raises(NoScriptError):
        claim(valkey, side)
    assert seen(valkey, side).state == "queued"
    assert claim(valkey, side) == "ok"
