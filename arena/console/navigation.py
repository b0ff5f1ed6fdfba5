"""The sections of the admin: what belongs together for an operator, whichever app it stands in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

SECTIONS: tuple[tuple[Promise, tuple[tuple[str, Promise | None], ...]], ...] = (
    (
        gettext_lazy("Models"),
        (
            ("catalog.modelcard", None),
            ("spending.cardbudget", None),
            ("gates.invitedmodel", gettext_lazy("Unlisted models")),
            ("benchmarks.evaluatedmodel", None),
            ("benchmarks.scoreimport", None),
        ),
    ),
    (
        gettext_lazy("Battles"),
        (
            ("battles.battle", None),
            ("battles.vote", None),
            ("battles.generation", gettext_lazy("Answers")),
            ("shadows.shadowanswer", None),
            ("battles.moderationreview", gettext_lazy("Moderation")),
            ("labels.battlelabels", None),
            ("labels.label", None),
        ),
    ),
    (
        gettext_lazy("Rankings"),
        (
            ("boards.board", None),
            ("boards.snapshot", None),
            ("battles.drawplan", None),
            ("integrity.case", None),
            ("ledger.ledgerentry", None),
            ("ledger.paircount", None),
            ("ledger.recount", None),
        ),
    ),
    (gettext_lazy("Operation"), (("console.alarm", None), ("datasets.publication", None))),
    (
        gettext_lazy("People and security"),
        (
            ("voters.invitation", None),
            ("demographics.surveyquestion", None),
            ("auth.user", gettext_lazy("Accounts")),
            ("auth.group", gettext_lazy("Roles")),
            ("axes.accessattempt", gettext_lazy("Wrong passwords")),
            ("operations.auditentry", None),
        ),
    ),
)
"""Lists of rows by section, in the order in which they stand there, each with a name where that of
its model says less. What is in none of them comes last, in a section of its own."""

PAGES: tuple[tuple[Promise, str, str], ...] = (
    (gettext_lazy("Workers"), "admin:catalog_workers", "catalog.view_workers"),
    (gettext_lazy("Sampling preview"), "admin:console_sampling", "battles.view_drawplan"),
    (gettext_lazy("Votes by invitation"), "admin:console_invited", "gates.view_invitedmodel"),
    (gettext_lazy("Erase content"), "admin:console_erasure", "battles.erase_battle"),
    (gettext_lazy("Trial of the gates"), "admin:console_trial", "battles.view_moderationreview"),
)
"""Pages that are no list of rows: name, URL name and the permission that opens it."""


@dataclass(frozen=True, slots=True)
class NavigationLink:
    """A link of the navigation."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class NavigationSection:
    """A title and the links below it; the first section has no title."""

    title: str
    links: list[NavigationLink]


def sections(user: User, apps: Iterable[dict[str, Any]]) -> list[NavigationSection]:
    """Return the sections that have a link for this account; ``apps`` are those of Django's admin
    for the same account."""
    links = {
        f"{app['app_label']}.{model['object_name'].lower()}": NavigationLink(
            model["name"], model["admin_url"]
        )
        for app in apps
        for model in app["models"]
        if model["admin_url"]
    }
    pages = [
        NavigationLink(str(name), reverse(url))
        for name, url, right in PAGES
        if user.has_perm(right)
    ]
    found = [
        NavigationSection("", [NavigationLink(_("Dashboard"), reverse("admin:index")), *pages])
    ]
    for title, listed in SECTIONS:
        chosen = [(links.pop(label), name) for label, name in listed if label in links]
        shown = [NavigationLink(str(name or link.name), link.url) for link, name in chosen]
        found.append(NavigationSection(str(title), shown))
    found.append(NavigationSection(_("More"), list(links.values())))
    return [section for section in found if section.links]
