"""What each role may do, asked of a real Valkey."""

from __future__ import annotations

import hashlib
from contextlib import suppress

import pytest
from redis import Redis
from redis.exceptions import AuthenticationError, NoPermissionError, ResponseError

from inference_worker import celery_app
from inference_worker.wire import (
    access,
    blobs,
    keys,
    leases,
    model_lists,
    presence,
    samples,
    scripts,
    stream,
)
from inference_worker.wire.leases import LeaseHolder
from inference_worker.wire.messages import OUTCOME_QUEUE
from inference_worker.wire.stream import StreamAppend
from tests.environment import SERVER
from tests.inference_worker.making import prepared

FENCE = keys.address("somebody else's")
DESTRUCTIVE = [
    *("FLUSHALL", "FLUSHDB", "SHUTDOWN NOSAVE", "SAVE", "BGSAVE", "BGREWRITEAOF"),
    *("CONFIG GET *", "CONFIG SET maxmemory 1", "CONFIG REWRITE", "CONFIG RESETSTAT"),
    *("ACL LIST", "ACL WHOAMI", "ACL SETUSER x", "ACL LOAD", "ACL CAT", "MODULE LIST"),
    *("MONITOR", "KEYS *", "SCAN 0", "RANDOMKEY", "CLIENT LIST", "CLIENT KILL TYPE normal"),
    *("CLIENT PAUSE 1", "REPLICAOF no one", "FAILOVER", "CLUSTER INFO", "SLOWLOG GET"),
    *("LATENCY LATEST", "MEMORY DOCTOR", "SWAPDB 0 1", "MIGRATE h 1 k 0 1", "SYNC", "PSYNC ? -1"),
    *("FUNCTION LIST", "FUNCTION FLUSH", "SCRIPT FLUSH", "SCRIPT KILL", "OBJECT ENCODING x"),
    *("DUMP va:x", "RESTORE va:x 0 x", "COMMAND"),
]
NOT_FOR_WORKERS = [
    *("GET va:reaped", "SET va:reaped 1", "DEL va:ends", "HGETALL va:ends", "HGETALL va:refused"),
    *("BRPOP arena 1", f"BRPOP {OUTCOME_QUEUE} 1", f"LRANGE {OUTCOME_QUEUE} 0 -1"),
    *(f"RPOP {OUTCOME_QUEUE}", f"DEL {OUTCOME_QUEUE}", f"LLEN {OUTCOME_QUEUE}"),
    *("LPUSH arena x", "LPUSH arena-slow x", "LPUSH inference x", "RPUSH inference x"),
    *("LRANGE inference 0 -1", "DEL inference", "LTRIM inference 1 0", "BRPOP other-queue 1"),
    *("XRANGE va:{battle}:events - +", "XADD va:{battle}:events * k voted", "XREAD STREAMS x 0"),
    *("DEL va:{battle}:events", "DEL va:{battle}:presence", "EXISTS va:{battle}:presence"),
    f"HGETALL va:attempt:{FENCE}:slot",
    f"DEL va:attempt:{FENCE}:slot",
    f"SET va:attempt:{FENCE}:slot x",
    f"SET va:attempt:{FENCE}:events x",
    f"DEL va:attempt:{FENCE}:events",
    f"XRANGE va:attempt:{FENCE}:events - +",
    *("SET va:blob:x 1", "DEL va:blob:x", "SMEMBERS va:blob:x:users", "EXISTS va:blob:x"),
    *("ZRANGE va:queue:inference 0 -1", "ZADD va:queue:inference 0 x", "DEL va:queue:inference"),
    *("ZRANGE va:workers 0 -1", "DEL va:workers", "GET va:worker:x", "DEL va:worker:x"),
    *("GET va:model-list:x", "DEL va:model-list:x"),
    *("LPOP va:samples", "LRANGE va:samples 0 -1", "GET va:sample:x", "LLEN va:samples"),
    *("DEL LIMITS:LIMITER/x", "GET LIMITS:LIMITER/x", "SET LIMITS:LIMITER/x 0", "EXISTS x"),
    *("PUBLISH /0.celery.pidbox x", "PUBLISH x y", "SUBSCRIBE x", "PSUBSCRIBE *"),
    *("EVAL return 0", "SCRIPT LOAD return", "SCRIPT EXISTS x", "FCALL x 0"),
    *("SMEMBERS _kombu.binding.arena", "SADD _kombu.binding.arena x", "RENAME va:a va:b"),
    *("ZADD va:layer:x 0 y", "INFO", "TIME", "DBSIZE", "MULTI", "WAIT 0 1", "TYPE va:x", "TTL x"),
]


@pytest.fixture
def as_role(valkey):
    """Connections with the account of a role."""
    opened = []

    def connect(role):
        opened.append(Redis.from_url(SERVER.url(role), single_connection_client=True))
        return opened[-1]

    yield connect
    for one in opened:
        one.close()


@pytest.fixture
def worker(as_role):
    return as_role("worker")


