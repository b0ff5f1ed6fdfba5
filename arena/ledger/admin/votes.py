"""Taking votes out of the ranking and back in, with what the ledger says of each."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, ClassVar, cast
from uuid import UUID

from django import forms
from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from arena.battles.models import Vote
from arena.catalog.models import ModelCard, ModelVersion
from arena.core.admin.confirmation import answers, ask
from arena.core.admin.keyset_list import LongList
from arena.core.admin.read_only import ReadOnlyAdmin
from arena.ledger.models import LedgerEntry, StandingExclusion
from arena.ledger.selectors.events import entries_about
from arena.ledger.services.exclusions import exclude_by_hand, restore
from arena.ledger.states import EntryKind, ExclusionReason
from arena.voters.models import Voter


class ExclusionForm(forms.Form):
    """A form that asks for a reason in one of the ledger's words, and for a note."""

    reasons: ClassVar = (ExclusionReason.OPERATOR, ExclusionReason.INTEGRITY)

    reason = forms.ChoiceField(
        label=gettext_lazy("Reason"), help_text=gettext_lazy("Stored in the ledger permanently.")
    )
    note = forms.CharField(
        label=gettext_lazy("Note"),
        required=False,
        max_length=300,
        widget=forms.TextInput(attrs={"size": 60}),
        help_text=gettext_lazy("For the log of the admin; not in the ledger."),
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        field = cast(forms.ChoiceField, self.fields["reason"])
        field.choices = [(reason.value, reason.label) for reason in self.reasons]


class RestorationForm(ExclusionForm):
    """A form that asks for a reason; a vote that was not blind stays out for most."""

    reasons: ClassVar = (ExclusionReason.OPERATOR, ExclusionReason.BETRAYED)


class FoldedFilter(admin.SimpleListFilter):
    """A filter by whether the ledger has the vote."""

    title = gettext_lazy("in the ledger")
    parameter_name = "folded"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the two choices."""
        return [("yes", _("yes")), ("no", _("not yet"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Vote]) -> QuerySet[Vote]:
        """Return the votes that wait for the ledger, or the others."""
        folded = {"yes": True, "no": False}.get(self.value() or "")
        return queryset if folded is None else queryset.filter(unfolded__isnull=folded)


class OutFilter(admin.SimpleListFilter):
    """A filter by the reason for which a vote was taken out at some time."""

    title = gettext_lazy("was taken out")
    parameter_name = "out"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the reasons of exclusions."""
        return [(reason.value, str(reason.label)) for reason in ExclusionReason]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Vote]) -> QuerySet[Vote]:
        """Return the votes, by the index of the entries that are no votes."""
        later = LedgerEntry.objects.filter(~Q(kind=EntryKind.VOTE), vote__isnull=False)
        taken = later.filter(kind=EntryKind.EXCLUSION, reason=self.value() or "")
        return queryset.filter(pk__in=taken.values("vote")) if self.value() else queryset


