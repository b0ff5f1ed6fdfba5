"""Requests of every form that no browser sends, over all addresses of the site, from a seed.

for request in malformed(seed=1, count=5000, known={"public_id": "..."}):
    ...request.kind, request.raw(b"localhost")...
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

Headers = list[tuple[bytes, bytes]]

DIGITS = "9" * 20
VALUES = [
    DIGITS,
    f"-{DIGITS}",
    "0",
    "-1",
    "1e400",
    "NaN",
    "%00",
    "a%00b",
    "%ff%fe",
    "%c3%28",
    "%ed%a0%80",
    "%",
    "%zz",
    "%2e%2e%2f",
    "..",
    "%2F%2Fevil.example",
    "a" * 3000,
    "%F0%9F%8E%89",
    "%E2%80%AE",
    "{{7*7}}",
    "%0d%0aX-Evil:%201",
    "'",
    '%22"',
    "\\",
    ";",
    "%25s",
    "x",
    "1",
    "null",
    "[]",
]
FIELDS = [
    "choice",
    "prompt",
    "image",
    "sample",
    "consent",
    "publish",
    "username",
    "password",
    "next",
    "language",
    "csrfmiddlewaretoken",
    "action",
    "_selected_action",
    "p",
    "o",
    "q",
    "all",
    "before",
    "until",
    "page",
    "cursor",
    "limit",
    "board",
    "days",
    "a",
    "b",
    "not",
    "e",
    "_popup",
    "_to_field",
    "id__exact",
    "pk",
    "otp_token",
    "format",
    "from",
    "to",
    "model",
    "side",
    "state__exact",
]
CHARSETS = [
    "iso-8859-1",
    "hex",
    "utf-16",
    "utf-7",
    "unknown",
    "idna",
    "punycode",
    "rot13",
    "base64",
    "zlib",
    "unicode_escape",
    "undefined",
    "utf-8-sig",
    "",
    "\x00",
    "a" * 500,
    '"utf-8',
    "utf_32",
    "cp037",
]
METHODS = [
    "TRACE",
    "CONNECT",
    "PUT",
    "DELETE",
    "PATCH",
    "OPTIONS",
    "HEAD",
    "FOO",
    "get",
    "PROPFIND",
]
TOKEN = b"m" * 32
FORM = b"application/x-www-form-urlencoded"


@dataclass
class Request:
    """One request, down to its bytes."""

    kind: str
    target: bytes
    method: bytes = b"GET"
    headers: Headers = field(default_factory=list)
    body: bytes = b""
    version: bytes = b"HTTP/1.1"
    length: bool = True
    """Whether Content-Length is added; else the headers say what there is to say."""

    def raw(self, host: bytes) -> bytes:
        """Return what goes over the line; a Host of its own goes before ``host``."""
        headers = list(self.headers)
        if not any(name.lower() == b"host" for name, _ in headers):
            headers.insert(0, (b"Host", host))
        if self.length and (self.body or self.method == b"POST"):
            headers.append((b"Content-Length", str(len(self.body)).encode()))
        lines = [b" ".join([self.method, self.target, self.version]).rstrip()]
        lines += [name + b": " + value for name, value in headers]
        return b"\r\n".join([*lines, b"", self.body])


def addresses() -> list[str]:
    """Return every address of the URLconf, with a pair of braces for each part that varies."""
    found = set(_walk(get_resolver().url_patterns, "/"))
    return sorted(
        found | {"/static/{}", "/health", "/metrics", "/favicon.ico", "/{}", "//{}", "/ws/{}"}
    )


def _walk(patterns: Sequence[Any], before: str) -> Iterator[str]:
    for pattern in patterns:
        address = before + _plain(str(pattern.pattern))
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, address)
        elif isinstance(pattern, URLPattern):
            yield address


def _plain(route: str) -> str:
    """Return a route, or what is simple in a regular expression, as an address."""
    route = re.sub(r"\(\?P<\w+>[^)]*\)", "{}", route)
    return re.sub(r"<[^>]+>", "{}", route).strip("^$").removeprefix("\\A").removesuffix("\\Z")


def malformed(
    *, seed: int, count: int, known: Sequence[str] = (), cookies: Sequence[bytes] = ()
) -> Iterator[Request]:
    """Yield so many requests; ``known`` are parts of addresses that lead to something, ``cookies``
    those of visitors whom the site knows."""
    draw = random.Random(seed)
    places = addresses()
    for number in range(count):
        place = places[number % len(places)] if number < 20 * len(places) else draw.choice(places)
        parts = [draw.choice([*VALUES, *known, *known]) for _ in range(place.count("{}"))]
        request = draw.choice(KINDS)(draw, place.format(*parts).encode())
        names = {name.lower() for name, _ in request.headers}
        if cookies and b"cookie" not in names and draw.random() < 0.8:
            request.headers.append((b"Cookie", draw.choice(cookies) + b"; csrftoken=" + TOKEN))
            if draw.random() < 0.7:  # so that what comes behind the check is reached, too
                request.headers.append((b"X-CSRFToken", TOKEN))
        if b"accept" not in names and draw.random() < 0.5:
            request.headers.append((b"Accept", draw.choice([b"text/html", b"application/json"])))
        yield request


def _plain_value(draw: random.Random, target: bytes) -> Request:
    return Request("address", target)


def _query(draw: random.Random, target: bytes) -> Request:
    pairs = [f"{draw.choice(FIELDS)}={draw.choice(VALUES)}" for _ in range(draw.randint(1, 4))]
    return Request("query", target + b"?" + "&".join(pairs).encode())


def _many_in_query(draw: random.Random, target: bytes) -> Request:
    return Request("many in query", target + b"?" + b"&".join([b"a=1"] * draw.choice([900, 1500])))


def _form(draw: random.Random, target: bytes) -> Request:
    pairs = [f"{draw.choice(FIELDS)}={draw.choice(VALUES)}" for _ in range(draw.randint(0, 6))]
    body = "&".join(pairs).encode()
    return Request("form", target, b"POST", [(b"Content-Type", FORM)], body)


def _many_fields(draw: random.Random, target: bytes) -> Request:
    return Request("many fields", target, b"POST", [(b"Content-Type", FORM)], b"a=1&" * 1500)


def _form_charset(draw: random.Random, target: bytes) -> Request:
    kind = FORM + b"; charset=" + draw.choice(CHARSETS).encode().replace(b"\0", b"%00")
    return Request(
        "form charset", target, b"POST", [(b"Content-Type", kind)], b"choice=a&x=%E9\xe9"
    )


def _multipart(draw: random.Random, target: bytes) -> Request:
    """Well made but for its charset."""
    charset = draw.choice([*CHARSETS, "utf-8"]).encode().replace(b"\0", b"%00")
    kind = b"multipart/form-data; boundary=x; charset=" + charset
    body = b'--x\r\nContent-Disposition: form-data; name="prompt"\r\n\r\na\xff\r\n--x--\r\n'
    return Request("multipart charset", target, b"POST", [(b"Content-Type", kind)], body)


def _part(described: bytes, content: bytes = b"a") -> bytes:
    """Return a part and the end that a body of one part has."""
    head = b"--x\r\nContent-Disposition: form-data" + described
    return head + b"\r\n\r\n" + content + b"\r\n--x--\r\n"


def _broken_multipart(draw: random.Random, target: bytes) -> Request:
    boundary = draw.choice(
        [b"", b"; boundary=", b"; boundary=x", b"; boundary=" + b"y" * 400, b"; boundary=\xff"]
    )
    part = draw.choice(
        [
            b"",
            b"--x",
            b"--x\r\n\r\n",
            _part(b"", b"a"),
            _part(b'; name="image"; filename="a\0.png"'),
            _part(b"; name*=utf-16''%ff%fe; filename*=hex''zz"),
            _part(b'; name="image"; filename="../../a"\r\nContent-Type: \xff; charset=hex'),
            _part(b'; name="a"\r\nContent-Transfer-Encoding: base64', b"!!!!="),
            _part(b'; name="image"; filename="a"\r\nContent-Transfer-Encoding: base64', b"A"),
            b"--x\r\n" + b"X: y\r\n" * 3000 + b"\r\na\r\n--x--\r\n",
            _part(b'; name="a"').replace(b"--x--\r\n", b"") * 1500,
            _part(b'; name="i"; filename="b"').replace(b"--x--\r\n", b"") * 150,
        ]
    )
    kind = b"multipart/form-data" + boundary
    return Request("broken multipart", target, b"POST", [(b"Content-Type", kind)], part)


def _json(draw: random.Random, target: bytes) -> Request:
    body = draw.choice(
        [
            b"[" * 100_000,
            b'{"a":' * 50_000,
            b"{",
            b"\xff",
            b"null",
            DIGITS.encode() * 500,
            b'"\\ud800"',
            json.dumps(dict.fromkeys(FIELDS, DIGITS)).encode(),
        ]
    )
    kind = draw.choice([b"application/json", b"application/json; charset=utf-16", b"text/json"])
    return Request(
        "json", target, draw.choice([b"POST", b"PUT", b"GET"]), [(b"Content-Type", kind)], body
    )


def _content_type(draw: random.Random, target: bytes) -> Request:
    kind = draw.choice(
        [
            b"",
            b";",
            b"/",
            b"a" * 5000,
            b"\xff/\xfe",
            b"multipart/mixed; boundary=x",
            b"text/html; x*=y''%ff",
        ]
    )
    return Request("content type", target, b"POST", [(b"Content-Type", kind)], b"a=b")


def _method(draw: random.Random, target: bytes) -> Request:
    return Request("method", target, draw.choice(METHODS).encode())


def _version(draw: random.Random, target: bytes) -> Request:
    version = draw.choice(
        [b"HTTP/1.0", b"HTTP/1.0", b"HTTP/2.0", b"HTTP/9.9", b"", b"HTTP/1.1 x", b"http/1.1"]
    )
    return Request("version", target, version=version)


def _target(draw: random.Random, target: bytes) -> Request:
    forms = [
        b"http://evil.example" + target,
        b"http://localhost" + target,
        b"https://u:p@localhost:99999/",
        b"*",
        b"",
        b"x",
        target + b"#fragment",
        target + b"\xff",
        target + b" ",
        target.replace(b"/", b"\\"),
        target + b"/" * 500,
        target + b"?" + b"q" * 20_000,
        b"/" + b"a" * 20_000,
        target + b"\0",
        b"//evil.example/%2f..",
        target + b";jsessionid=1",
        b"/." + target,
        b"/.." + target,
        target + b"?\xff=\xfe",
    ]
    return Request("target", draw.choice(forms))


def _host(draw: random.Random, target: bytes) -> Request:
    hosts = [
        b"",
        b"evil.example",
        b"localhost:99999",
        b"localhost:abc",
        b"[::1",
        b"a b",
        b"local_host",
        b"\xff",
        b"localhost.evil.example",
        b"LOCALHOST:80",
        b"localhost,evil.example",
        b"a" * 5000,
        b"127.0.0.1:",
        b"@localhost",
    ]
    headers = [(b"Host", draw.choice(hosts))] * draw.choice([1, 1, 1, 2])
    forwarded = [(b"X-Forwarded-Host", b"evil.example")] if draw.random() < 0.3 else []
    return Request("host", target, headers=[*headers, *forwarded])


ODD: Mapping[bytes, list[bytes]] = {
    b"Range": [
        b"bytes=0-0,1-1,2-2",
        b"bytes=9-1",
        b"bytes=" + DIGITS.encode() + b"-",
        b"bytes=-",
        b"x",
        b"bytes=0-" + DIGITS.encode(),
    ],
    b"If-Modified-Since": [
        b"x",
        b"Mon, 01 Jan 99999 00:00:00 GMT",
        b"Mon, 99 Foo 1 99:99:99 GMT",
        b"Thu, 01 Jan 0001 00:00:00 GMT",
    ],
    b"If-Unmodified-Since": [b"\xff", b"Mon, 31 Feb 2024 00:00:00 GMT"],
    b"If-None-Match": [b"*", b'W/"', b"," * 3000, b"\xff", b'"a", "b'],
    b"Accept": [
        b"*/*;q=x",
        b"text/html;q=" + DIGITS.encode(),
        b";;;",
        b"," * 5000,
        b"\xff",
        b"text",
        b"/",
        b"",
    ],
    b"Accept-Language": [
        b"x" * 3000,
        b"de;q=" + DIGITS.encode(),
        b"\xff",
        b";,;",
        b"zz-zz,de-*;q=0.1",
        b"%s" * 500,
    ],
    b"Accept-Encoding": [b"gzip;q=x", b"\xff", b"br, zstd, x" * 400, b"identity;q=0, *;q=0"],
    b"Cookie": [
        b"sessionid=" + b"a" * 4000,
        b"sessionid=\xff\xfe",
        b"csrftoken=x",
        b"csrftoken=\x01",
        b'messages=[["__json_message"',
        b"=;;=;",
        b"voter=a:b:c",
        b"voter=" + b"." * 3000,
        b"arena_language=%00",
        b"django_language=../../x",
        b"a=1; " * 800,
        b"sessionid=%00%00",
    ],
    b"Referer": [b"\xff", b"http://[", b"x" * 4000, b"http://localhost:99999/"],
    b"Origin": [b"null", b"\xff", b"http://[", b"https://evil.example", b"http://localhost:abc"],
    b"X-Forwarded-For": [
        b"\xff",
        b"," * 4000,
        b"1.2.3.4:5, [::1]:80",
        b"unknown, _hidden",
        b"a" * 4000,
    ],
    b"X-Forwarded-Proto": [b"https", b"https,http", b"\xff", b"gopher"],
    b"Forwarded": [b'for="[::1]:x";proto=https', b"\xff"],
    b"Authorization": [
        b"Basic \xff",
        b"Bearer ",
        b"Bearer \xc3\xa9",
        b"Digest x=y",
        b"Basic " + b"A" * 3000,
    ],
    b"X-CSRFToken": [b"\xff", b"x" * 5000, b"%00"],
    b"Expect": [b"100-continue", b"x"],
    b"Upgrade": [b"websocket", b"h2c"],
    b"Transfer-Encoding": [b"gzip", b"chunked, identity", b"x"],
    b"Content-Encoding": [b"gzip"],
    b"X-HTTP-Method-Override": [b"DELETE"],
    b"X-Requested-With": [b"\xff"],
}


def _header(draw: random.Random, target: bytes) -> Request:
    headers = [
        (name, draw.choice(ODD[name])) for name in draw.sample(sorted(ODD), draw.randint(1, 3))
    ]
    method = draw.choice([b"GET", b"GET", b"POST"])
    return Request("header", target, method, headers)


def _many_headers(draw: random.Random, target: bytes) -> Request:
    count, size = draw.choice([(300, 10), (90, 300), (1, 30_000), (2000, 4)])
    return Request(
        "many headers", target, headers=[(b"X-%d" % n, b"v" * size) for n in range(count)]
    )


def _bad_header(draw: random.Random, target: bytes) -> Request:
    name, value = draw.choice(
        [
            (b"X\0Y", b"1"),
            (b"X Y", b"1"),
            (b"", b"1"),
            (b"X", b"a\0b"),
            (b"X", b"a\rb"),
            (b"X", b"a\n b"),
            (b"\xff", b"1"),
            (b" X", b"1"),
        ]
    )
    return Request("bad header", target, headers=[(name, value)])


def _length(draw: random.Random, target: bytes) -> Request:
    lengths = [b"-1", b"x", DIGITS.encode(), b"1, 2", b"0x10", b"", b"+3", b"3 "]
    headers = [(b"Content-Length", draw.choice(lengths)), (b"Content-Type", FORM)]
    if draw.random() < 0.3:
        headers.append((b"Transfer-Encoding", b"chunked"))
    return Request("length", target, b"POST", headers, b"a=b", length=False)


def _chunked(draw: random.Random, target: bytes) -> Request:
    body = draw.choice(
        [
            b"zz\r\n",
            b"3\r\na=b\r\n0\r\n\r\n",
            b"-1\r\n",
            b"f" * 20 + b"\r\n",
            b"3;x=" + b"y" * 5000 + b"\r\na=b\r\n0\r\n\r\n",
            b"0\r\nX: y\r\n\r\n",
        ]
    )
    headers = [(b"Transfer-Encoding", b"chunked"), (b"Content-Type", FORM)]
    return Request("chunked", target, b"POST", headers, body, length=False)


def _handshake(draw: random.Random, target: bytes) -> Request:
    headers = [
        (b"Upgrade", b"websocket"),
        (b"Connection", b"Upgrade"),
        (b"Sec-WebSocket-Version", draw.choice([b"13", b"99", b"x"])),
        (b"Sec-WebSocket-Key", draw.choice([b"dGhlIHNhbXBsZSBub25jZQ==", b"x", b"\xff"])),
        (b"Origin", draw.choice([b"null", b"http://evil.example"])),
    ]
    return Request(
        "handshake", draw.choice([target, b"/ws/leaderboard", b"/ws/battles/x"]), headers=headers
    )


KINDS = [
    _plain_value,
    _query,
    _many_in_query,
    _form,
    _form,
    _many_fields,
    _form_charset,
    _form_charset,
    _multipart,
    _multipart,
    _broken_multipart,
    _broken_multipart,
    _json,
    _content_type,
    _method,
    _version,
    _target,
    _host,
    _header,
    _header,
    _many_headers,
    _bad_header,
    _length,
    _chunked,
    _handshake,
]
