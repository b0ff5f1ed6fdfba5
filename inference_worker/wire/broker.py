"""The queue's transport: kombu's own for Redis, which hands on no message that could do harm.

Kombu and Celery believe what they read: bytes that are no JSON, or JSON of another shape, end the
consumer that took them, and a message with callbacks makes its taker send what they say. Here each
message is judged before anybody else sees it. One that is refused is dropped, logged with its size
and the reason, and counted; what is lost so is put on its queue again by the site's reaper.

There are two ways to be let in. A message that bears the signature of its queue's key is the site's
own. Without one it may only ask for what its reader lets anybody ask for, in the one form that
such a message has.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from queue import Empty
from typing import Any, Literal, cast, get_args
from uuid import uuid4

from kombu.transport import redis as kombu_redis
from kombu.utils.json import dumps
from redis.exceptions import RedisError

from inference_worker.wire import keys

logger = logging.getLogger(__name__)

MOST_BYTES = 4 * 1024 * 1024
"""The largest message; an answer of the greatest length is a tenth of it."""

Reason = Literal["size", "json", "shape", "body", "task", "arguments"]
REASONS: tuple[Reason, ...] = get_args(Reason)
"""Why a message is refused: a closed set, for each is a series of the metrics."""

_SIGNATURE = "signature"


class RefusedMessage(ValueError):
    """This message is not to be handed on; ``reason`` is one of REASONS."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Reason = reason


class StrictChannel(kombu_redis.Channel):
    """Reads judged messages and keeps none of them where another reader of Redis could look.

    Nothing is put back: kombu's copy of what a worker has in hand lies in a hash that every worker
    would have to read, and who died is found by the reaper.
    """

    do_restore = False
    ack_emulation = False
    # Kombu's own, which its stubs don't know.
    connection_errors: tuple[type[Exception], ...]
    _queue_cycle: Any
    _fanout_to_queue: dict[str, str]
    _flush_brpop_reauth: Callable[[], None]
    from_transport_options = tuple(
        option
        for option in kombu_redis.Channel.from_transport_options
        if option != "ack_emulation" and not option.startswith(("unacked", "visibility"))
    )

    def signing_key(self) -> bytes:
        """The key of whoever may say anything on this reader's queues; empty where nobody may."""
        return b""

    def judge_unsigned(self, queue: str, task: str, body: list[Any]) -> None:
        """Raise RefusedMessage unless anybody may put this on the queue."""
        raise RefusedMessage("task")

    def judge(self, raw: bytes, queue: str) -> dict[str, Any]:
        """The message in ``raw``, which came from ``queue``. Raises RefusedMessage."""
        message = read(raw)
        signature = message.pop(_SIGNATURE, None)
        key = self.signing_key()
        if key and isinstance(signature, str):
            expected = sign(key, queue, message)
            if hmac.compare_digest(signature.encode(errors="replace"), expected.encode()):
                return message
        task, body = content(message)
        self.judge_unsigned(queue, task, body)
        return rebuilt(message, queue, task)

    def refuse(self, raw: bytes, queue: str, error: RefusedMessage) -> None:
        """Say that a message is dropped, and count it as well as can be."""
        logger.warning("dropped a message on %s: %s, %d bytes", queue, error.reason, len(raw))
        try:
            with self.conn_or_acquire() as client:
                client.hincrby(keys.REFUSED, error.reason, 1)
        except RedisError:
            logger.warning("a dropped message goes uncounted")

    def _put(self, queue: str, message: dict[str, Any], **options: Any) -> None:
        super()._put(queue, self._signed(queue, message), **options)

    def _put_fanout(
        self, exchange: str, message: dict[str, Any], routing_key: str, **options: Any
    ) -> None:
        cast(Any, super())._put_fanout(
            exchange, self._signed(exchange, message), routing_key, **options
        )

    def _signed(self, queue: str, message: dict[str, Any]) -> dict[str, Any]:
        key = self.signing_key()
        if not key:
            return message
        plain = json.loads(dumps(message))
        return {**plain, _SIGNATURE: sign(key, queue, plain)}

    def _restore(self, message: object, leftmost: bool = False) -> None:
        """Leave a message that was taken and not run to the reaper."""

    def _brpop_read(self, **options: Any) -> bool:
        """Kombu's own, but that the message is judged. Raises Empty where there is none."""
        connection = self.client.connection
        try:
            try:
                answer = self.client.parse_response(connection, "BRPOP", **options)
            except self.connection_errors:
                connection.disconnect()
                raise
            if not answer:
                raise Empty
            queue = answer[0].decode().rsplit(self.sep, 1)[0]
            self._queue_cycle.rotate(queue)
            return self._hand_on(answer[1], queue, queue)
        finally:
            self._in_poll = None
            self._flush_brpop_reauth()

    def _deliver_fanout_message(self, message: Any, exchange: str) -> bool:
        to = self._fanout_to_queue[exchange]
        return self._hand_on(json.dumps(message).encode(), exchange, to)

    def _hand_on(self, raw: bytes, queue: str, to: str) -> bool:
        try:
            message = self.judge(raw, queue)
        except RefusedMessage as error:
            self.refuse(raw, queue, error)
            raise Empty from error
        self.connection._deliver(message, to)
        return True