class CardFilter(admin.SimpleListFilter):
    """A filter by the model card of either side."""

    title = gettext_lazy("model")
    parameter_name = "model"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the cards by name."""
        rows = ModelCard.objects.order_by("name").values_list("slug", "name")
        return list(rows)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Vote]) -> QuerySet[Vote]:
        """Return the votes on battles in which the card took part."""
        if not self.value():
            return queryset
        versions = list(ModelVersion.objects.filter(card__slug=self.value()).values_list("pk"))
        keys = [key for (key,) in versions]
        return queryset.filter(Q(version_a__in=keys) | Q(version_b__in=keys))


_NETWORK = re.compile(r"[0-9a-f]{32}")
_MOST_KEYS = 1_000
"""Voters of a network that a query names one by one."""


@admin.register(Vote)
class VoteAdmin(LongList[Vote], ReadOnlyAdmin[Vote]):
    """The list of all votes. A wrong one is excluded from the ranking, never changed."""

    list_display = (
        "battle",
        "choice",
        "standing",
        "version_a",
        "version_b",
        "voter",
        "created_at",
    )
    list_filter = ("choice", CardFilter, FoldedFilter, OutFilter, "battle__pacing")
    search_fields = ("battle__public_id__exact",)
    search_help_text = gettext_lazy("The whole id of a battle or of a voter, or a network bucket.")
    list_select_related = ("battle", "unfolded", "version_a__card", "version_b__card", "voter")
    indexed = frozenset({"folded", "out"})
    actions = ("take_out", "put_back")
    fields = (
        "battle",
        "choice",
        "version_a",
        "version_b",
        "betrayed",
        "voter",
        "network",
        "created_at",
        "standing",
        "by_hand",
        "history",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the votes with the last event about each."""
        later = LedgerEntry.objects.filter(~Q(kind=EntryKind.VOTE), vote=OuterRef("pk"))
        last = later.order_by("-number").values("kind")[:1]
        return super().get_queryset(request).annotate(last=Subquery(last))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Return the votes of a battle, of a voter or of a network, each by its own index."""
        term = search_term.strip()
        if not term:
            return queryset, False
        if _NETWORK.fullmatch(term):
            own = Voter.objects.filter(network=term)
            # Few keys by name let the database begin with the index of a voter's votes.
            keys = list(own.values_list("pk", flat=True)[: _MOST_KEYS + 1])
            return queryset.filter(voter__in=keys if 0 < len(keys) <= _MOST_KEYS else own), False
        try:
            return queryset.filter(voter=UUID(term)), False
        except ValueError:
            return queryset.filter(battle__public_id=term), False

    @admin.display(description=gettext_lazy("network bucket"))
    def network(self, vote: Vote) -> str:
        """Return the bucket of the network that the voter came from first."""
        return vote.voter.network or "-"

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return the fields, without the ledger's entries for who may not see the ledger."""
        shown = request.user.has_perm("ledger.view_ledgerentry")
        return [name for name in self.fields if shown or name not in ("by_hand", "history")]

    def has_decide_permission(self, request: HttpRequest) -> bool:
        """Return whether the account may add to the ledger."""
        return request.user.has_perm("ledger.add_ledgerentry")

    @admin.display(description=gettext_lazy("in the ranking"))
    def standing(self, vote: Any) -> str:
        """Return whether the vote counts now, in words."""
        if hasattr(vote, "unfolded"):
            return _("not yet")
        return _("no, taken out") if vote.last == EntryKind.EXCLUSION else _("yes")

    @admin.display(description=gettext_lazy("exclusion by an operator"))
    def by_hand(self, vote: Vote) -> str:
        """Return the operator's exclusion that stands, also while the vote is out anyway."""
        one = StandingExclusion.objects.filter(vote=vote).first()
        if one is None:
            return "-"
        return f"{one.get_reason_display()}; {one.by}, {one.created_at:%Y-%m-%d %H:%M} UTC"

    @admin.display(description=gettext_lazy("in the ledger"))
    def history(self, vote: Vote) -> str:
        """Return a table of every entry about the vote, the oldest first."""
        entries = entries_about(vote.pk)
        rows = [
            (
                one.number,
                one.get_kind_display(),
                one.get_reason_display(),
                one.labels,
                one.by,
                f"{one.created_at:%Y-%m-%d %H:%M:%S} UTC",
            )
            for one in entries
        ]
        names = (_("number"), _("kind"), _("reason"), _("labels"), _("by"), _("entered"))
        head = format_html_join("", '<th scope="col">{}</th>', ((name,) for name in names))
        cells = "<tr>" + "<td>{}</td>" * len(names) + "</tr>"
        body = format_html_join("", cells, rows)
        table = format_html("<table><thead><tr>{}</tr></thead>{}</table>", head, body)
        region = '<div class="wide" tabindex="0" role="region" aria-label="{}">{}</div>'
        return format_html(region, _("Ledger entries"), table)

    @admin.action(description=gettext_lazy("Exclude from the ranking …"), permissions=["decide"])
    def take_out(self, request: HttpRequest, votes: QuerySet[Vote]) -> HttpResponse | None:
        """Ask on a page that says what happens, then write to the ledger."""
        words = {
            "title": _("Exclude votes from the ranking"),
            "explanation": [
                _("The votes leave every board within seconds. They are not deleted."),
                _("The ledger gets an exclusion for each, with the reason and your name."),
                _("A vote that is out for another reason stays out when that reason ends."),
                _("Snapshots taken before stay as they are. Restoring undoes it."),
            ],
            "button": _("Exclude"),
        }
        form = ExclusionForm(answers(request))
        return self._decide(request, votes, exclude_by_hand, form, words)

    @admin.action(description=gettext_lazy("Restore to the ranking …"), permissions=["decide"])
    def put_back(self, request: HttpRequest, votes: QuerySet[Vote]) -> HttpResponse | None:
        """Ask on a page that says what happens, then write to the ledger."""
        words = {
            "title": _("Restore votes to the ranking"),
            "explanation": [
                _("The votes count again on every board within seconds."),
                _("The ledger gets a restoration for each; the exclusion stays in it, too."),
                _("A vote whose answer named its model stays out, unless that is the reason."),
                _("One that its voter took back stays out until the voter puts it back."),
            ],
            "button": _("Restore"),
        }
        form = RestorationForm(answers(request))
        return self._decide(request, votes, restore, form, words)

    def _decide(
        self,
        request: HttpRequest,
        votes: QuerySet[Vote],
        decide: Callable[..., int],
        form: forms.Form,
        words: dict[str, Any],
    ) -> HttpResponse | None:
        if not form.is_valid():
            return ask(request, self.admin_site, votes, words, form=form, named=_in_words)
        reason, note = form.cleaned_data["reason"], form.cleaned_data["note"]
        said = ". ".join(word for word in (words["title"], note) if word)
        LogEntry.objects.log_actions(int(request.user.pk or 0), votes, CHANGE, said)
        chosen = list(votes.values_list("pk", flat=True))
        done = decide(votes=chosen, reason=reason, by=request.user.get_username())
        text = ngettext("Done for %(n)d vote.", "Done for %(n)d votes.", done) % {"n": done}
        left = len(chosen) - done
        if left:
            other = ngettext("%(n)d was left as it is.", "%(n)d were left as they are.", left)
            text = f"{text} {other % {'n': left}}"
        self.message_user(request, text)
        return None


def _in_words(vote: Vote) -> str:
    """Return the vote as in: heron v1 and newt v2, A is better."""
    return f"{vote.version_a}, {vote.version_b}: {vote.get_choice_display()}"
