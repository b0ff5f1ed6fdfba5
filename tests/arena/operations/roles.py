"""Which right opens what in the admin, stated beside what the URLconf and the admins hold."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from django.contrib.admin import site
from django.contrib.contenttypes.models import ContentType
from django.urls import URLPattern, URLResolver, get_resolver

from arena.catalog.models import ModelVersion
from arena.catalog.questions import BOXES

STAFF, SUPERUSER, NOBODY = "any staff", "superusers alone", "nobody"

OPEN = {
    "index": STAFF,
    "password_change": STAFF,
    "password_change_done": STAFF,
    "jsi18n": STAFF,
    "autocomplete": NOBODY,
    "view_on_site": NOBODY,
    "app_list": STAFF,
    "": NOBODY,
}
"""Django's own that belong to no model. No field of ours completes itself, no model of ours has an
address of its own, and patterns without a name only redirect to others: these say nothing."""
EVERYBODY = {"login", "logout", "oidc", "oidc_callback"}
CUSTOM = {
    "auth_user_password_change": "operations.manage_accounts",
    "console_blur": "labels.view_picture",
    "console_blurred": "labels.view_picture",
    "console_erasure": "battles.erase_battle",
    "console_invited": "gates.view_invitedmodel",
    "console_sampling": "battles.view_drawplan",
    "console_trial": "battles.view_moderationreview",
    "catalog_endpoint_models": "catalog.try_modelcard",
    "catalog_activate": "catalog.switch_modelcard",
    "catalog_answer_with": "catalog.switch_modelcard",
    "catalog_probe": "catalog.view_modelversion",
    "catalog_probe_again": "catalog.try_modelcard",
    "catalog_probe_picture": "catalog.view_modelversion",
    "catalog_probe_progress": "catalog.view_modelversion",
    "catalog_workers": "catalog.view_workers",
    "catalog_add_model": "catalog.add_modelcard",
    "integrity_case_decide": "integrity.decide_case",
    "labels_picture": "labels.view_picture",
    "boards_snapshot_json": "boards.view_snapshot",
}
"""What we have added, or what a library has. Whatever stands in no table fails the test."""
BY_POST = {
    "catalog_activate",
    "catalog_answer_with",
    "catalog_probe_again",
    "integrity_case_decide",
}
"""What there is nothing to look at: a GET is refused to everybody."""
WRITTEN = {
    "auth.group": {"add": SUPERUSER, "change": SUPERUSER, "delete": SUPERUSER},
    "auth.user": {
        "add": "operations.manage_accounts",
        "change": "operations.manage_accounts",
        "delete": SUPERUSER,
    },
    "benchmarks.benchmarkscore": {"add": "benchmarks.add_benchmarkscore"},
    "benchmarks.evaluatedmodel": {"change": "benchmarks.change_evaluatedmodel"},
    "benchmarks.scoreimport": {"delete": "benchmarks.delete_scoreimport"},
    "catalog.modelcard": {"add": "catalog.add_modelcard", "change": "catalog.change_modelcard"},
    "demographics.surveyquestion": {
        "add": "demographics.add_surveyquestion",
        "change": "demographics.change_surveyquestion",
        "delete": "demographics.delete_surveyquestion",
    },
    "gates.invitedmodel": {
        "add": "gates.add_invitedmodel",
        "change": "gates.change_invitedmodel",
        "delete": "gates.delete_invitedmodel",
    },
    "voters.invitation": {
        "add": "voters.add_invitation",
        "change": "voters.change_invitation",
    },
    "evaluation.evaluatortoken": {
        "add": "evaluation.add_evaluatortoken",
        "change": "evaluation.change_evaluatortoken",
        "delete": "evaluation.delete_evaluatortoken",
    },
    "labels.battlelabels": {"change": "labels.change_battlelabels"},
    "labels.label": {"change": "labels.change_label"},
    "spending.cardbudget": {
        "add": "spending.add_cardbudget",
        "change": "spending.change_cardbudget",
        "delete": "spending.delete_cardbudget",
    },
    "battles.moderationreview": {"change": "battles.change_moderationreview"},
    "boards.board": {
        "add": "boards.add_board",
        "change": "boards.change_board",
        "delete": "boards.delete_board",
    },
}
"""What can be written at all, and with which right; everything else is only read."""
ACTIONS = {
    "catalog.modelcard": {
        "adopt": "catalog.try_modelcard",
        "try_again": "catalog.try_modelcard",
        "activate": "catalog.switch_modelcard",
        "pause": "catalog.switch_modelcard",
        "choose_newest": "catalog.switch_modelcard",
        "go_back": "catalog.switch_modelcard",
        "list_publicly": "catalog.switch_modelcard",
        "retire": "catalog.switch_modelcard",
    },
    "labels.battlelabels": {
        "set_category": "labels.change_battlelabels",
        "set_language": "labels.change_battlelabels",
    },
    "boards.board": {
        "switch_on": "boards.change_board",
        "switch_off": "boards.change_board",
    },
    "battles.vote": {
        "take_out": "ledger.add_ledgerentry",
        "put_back": "ledger.add_ledgerentry",
    },
    "auth.group": {"delete_selected": SUPERUSER},
    "gates.invitedmodel": {"delete_selected": "gates.delete_invitedmodel"},
    "spending.cardbudget": {"delete_selected": "spending.delete_cardbudget"},
    "evaluation.evaluatortoken": {"delete_selected": "evaluation.delete_evaluatortoken"},
    "axes.accessattempt": {"unlock": "axes.delete_accessattempt"},
    "auth.user": {"delete_selected": SUPERUSER},
}
"""Of every admin. Django's own bulk deletion is nowhere else."""
_APP = "catalog"
_DEFAULT = re.compile(
    r"(?P<app>[a-z]+)_(?P<model>\w+)_(?P<kind>changelist|add|history|delete|change)"
)
_WORD = re.compile(r"<(?:\w+:)?(?P<a>\w+)>|\(\?P<(?P<b>\w+)>[^)]*\)")