@pytest.mark.parametrize("command", [*DESTRUCTIVE, *NOT_FOR_WORKERS])
def test_a_worker_may_not(worker, command):
    with pytest.raises(NoPermissionError):
        worker.execute_command(*command.split(" "))


@pytest.mark.parametrize("command", DESTRUCTIVE)
def test_the_site_may_not(as_role, command):
    with pytest.raises(NoPermissionError):
        as_role("site").execute_command(*command.split(" "))


@pytest.mark.parametrize("command", [*DESTRUCTIVE, "GET x", "INFO", "LLEN arena"])
def test_whoever_asks_for_health_may_ask_for_nothing_else(worker, command):
    worker.execute_command("AUTH", "health", "of no matter")
    assert worker.ping()
    with pytest.raises(NoPermissionError):
        worker.execute_command(*command.split(" "))


def test_without_an_account_there_is_nothing(as_role):
    worker = as_role("worker")
    for name, word in (("default", ""), ("worker", "guessed"), ("site", ""), ("operator", "")):
        with pytest.raises(AuthenticationError):
            worker.execute_command("AUTH", name, word)


def test_a_worker_does_its_work(worker, valkey):
    """All that the wire has a worker do, with the worker's own account."""
    side = prepared(valkey, images=[blobs.put(valkey, b"picture")])
    holder = LeaseHolder(side.stream, side.side, side.fence, "me")
    assert leases.claim(worker, holder, queue=side.queue) == "ok"
    assert leases.renew(worker, [holder]) == ["ok"]
    assert blobs.get(worker, side.turn.images[0]) == b"picture"
    events = ((0, "started", ""), (1, "delta", "x"), (2, "ended", ""))
    assert stream.append(worker, [StreamAppend(holder, events)]) == ["ok"]
    presence.report(worker, presence.WorkerReport("w", ("inference",), "cpu", (), 0, 1.0))
    samples.put(worker, samples.DrawnSample("n", "p", "c", "a", ""))
    model_lists.put(worker, "secret", model_lists.ModelList(("a",)))
    assert model_lists.get(valkey, "secret") == model_lists.ModelList(("a",))
    assert [event.kind for event in stream.read(valkey, side.stream)] == [k for _, k, _ in events]
    assert [one.name for one in presence.workers(valkey)] == ["w"]


def test_a_worker_keeps_no_event_of_celerys_that_it_may_not_send(worker):
    with celery_app.app.connection(SERVER.url("worker")) as connection:
        events = celery_app.app.events.Dispatcher(connection, buffer_while_offline=False)
        events.send("worker-heartbeat")  # raises where Redis refuses it
        events.close()


def test_a_worker_runs_what_the_site_has_loaded_on_no_key_of_the_site(worker, valkey):
    side = prepared(valkey)
    place = keys.address(side.fence)
    names = [keys.slot(place), keys.lease(place), keys.events(side.stream)]
    with pytest.raises(NoPermissionError):
        scripts.APPEND.run(worker, names=names, arguments=[60, 0, "started", ""])
    assert [e[1][b"k"] for e in valkey.xrange(keys.events(side.stream))] == [b"opened"]


def test_no_key_of_an_attempt_can_be_made_another_kind_of_key(worker, valkey):
    """One string among the logs would end the reading of all."""
    side = prepared(valkey)
    slot, lease, log = LeaseHolder(side.stream, side.side, side.fence, "me").keys
    for names in ([log, lease, slot], [slot, log, lease], [lease, log, slot]):
        for script in (scripts.CLAIM, scripts.RENEW, scripts.APPEND):
            with suppress(ResponseError):
                script.run(worker, names=names, arguments=[60, 0, "delta", "x"])
    kinds = {valkey.type(name) for name in (slot, log)}
    assert kinds <= {b"hash", b"none"}


def test_passwords_stand_in_the_file_as_digests_alone(tmp_path, monkeypatch):
    monkeypatch.setenv("ARENA_REDIS_PASSWORD", "of the site")
    (tmp_path / "secret").write_text("of the worker\n")
    monkeypatch.setenv("ARENA_REDIS_WORKER_PASSWORD_FILE", str(tmp_path / "secret"))
    monkeypatch.setattr("sys.argv", ["access", str(tmp_path / "users.acl")])
    assert access.main() == 0
    text = (tmp_path / "users.acl").read_text()
    assert hashlib.sha256(b"of the worker").hexdigest() in text
    assert "of the" not in text


@pytest.mark.parametrize("queue", ["", "a b", "*", "x) (+@all ~*", OUTCOME_QUEUE, "arena"])
def test_a_queue_that_would_widen_the_rules_is_refused(queue):
    with pytest.raises(access.BadAccess):
        access.rules({"site": "x", "worker": "y"}, queues=[queue])


def test_without_passwords_there_are_no_rules(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["access", "/nowhere/users.acl"])
    assert access.main() == 1
    assert "no password" in capsys.readouterr().err


def test_a_worker_of_another_queue_has_that_one():
    text = access.rules({"site": "x", "worker": "y"}, queues=["gpu", "cpu"])
    assert "(+brpop ~gpu ~cpu)" in text
