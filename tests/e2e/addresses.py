"""Which addresses of the site are pages, and how a test of all pages comes to each.

The addresses are those of the URLconf: tests/architecture/test_addresses.py fails for one that is
in none of the three tables here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.urls import URLPattern, URLResolver, get_resolver

PAGES = {
    "": "/",
    "about/": "/about/",
    "ask/": "/ask/?model=quick-owl",
    "benchmarks/": "/benchmarks/",
    "changes/": "/changes/",
    "integrity/": "/integrity/",
    "correctness/": "/correctness/",
    "leaderboard/": "/leaderboard/",
    "leaderboard/<slug:slug>/": "/leaderboard/overall/",
    "leaderboard/<slug:slug>/history/": "/leaderboard/overall/history/",
    "leaderboard/<slug:slug>/matrices/": "/leaderboard/overall/matrices/",
    "leaderboard/<slug:slug>/size-and-cost/": "/leaderboard/overall/size-and-cost/",
    "methodology/": "/methodology/",
    "mine/": "/mine/",
    "mine/about/": "/mine/about/",
    "mine/account/": "/mine/account/",
    "mine/sign-in/": "/mine/sign-in/",
    "mine/transfer/": "/mine/transfer/",
    "models/<slug:slug>/": "/models/quick-owl/",
    "offline/": "/offline/",
    "privacy/": "/privacy/",
}
"""Pages that a test can open at once, and where: axe and a narrow screen are tried on each."""
VISITED = {
    "battles/<slug:public_id>/blur/": "test_axe_finds_nothing_where_regions_are_blurred",
    "battles/<slug:public_id>/": "test_axe_finds_nothing_on_the_way_to_the_names",
    "shared/<str:token>/": "test_axe_finds_nothing_on_a_shared_page",
}
"""Pages that a visitor reaches by acting, and the test in tests/e2e/test_pages.py that does."""
NO_PAGES = {
    "battles/": "takes a form",
    "battles/<slug:public_id>/again": "takes a form",
    "battles/<slug:public_id>/answers/<slug:side>": "a text",
    "battles/<slug:public_id>/blur/<str:digest>/": "the same page of a further picture",
    "battles/<slug:public_id>/blur/<str:digest>/shown": "a picture",
    "battles/<slug:public_id>/correctness": "takes a form",
    "battles/<slug:public_id>/facts": "a fragment",
    "battles/<slug:public_id>/image": "a picture",
    "battles/<slug:public_id>/images/<str:digest>": "a picture",
    "battles/<slug:public_id>/next": "takes a form",
    "battles/<slug:public_id>/prepare": "takes a form",
    "battles/<slug:public_id>/reasons": "takes a form",
    "battles/<slug:public_id>/reinstate": "takes a form",
    "battles/<slug:public_id>/report": "takes a form",
    "battles/<slug:public_id>/retry": "takes a form",
    "battles/<slug:public_id>/names": "a fragment",
    "battles/<slug:public_id>/reveal": "JSON",
    "battles/<slug:public_id>/share": "takes a form",
    "battles/<slug:public_id>/skip": "takes a form",
    "battles/<slug:public_id>/stop": "takes a form",
    "battles/<slug:public_id>/turns": "takes a form",
    "battles/<slug:public_id>/turns/back": "takes a form",
    "battles/<slug:public_id>/turns/edit": "takes a form",
    "battles/<slug:public_id>/unshare": "takes a form",
    "shared/<str:token>/report": "takes a form",
    "battles/<slug:public_id>/vote": "takes a form",
    "battles/<slug:public_id>/withdraw": "takes a form",
    "battles/proof": "JSON",
    "i18n/setlang/": "takes a form",
    "join/<str:token>/": "needs an invitation: see test_membership.py",
    "leaderboard.csv": "a file",
    "leaderboard/<slug:slug>.csv": "a file",
    "mine/account/delete/": "takes a form",
    "mine/account/password/": "takes a form",
    "mine/change/": "takes a form",
    "mine/export/": "takes a form",
    "mine/new-password/<str:token>/": "needs a link of the operator: see test_accounts.py",
    "mine/sign-in/provider/": "leads elsewhere",
    "mine/sign-in/provider/callback/": "leads elsewhere",
    "mine/sign-out/": "takes a form",
    "mine/transfer/enter/": "takes a form",
    "mine/vote/": "takes a form",
    "receive/": "leads elsewhere",
    "samples/<str:sample>": "a picture",
    "samples/random": "JSON",
    "service-worker.js": "a script",
    "shared/<str:token>/images/<int:place>": "a picture",
    "shared/<str:token>/preview.png": "a picture",
}
"""What else has an address, and what it is."""
NOT_OURS = ("admin/", "api/v1/", "v1/")
"""The admin's pages are Django's, the APIs have none; all have tests of their own."""
MISSING = "/nothing/"
"""An address that nothing has: its page is one, too."""


def routes(resolver: URLResolver | None = None, before: str = "") -> Iterator[str]:
    """Yield the route of each address of the site, without those of `NOT_OURS`."""
    patterns: Sequence[URLPattern | URLResolver] = (resolver or get_resolver()).url_patterns
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if route in NOT_OURS:
            continue
        if isinstance(pattern, URLResolver):
            yield from routes(pattern, route)
        else:
            yield route
