"""Each address of the site is a page that tests look at, or is known to be none."""

from __future__ import annotations

from tests.architecture.sources import ROOT
from tests.e2e.addresses import NO_PAGES, PAGES, VISITED, routes


def test_of_each_address_it_is_said_whether_it_is_a_page():
    stated = [*PAGES, *VISITED, *NO_PAGES]
    assert len(stated) == len(set(stated))
    assert sorted(set(routes())) == sorted(stated)


def test_who_visits_a_page_is_a_test():
    source = (ROOT / "tests/e2e/test_pages.py").read_text()
    assert [name for name in VISITED.values() if f"def {name}(" not in source] == []