class StrictTransport(kombu_redis.Transport):
    """Kombu's transport for Redis on strict channels."""

    Channel = StrictChannel


def sign(key: bytes, queue: str, message: Mapping[str, Any]) -> str:
    """The signature of a message on a queue: on another queue the same message has another."""
    canonical = json.dumps([queue, message], sort_keys=True, separators=(",", ":"))
    return hmac.new(key, canonical.encode(), hashlib.sha256).hexdigest()


def read(raw: bytes) -> dict[str, Any]:
    """The envelope of a message, with all that kombu needs of it. Raises RefusedMessage."""
    if len(raw) > MOST_BYTES:
        raise RefusedMessage("size")
    try:
        message = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise RefusedMessage("json") from error
    if not isinstance(message, dict):
        raise RefusedMessage("shape")
    properties, headers = message.get("properties"), message.get("headers")
    known = (
        isinstance(message.get("body"), str)
        and isinstance(headers, dict)
        and isinstance(properties, dict)
        and isinstance(properties.get("delivery_tag"), str)
        and isinstance(properties.get("delivery_info"), dict)
        and properties.get("body_encoding") == "base64"
        and message.get("content-type") == "application/json"
        and message.get("content-encoding") == "utf-8"
    )
    if not known:
        raise RefusedMessage("shape")
    return message


def content(message: Mapping[str, Any]) -> tuple[str, list[Any]]:
    """Name of the task; arguments, keywords and what is to follow. Raises RefusedMessage."""
    task = message["headers"].get("task")
    if not isinstance(task, str):
        raise RefusedMessage("shape")
    try:
        body = json.loads(base64.b64decode(message["body"], validate=True))
    except (ValueError, RecursionError) as error:
        raise RefusedMessage("body") from error
    shape = [type(part) for part in body] if isinstance(body, list) else []
    if shape != [list, dict, dict]:
        raise RefusedMessage("body")
    return task, body


def rebuilt(message: Mapping[str, Any], queue: str, task: str) -> dict[str, Any]:
    """The same task with the same body at once, and nothing else of what the message says: an id, a
    time, a limit or an answer's address of somebody's choosing. Raises RefusedMessage."""
    expires = message["headers"].get("expires")
    try:
        datetime.fromisoformat(expires or "2000-01-01")
    except (TypeError, ValueError) as error:
        raise RefusedMessage("shape") from error
    name = str(uuid4())
    return {
        "body": message["body"],
        "content-type": "application/json",
        "content-encoding": "utf-8",
        "headers": {"lang": "py", "task": task, "id": name, "root_id": name, "expires": expires},
        "properties": {
            "correlation_id": name,
            "delivery_tag": name,
            "delivery_info": {"exchange": "", "routing_key": queue},
            "body_encoding": "base64",
        },
    }
