"""A bare Django site with one view, which stores a vote as plainly as Django lets it.

`tests.bench.vote_path` runs it on the arena's own server, database and pool and compares: the same
cookie says who votes, and one transaction reads the battle's row under a lock, inserts a vote and
updates the battle. It has no middleware, no rates, no ledger and tells nobody. Its tables are
copies of the arena's, constraints and indexes included.
"""

from __future__ import annotations

import os
from typing import ClassVar

import dj_database_url
import django
from django.conf import settings

settings.configure(
    SECRET_KEY=os.environ["ARENA_SECRET_KEY"],
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    DATABASES={
        "default": {
            **dj_database_url.parse(os.environ["DATABASE_URL"]),
            "OPTIONS": {"pool": {"min_size": 1, "max_size": 8}},
        }
    },
)
django.setup()

from django.core import signing  # noqa: E402  # settings first
from django.core.wsgi import get_wsgi_application  # noqa: E402  # as above
from django.db import models, transaction  # noqa: E402  # as above
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect  # noqa: E402  # as above
from django.urls import path  # noqa: E402  # as above

_VERSIONS = {"version_a_id": 1, "version_b_id": 2}


class BareBattle(models.Model):
    """A row of the copied battles, with the fields that the view needs."""

    public_id = models.CharField(max_length=32)
    voter_id = models.UUIDField()
    state = models.CharField(max_length=12)

    class Meta:
        app_label = "bare"
        db_table = "bare_battle"
        managed = False


class BareVote(models.Model):
    """A row like a stored vote."""

    battle_id = models.BigIntegerField()
    voter_id = models.UUIDField()
    choice = models.CharField(max_length=10)
    version_a_id = models.BigIntegerField()
    version_b_id = models.BigIntegerField()
    betrayed = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        app_label = "bare"
        db_table = "bare_vote"
        managed = False
        indexes: ClassVar = []


def vote(request: HttpRequest, public_id: str) -> HttpResponse:
    voter = signing.loads(request.COOKIES["voter"], salt="arena.voters", max_age=31_536_000)
    with transaction.atomic():
        rows = BareBattle._default_manager.select_for_update()
        battle = rows.get(public_id=public_id, voter_id=voter, state="voting")
        BareVote._default_manager.create(
            battle_id=battle.pk, voter_id=voter, choice=request.POST["choice"], **_VERSIONS
        )
        battle.state = "voted"
        battle.save(update_fields=["state"])
    return HttpResponseRedirect(f"/battles/{public_id}/", status=303)


def health(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n")


urlpatterns = [path("battles/<slug:public_id>/vote", vote), path("health", health)]
application = get_wsgi_application()
