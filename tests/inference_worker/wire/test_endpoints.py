from __future__ import annotations

import socket

import pytest

from inference_worker.wire import endpoints
from inference_worker.wire.endpoints import ForbiddenEndpoint, resolve

PUBLIC = "93.184.216.34"


@pytest.fixture
def names(monkeypatch):
    """What the resolver says, by name; addresses are what they are."""
    known = {"api.example": [PUBLIC], "both.example": [PUBLIC, "10.0.0.1"]}
    system = socket.getaddrinfo

    def lookup(host, port, **more):
        if host in known:
            return [(0, 0, 0, "", (address, port)) for address in known[host]]
        return system(host, port, flags=socket.AI_NUMERICHOST, **more)

    monkeypatch.setattr(endpoints.socket, "getaddrinfo", lookup)
    return known


@pytest.mark.parametrize(
    "url", ["https://api.example/v1", "https://API.example:8443", "https://api.example./"]
)
def test_a_public_https_address_may_be_called(names, url):
    assert resolve(url) == endpoints.Endpoint("api.example", PUBLIC)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "0.0.0.0",  # noqa: S104  # an address to refuse, not one to bind
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "[2001:0:4136:e378:8000:63bf:3fff:fdd2]",
        "[fe80::1]",
        "[fc00::1]",
        "[ff02::1]",
        "localhost",
        "localhost.",
        "metadata.internal",
    ],
)
def test_what_is_not_public_is_refused(names, host):
    names.update({"localhost": ["127.0.0.1"], "metadata.internal": ["169.254.169.254"]})
    with pytest.raises(ForbiddenEndpoint):
        resolve(f"https://{host}/v1")


def test_one_private_address_among_public_ones_is_enough(names):
    with pytest.raises(ForbiddenEndpoint, match="not a public"):
        resolve("https://both.example/v1")


@pytest.mark.parametrize(
    "url",
    [
        "http://api.example/v1",
        "ftp://api.example",
        "file:///etc/passwd",
        "gopher://api.example:70/_x",
        "//api.example",
        "api.example",
        "https://",
        "https://user@api.example/",
        "https://api.example@10.0.0.1/",
        "https://api.example:port/",
        "https://api.example:99999/",
        "https://api.example\\@10.0.0.1/",
        "https://api.example/ x",
        "https://[::1/",
        "",
    ],
)
def test_what_is_no_plain_https_url_is_refused(names, url):
    with pytest.raises(ForbiddenEndpoint):
        resolve(url)


def test_a_name_without_an_address_is_refused(names):
    with pytest.raises(ForbiddenEndpoint, match="no address"):
        resolve("https://nowhere.example")


@pytest.mark.parametrize("allow", ["gpu.lan", "GPU.lan.", "10.1.2.3", "10.0.0.0/8"])
def test_what_is_allowed_by_name_address_or_network_may_be_private_and_plain(names, allow):
    names["gpu.lan"] = ["10.1.2.3"]
    assert resolve("http://gpu.lan:8000/v1", allow=[allow]).address == "10.1.2.3"


@pytest.mark.parametrize("allow", ["lan", "10.1.2.4", "192.168.0.0/16"])
def test_what_is_allowed_allows_nothing_else(names, allow):
    names["gpu.lan"] = ["10.1.2.3"]
    with pytest.raises(ForbiddenEndpoint):
        resolve("http://gpu.lan:8000/v1", allow=[allow])
