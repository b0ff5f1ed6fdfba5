"""The edges of sample pictures: offer one, prepare the next battle on one, go on to it."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse, QueryDict
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from arena.battle_pages.attempts import attempt_of
from arena.battle_pages.selectors import offer
from arena.battle_pages.views import start
from arena.battles.models import Battle
from arena.battles.selectors import reading
from arena.battles.states import BattleState
from arena.core.web.network import network_bucket
from arena.gates.services import admit
from arena.gates.views import for_readers
from arena.samples.services import choose_sample, prepare_battle, take_prepared
from arena.voters.selectors import identity_of, must_confirm, voter_of
from arena.voters.services import must_ask_consent

_READ = (BattleState.VOTING, BattleState.VOTED, BattleState.AGREED, BattleState.SKIPPED)
"""The states in which somebody reads, and no worker is waited for."""
_ASKED = {"sample": "id", "prompt": "prompt"}
"""The fields of the form that starts a battle, as a sample is offered."""


@require_safe
@never_cache
def random(request: HttpRequest) -> HttpResponse:
    """A sample picture with a prompt that suits it: a fresh one where a worker has drawn any."""
    admit("sample", network=network_bucket(request))
    return JsonResponse(offer(choose_sample(besides=request.GET.get("not", ""))))


@require_POST
@for_readers
def prepare(request: HttpRequest, public_id: str) -> HttpResponse:
    """Prepare the next battle of a voter who compares two answers to a sample, or looks at how
    such a battle ended.

    The answer is the same whatever comes of it: how long a pair takes is told to nobody.
    """
    battle = reading.battle_for(identity_of(request), public_id)
    on_sample = battle.state in _READ and battle.turns.get(number=0).sample
    if on_sample and not must_ask_consent(battle.voter):
        attempt = attempt_of(request, battle.voter)
        prepare_battle(voter=battle.voter, attempt=attempt, after=battle)
    return HttpResponse(status=204)


@require_POST
@for_readers
def next_battle(request: HttpRequest, public_id: str) -> HttpResponse:
    """Go on to the prepared battle, or start one on another sample picture with its own question,
    as if it had been sent.

    A voter who was not asked for the consent yet, or for age and terms, is led to the page that
    asks.
    """
    voter = voter_of(request)
    if voter is None or must_ask_consent(voter) or must_confirm(voter):
        return HttpResponseRedirect(reverse("battles:new"), status=303)
    if prepared := take_prepared(voter=voter):
        return HttpResponseRedirect(reverse("battles:battle", args=[prepared]), status=303)
    return _begin_next(request, reading.battle_for(voter.pk, public_id))


def _begin_next(request: HttpRequest, after: Battle) -> HttpResponse:
    admit("sample", network=network_bucket(request))
    offered = offer(choose_sample(besides=after.turns.get(number=0).sample))
    request.POST = QueryDict(urlencode({name: offered[key] for name, key in _ASKED.items()}))
    return start(request)
