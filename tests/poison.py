"""Messages that nobody of ours sends: each would end or mislead a consumer that believes it."""

from __future__ import annotations

import base64
import json

TASK = "inference_worker.generate"


def envelope(body=None, *, task=TASK, headers=None, **changes):
    """A message as Celery sends it, but for ``changes``; None leaves a part out."""
    body = [[], {"request": {}}, {}] if body is None else body
    encoded = (
        body if isinstance(body, str) else base64.b64encode(json.dumps(body).encode()).decode()
    )
    whole = {
        "body": encoded,
        "content-encoding": "utf-8",
        "content-type": "application/json",
        "headers": {"lang": "py", "task": task, "id": "1", **(headers or {})},
        "properties": {
            "delivery_tag": "1",
            "delivery_info": {"exchange": "", "routing_key": "x"},
            "body_encoding": "base64",
        },
    }
    kept = {name: value for name, value in {**whole, **changes}.items() if value is not None}
    return json.dumps(kept).encode()


def properties(**changes):
    whole = {"delivery_tag": "1", "delivery_info": {}, "body_encoding": "base64", **changes}
    return {name: value for name, value in whole.items() if value is not None}


def replaced(**parts):
    """A message some of whose parts are something else."""
    return json.dumps({**json.loads(envelope()), **parts}).encode()


POISON = {
    "no bytes": (b"", "json"),
    "no JSON": (b"\xff\xfe{", "json"),
    "half a message": (envelope()[:-1], "json"),
    "brackets": (b"[" * 200_000, "json"),
    "10 MB": (envelope(changed="x" * 10_000_000), "size"),
    "a number of 5000 digits": (b"9" * 5000, "json"),
    "null": (b"null", "shape"),
    "a list": (b"[]", "shape"),
    "a word": (b'"task"', "shape"),
    "nothing in it": (b"{}", "shape"),
    "no properties": (envelope(properties=None), "shape"),
    "properties that are none": (envelope(properties=[1]), "shape"),
    "no delivery tag": (envelope(properties=properties(delivery_tag=None)), "shape"),
    "a delivery tag that is a list": (envelope(properties=properties(delivery_tag=[1])), "shape"),
    "no delivery info": (envelope(properties=properties(delivery_info=None)), "shape"),
    "an unknown body encoding": (envelope(properties=properties(body_encoding="hex")), "shape"),
    "no headers": (replaced(headers=None), "shape"),
    "headers that are a word": (replaced(headers="x"), "shape"),
    "no task": (envelope(task=None), "shape"),
    "a task that is a list": (envelope(task=["x"]), "shape"),
    "no body": (replaced(body=None), "shape"),
    "a body that is a number": (replaced(body=1), "shape"),
    "a pickle": (envelope(**{"content-type": "application/x-python-serialize"}), "shape"),
    "an unknown content type": (envelope(**{"content-type": "x/y"}), "shape"),
    "an unknown charset": (envelope(**{"content-encoding": "hex"}), "shape"),
    "a body that is no base64": (envelope("%%%"), "body"),
    "a body that is no JSON": (envelope(base64.b64encode(b"{").decode()), "body"),
    "a body of another shape": (envelope({"args": []}), "body"),
    "arguments that are a word": (envelope(["x", {}, {}]), "body"),
    "a task that nobody has": (envelope(task="os.system"), "task"),
    "half a character as signature": (envelope(task="os.system", signature="\ud800"), "task"),
}
"""By name: the bytes, and the reason for which they are dropped."""