@dataclass(frozen=True)
class Role:
    """Who asks. ``rights`` are the permissions of a staff account."""

    name: str
    rights: frozenset[str] = frozenset()
    is_staff: bool = True
    is_superuser: bool = False

    def has(self, right: str) -> bool:
        """Return whether this role has the right, in the words of the tables above."""
        if right in (NOBODY, STAFF):
            return right == STAFF and self.is_staff
        if right == SUPERUSER:
            return self.is_superuser
        return self.is_superuser or (self.is_staff and right in self.rights)


@dataclass(frozen=True)
class Address:
    """One pattern of the admin, with an object of the database put into it."""

    name: str
    path: str

    def may(self, role: Role, method: str) -> bool:
        """Return whether the tables let this role ask for it by this method."""
        if self.name == "app_list":
            return any(role.has(f"{_APP}.{verb}_modelcard") for verb in ("view", "add", "change"))
        return any(role.has(right) for right in rights_of(self.name, method))


def rights_of(name: str, method: str) -> tuple[str, ...]:
    """Return the rights of which one is enough. Raises KeyError for what no table has."""
    if name in OPEN | CUSTOM:
        return ((OPEN | CUSTOM)[name],)
    found = _DEFAULT.fullmatch(name)
    if found is None:
        raise KeyError(f"{name} stands in no table of rights")
    app, model, kind = found["app"], found["model"], found["kind"]
    written = WRITTEN.get(f"{app}.{model}", {})
    if kind in ("add", "delete") or (kind == "change" and method == "POST"):
        return (written.get(kind, NOBODY),)
    return (f"{app}.view_{model}", written.get("change", NOBODY))


def addresses() -> list[Address]:
    """Return every address of the admin, from the URLconf itself."""
    found = [p for p in get_resolver().url_patterns if isinstance(p, URLResolver)]
    [root] = [p for p in found if p.namespace == "admin"]
    words = {
        "app_label": _APP,
        "content_type_id": str(ContentType.objects.get(app_label="battles", model="battle").pk),
        "url": "nothing",
        "version": str(ModelVersion.objects.latest("pk").pk),
        "name": next(iter(BOXES)),
    }
    keys = {
        f"/admin/{model._meta.app_label}/{model._meta.model_name}/": str(
            model._base_manager.latest("pk").pk
        )
        for model in site._registry
    }
    return [Address(p.name or "", _filled(route, words, keys)) for route, p in _leaves(root, "/")]


def _leaves(resolver: URLResolver, route: str):
    here = route + str(resolver.pattern)
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLPattern):
            yield here + str(pattern.pattern), pattern
        else:
            yield from _leaves(pattern, here)


def _filled(route: str, words: dict[str, str], keys: dict[str, str]) -> str:
    """Return the path with an object put in: the newest of the model that the address is about."""
    key = next((keys[start] for start in keys if route.startswith(start)), "1")
    plain = route.replace("^", "").replace("$", "")
    return _WORD.sub(lambda word: words.get(word["a"] or word["b"], key), plain)


@cache
def stated_rights() -> frozenset[str]:
    """Return every permission that the tables name, and the view of every model."""
    named = {
        *CUSTOM.values(),
        *(r for by in (WRITTEN, ACTIONS) for of in by.values() for r in of.values()),
    }
    views = {f"{m._meta.app_label}.view_{m._meta.model_name}" for m in site._registry}
    return frozenset(named | views) - {STAFF, SUPERUSER, NOBODY}


def opening(address: Address, method: str) -> frozenset[str]:
    """Return the rights of which each opens the address by itself."""
    alone = {right: Role(right, frozenset({right})) for right in stated_rights()}
    return frozenset(right for right, role in alone.items() if address.may(role, method))


def roles() -> list[Role]:
    """Return every kind of account: one for each right alone, all of them, and none."""
    each = sorted(stated_rights())
    return [
        Role("a visitor", is_staff=False),
        Role("an account that is no staff", frozenset(each), is_staff=False),
        Role("staff without a right"),
        *(Role(f"staff with {right}", frozenset({right})) for right in each),
        Role("staff with every right", frozenset(each)),
        Role("a superuser", is_superuser=True),
    ]
