from __future__ import annotations

import socket
from ipaddress import ip_address

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
    assert resolve(url) == endpoints.ResolvedEndpoint("api.example", PUBLIC)


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


@pytest.mark.parametrize(
    "allow",
    [
        *("gpu.lan", "GPU.lan.", "10.1.2.3", "10.0.0.0/8"),
        *("gpu.lan:8000", "10.1.2.3:8000", "GPU.LAN.:8000"),
    ],
)
def test_what_is_allowed_by_name_address_or_network_may_be_private_and_plain(names, allow):
    names["gpu.lan"] = ["10.1.2.3"]
    assert resolve("http://gpu.lan:8000/v1", allow=[allow]).address == "10.1.2.3"


@pytest.mark.parametrize(
    "allow",
    ["lan", "10.1.2.4", "192.168.0.0/16", "gpu.lan:80", "10.1.2.3:8001", "other.lan:8000"],
)
def test_what_is_allowed_allows_nothing_else(names, allow):
    names["gpu.lan"] = ["10.1.2.3"]
    with pytest.raises(ForbiddenEndpoint):
        resolve("http://gpu.lan:8000/v1", allow=[allow])


@pytest.mark.parametrize("allow", ["fd00::7", "[fd00::7]", "[fd00::7]:8000", "fd00::/8"])
def test_an_ipv6_address_may_be_allowed_with_or_without_its_port(names, allow):
    assert resolve("http://[fd00::7]:8000/v1", allow=[allow]).address == "fd00::7"


def test_the_usual_port_of_the_scheme_is_a_port_like_any(names):
    names["gpu.lan"] = ["10.1.2.3"]
    assert resolve("http://gpu.lan/v1", allow=["gpu.lan:80"])
    with pytest.raises(ForbiddenEndpoint):
        resolve("https://gpu.lan/v1", allow=["gpu.lan:80"])


@pytest.mark.parametrize(
    "entry",
    [
        *("http://gpu.lan:8000", "https://gpu.lan", "gpu.lan/v1", "gpu.lan:", "gpu.lan:http"),
        *("gpu.lan:0", "gpu.lan:65536", "gpu.lan:-1", "gpu.lan:80:80", "*.lan", "*", "-", "."),
        *("10.0.0.0/33", "10.0.0.0/8:8000", "300.1.1.1", "2130706433", "[fd00::7", "fd00::7]:80"),
        *("[fd00::7]80", "user@gpu.lan", "gpu lan", "gpu.lan:٨٠", ""),
    ],
)
def test_what_cannot_be_understood_is_refused_with_a_sentence(entry):
    with pytest.raises(ValueError, match="is none of: a host, host:port"):
        endpoints.read_exemption(entry)


PUBLIC_ADDRESSES = """
1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.1
169.253.255.255 169.255.0.0 172.15.255.255 172.32.0.0 191.255.255.255 192.0.1.0 192.0.3.0
192.88.98.255 192.88.100.0 192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0 198.51.99.255
198.51.101.0 203.0.112.255 203.0.114.0 223.255.255.255
2001:200::1 2001:4860:4860::8888 2001:db7:ffff::1 2001:db9::1 2003::1 2400:cb00::1 2600::1
2606:4700:4700::1111 2620:fe::fe 2a00:1450::1 2c0f::1 3ffd:ffff::1 3fff:1000::1
::ffff:8.8.8.8 64:ff9b::8.8.8.8 2002:808:808::1
"""

SPECIAL_ADDRESSES = """
0.0.0.0 0.0.0.1 0.255.255.255 10.0.0.0 10.255.255.255 100.64.0.0 100.127.255.255 127.0.0.1
127.255.255.255 169.254.0.0 169.254.169.254 169.254.255.255 172.16.0.0 172.31.255.255 192.0.0.0
192.0.0.9 192.0.0.170 192.0.0.255 192.0.2.0 192.0.2.255 192.88.99.1 192.168.0.0 192.168.255.255
198.18.0.0 198.19.255.255 198.51.100.0 198.51.100.255 203.0.113.0 203.0.113.255 224.0.0.0
239.255.255.255 240.0.0.0 255.255.255.254 255.255.255.255
:: ::1 ::2 ::7f00:1 ::8.8.8.8 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254
::ffff:0:127.0.0.1 ::ffff:0:8.8.8.8 64:ff9b::127.0.0.1 64:ff9b::10.0.0.1 64:ff9b::169.254.169.254
64:ff9b:1::1 64:ff9b:1::8.8.8.8 64:ff9b:1:ffff:ffff:ffff:ffff:ffff 64:ff9b:2::1 100::1 100:0:0:1::1
1fff:ffff::1 2001::1 2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:1::1 2001:1::2 2001:2::1 2001:3::1
2001:4:112::1 2001:10::1 2001:20::1 2001:2f:ffff::1 2001:30::1 2001:1ff:ffff::1 2001:db8::1
2001:db8:ffff::1 2002:7f00:1::1 2002:a00:1::1 2002:c0a8:101::1 2002:a9fe:a9fe::1 2002:e000:1::1
3ffe::1 3ffe:831f::1 3fff::1 3fff:fff:ffff::1 4000::1 5efe::1 5f00::1 5f00:ffff::1 6000::1 8000::1
a000::1 c000::1 e000::1 f000::1 f800::1 fc00::1 fd00::1 fdff:ffff::1 fe00::1 fe80::1
febf:ffff::1 fec0::1 feff:ffff::1 ff00::1 ff02::1 ff0e::1
"""


@pytest.mark.parametrize("address", PUBLIC_ADDRESSES.split())
def test_what_is_global_unicast_may_be_called(address):
    assert endpoints.is_public(ip_address(address))


@pytest.mark.parametrize("address", SPECIAL_ADDRESSES.split())
def test_what_the_registries_set_apart_may_not(address):
    assert not endpoints.is_public(ip_address(address))
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(ForbiddenEndpoint, match="not a public address"):
        resolve(f"https://{host}/v1")
