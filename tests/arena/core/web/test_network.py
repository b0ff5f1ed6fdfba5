"""Where a request comes from."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.test import RequestFactory

from arena.core.web import network
from arena.core.web.network import bucket_of, client_address, network_bucket


def request(remote="198.51.100.9", forwarded=None):
    headers = {} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded}
    return RequestFactory().get("/", REMOTE_ADDR=remote, **headers)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("192.0.2.1", "192.0.2.254"),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::2"),
        ("192.0.2.1", "192.0.2.7:41234"),
        ("192.0.2.1", '"192.0.2.7:41234"'),
        ("2001:db8:1:2::1", "[2001:db8:1:2::9]:443"),
        ("2001:db8:1:2::1", "[2001:db8:1:2::9]"),
        ("2001:db8:1:2::1", "[2001:db8:1:2::9%eth0]:443"),
        ("192.0.2.1", "[::ffff:192.0.2.9]:80"),
        ("unknown", "_hidden"),
        ("1.2.3.4.5:80", "[::1::80"),
        ("192.0.2.1", "::ffff:192.0.2.77"),
        ("fe80::1%eth0", "fe80::2%eth1"),
        ("nonsense", ""),
    ],
)
def test_neighbours_share_a_bucket(one, other):
    assert bucket_of(one) == bucket_of(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("192.0.2.1", "192.0.3.1"),
        ("2001:db8:1::1", "2001:db8:2::1"),
        ("::ffff:192.0.2.1", "::ffff:203.0.113.1"),
        ("192.0.2.1", "nonsense"),
        ("192.0.2.1:80", "203.0.113.1:80"),
        ("[2001:db8:1::1]:80", "[2001:db8:2::1]:80"),
        ("2001:db8:1:1::1", "2001:db8:1:2::1"),
        ("192.0.2.1:80", "nonsense:80"),
    ],
)
def test_strangers_do_not_share_a_bucket(one, other):
    assert bucket_of(one) != bucket_of(other)


def test_a_bucket_tells_nothing_of_the_address(settings):
    here = bucket_of("192.0.2.1")
    settings.SECRET_KEY = "another key"
    assert bucket_of("192.0.2.1") != here
    assert "192" not in here or len(here) == 32


@pytest.mark.parametrize("forged", ["203.0.113.5", "203.0.113.5, 203.0.113.6", "", "x", "," * 50])
def test_without_a_proxy_the_header_is_not_looked_at(settings, forged):
    settings.PROXY_HOPS = 0
    assert client_address(request(forwarded=forged)) == "198.51.100.9"


@pytest.mark.parametrize(
    ("hops", "forwarded", "seen"),
    [
        (1, "203.0.113.5", "203.0.113.5"),
        (1, "6.6.6.6, 203.0.113.5", "203.0.113.5"),
        (1, "6.6.6.6,7.7.7.7 ,203.0.113.5 ", "203.0.113.5"),
        (2, "203.0.113.5, 10.0.0.1", "203.0.113.5"),
        (2, "6.6.6.6, 203.0.113.5, 10.0.0.1", "203.0.113.5"),
        (2, "10.0.0.1", "198.51.100.9"),
        (1, None, "198.51.100.9"),
        (1, "", "198.51.100.9"),
    ],
)
def test_behind_proxies_only_what_they_wrote_counts(settings, hops, forwarded, seen):
    settings.PROXY_HOPS = hops
    assert client_address(request(forwarded=forwarded)) == seen


def test_fifty_forged_addresses_are_one_bucket(settings):
    settings.PROXY_HOPS = 1
    forged = [request(forwarded=f"10.{n}.0.1, 203.0.113.5") for n in range(50)]
    assert len({network_bucket(one) for one in forged}) == 1


def test_the_bucket_of_a_network_is_another_one_each_day(monkeypatch):
    class Clock(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime(2026, 1, 2, tzinfo=tz)

    today = bucket_of("192.0.2.1")
    monkeypatch.setattr(network, "datetime", Clock)
    assert bucket_of("192.0.2.1") != today
    assert bucket_of("192.0.2.1") == bucket_of("192.0.2.9")
