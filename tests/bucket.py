"""A store of objects on the loopback that speaks S3: signed requests, one bucket, whole objects.

It checks the signature of each request (version 4), as the store of a provider does, and it lets
everybody read without one, as a public bucket does. Objects appear when they are complete.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, quote, unquote, urlsplit
from xml.etree import ElementTree
from xml.sax.saxutils import escape

KEY, SECRET = "arena", "a-secret-of-the-tests"
AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<key>[^/]+)/(?P<scope>[^,]+), *SignedHeaders=(?P<names>[^,]+),"
    r" *Signature=(?P<signature>\w+)"
)


class Bucket(ThreadingHTTPServer):
    """The bucket `data`; ``objects`` holds what is in it, ``refuse`` a status for every write."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Request)
        self.objects: dict[str, bytes] = {}
        self.parts: dict[str, dict[int, bytes]] = defaultdict(dict)
        self.refuse = 0
        self.written: list[str] = []

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server_port}"

    def store(self, name, body):
        self.objects[name] = body
        self.written.append(name)


class _Request(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Bucket

    def log_message(self, *args):
        """Say nothing."""

    def do_GET(self):
        _, _, name = self._asked().partition("/")
        if not name:
            return self._list()
        if name not in self.server.objects:
            return self._answer(404)
        body = self.server.objects[name]
        span = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if span is None:
            return self._answer(200, body)
        first, last = int(span[1]), min(int(span[2] or len(body)), len(body) - 1)
        said = {"Content-Range": f"bytes {first}-{last}/{len(body)}"}
        return self._answer(206, body[first : last + 1], said)

    do_HEAD = do_GET

    def do_PUT(self):
        body = self._body()
        if not self._may_write(body):
            return None
        _, _, name = self._asked().partition("/")
        query = self._query()
        if "partNumber" in query:
            self.server.parts[query["uploadId"]][int(query["partNumber"])] = body
        else:
            self.server.store(name, body)
        return self._answer(200, said={"ETag": f'"{hashlib.md5(body).hexdigest()}"'})  # noqa: S324  # as S3 has it

    def do_POST(self):
        body = self._body()
        if not self._may_write(body):
            return None
        query, (_, _, name) = self._query(), self._asked().partition("/")
        if "uploads" in query:
            return self._xml("InitiateMultipartUploadResult", {"UploadId": quote(name, safe="")})
        if "uploadId" in query:
            parts = self.server.parts.pop(query["uploadId"])
            self.server.store(name, b"".join(parts[number] for number in sorted(parts)))
            return self._xml("CompleteMultipartUploadResult", {"Key": name, "ETag": '"whole"'})
        keys = ElementTree.fromstring(body).iter()  # noqa: S314  # of our own client
        for key in [one.text for one in keys if one.tag.endswith("Key")]:
            self.server.objects.pop(key, None)
        return self._xml("DeleteResult", {})

    def do_DELETE(self):
        if self._may_write(b""):
            self.server.objects.pop(self._asked().partition("/")[2], None)
            self._answer(204)

    def _list(self):
        query = self._query()
        prefix, mark = query.get("prefix", ""), query.get("delimiter", "")
        names = sorted(name for name in self.server.objects if name.startswith(prefix))
        cut = {
            name: prefix + name.removeprefix(prefix).partition(mark)[0] + mark
            for name in names
            if mark and mark in name.removeprefix(prefix)
        }
        entries = [
            f"<Contents><Key>{escape(name)}</Key><Size>{len(self.server.objects[name])}</Size>"
            "<LastModified>2026-01-01T00:00:00.000Z</LastModified></Contents>"
            for name in names
            if name not in cut
        ]
        entries += [
            f"<CommonPrefixes><Prefix>{escape(one)}</Prefix></CommonPrefixes>"
            for one in sorted(set(cut.values()))
        ]
        count = f"<KeyCount>{len(entries)}</KeyCount><IsTruncated>false</IsTruncated>"
        self._xml("ListBucketResult", {}, count + "".join(entries))

    def _may_write(self, body):
        status = self.server.refuse or (0 if self._is_signed(body) else 403)
        if status:
            self._answer(status, b"<Error><Code>Refused</Code></Error>")
        return not status

    def _is_signed(self, body):
        found = AUTHORIZATION.match(self.headers.get("Authorization", ""))
        if found is None or found["key"] != KEY:
            return False
        path, _, query = self.path.partition("?")
        pairs = sorted(
            (quote(name, safe="-_.~"), quote(value, safe="-_.~"))
            for name, value in parse_qsl(query, keep_blank_values=True)
        )
        names = found["names"].split(";")
        lines = [f"{name}:{' '.join(self.headers[name].split())}\n" for name in names]
        digest = self.headers["x-amz-content-sha256"]
        asked = "\n".join(
            [
                self.command,
                path,
                "&".join(f"{name}={value}" for name, value in pairs),
                "".join(lines),
                found["names"],
                digest,
            ]
        )
        day, *rest = found["scope"].split("/")
        key = f"AWS4{SECRET}".encode()
        for part in (day, *rest):
            key = hmac.digest(key, part.encode(), "sha256")
        told = "\n".join(
            [
                "AWS4-HMAC-SHA256",
                self.headers["x-amz-date"],
                found["scope"],
                hashlib.sha256(asked.encode()).hexdigest(),
            ]
        )
        if not digest.startswith(("UNSIGNED", "STREAMING")):
            assert digest == hashlib.sha256(body).hexdigest()
        return hmac.compare_digest(
            hmac.digest(key, told.encode(), "sha256").hex(), found["signature"]
        )

    def _body(self):
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if "aws-chunked" not in self.headers.get("Content-Encoding", ""):
            return body
        whole = b""
        while body:
            size, _, rest = body.partition(b"\r\n")
            length = int(size.partition(b";")[0], 16)
            whole, body = whole + rest[:length], rest[length + 2 :] if length else b""
        return whole

    def _asked(self):
        return unquote(urlsplit(self.path).path).removeprefix("/")

    def _query(self):
        return dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))

    def _xml(self, root, values, more=""):
        inside = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in values.items())
        self._answer(200, f"<{root}>{inside}{more}</{root}>".encode())

    def _answer(self, status, body=b"", said=()):
        self.send_response(status)
        for name, value in dict(said).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
