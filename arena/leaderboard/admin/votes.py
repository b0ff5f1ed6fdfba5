"""Taking votes out of the ranking and back in, with what the ledger says of each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, cast

from django import forms
from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from arena.battles.models import Vote
from arena.core.asking import answers, ask
from arena.core.long_lists import LongList
from arena.core.readonly import ReadOnlyAdmin
from arena.leaderboard import selectors, services
from arena.leaderboard.models import LedgerEntry
from arena.leaderboard.states import Kind, Reason


class ExclusionForm(forms.Form):
    """Why, in one of the ledger's words, and in the operator's own."""

    reasons: ClassVar = (Reason.OPERATOR, Reason.INTEGRITY)

    reason = forms.ChoiceField(
        label=gettext_lazy("Reason"), help_text=gettext_lazy("Stands in the ledger for good.")
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
    """A vote that was not blind stays out unless this is what was wrong about it."""

    reasons: ClassVar = (Reason.OPERATOR, Reason.BETRAYED)


class FoldedFilter(admin.SimpleListFilter):
    """Votes that the ledger has, and those that wait for it."""

    title = gettext_lazy("in the ledger")
    parameter_name = "folded"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """One or the other."""
        return [("yes", _("yes")), ("no", _("not yet"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Vote]) -> QuerySet[Vote]:
        """By the rows of those that wait."""
        folded = {"yes": True, "no": False}.get(self.value() or "")
        return queryset if folded is None else queryset.filter(unfolded__isnull=folded)


class OutFilter(admin.SimpleListFilter):
    """Votes that the ledger has taken out at some time."""

    title = gettext_lazy("was taken out")
    parameter_name = "out"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """By the reason of it."""
        return [(reason.value, str(reason.label)) for reason in Reason]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Vote]) -> QuerySet[Vote]:
        """By way of the few entries that are no votes, in the words of their index."""
        later = LedgerEntry.objects.filter(~Q(kind=Kind.VOTE), vote__isnull=False)
        taken = later.filter(kind=Kind.EXCLUSION, reason=self.value() or "")
        return queryset.filter(pk__in=taken.values("vote")) if self.value() else queryset


@admin.register(Vote)
class VoteAdmin(LongList[Vote], ReadOnlyAdmin[Vote]):
    """All votes. A wrong one is never changed or deleted, only taken out of the ranking."""

    list_display = ("battle", "choice", "standing", "version_a", "version_b", "created_at")
    list_filter = ("choice", FoldedFilter, OutFilter, "battle__pacing")
    list_select_related = ("battle", "unfolded", "version_a__card", "version_b__card")
    indexed = frozenset({"folded", "out"})
    actions = ("take_out", "put_back")
    fields = (
        "battle",
        "choice",
        "version_a",
        "version_b",
        "betrayed",
        "created_at",
        "standing",
        "history",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With the last event about each vote."""
        later = LedgerEntry.objects.filter(~Q(kind=Kind.VOTE), vote=OuterRef("pk"))
        last = later.order_by("-number").values("kind")[:1]
        return super().get_queryset(request).annotate(last=Subquery(last))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return the fields, without the ledger's entries for who may not see the ledger."""
        shown = request.user.has_perm("leaderboard.view_ledgerentry")
        return [name for name in self.fields if shown or name != "history"]

    def has_decide_permission(self, request: HttpRequest) -> bool:
        """Whoever may add to the ledger."""
        return request.user.has_perm("leaderboard.add_ledgerentry")

    @admin.display(description=gettext_lazy("in the ranking"))
    def standing(self, vote: Any) -> str:
        """Whether it counts now."""
        if hasattr(vote, "unfolded"):
            return _("not yet")
        return _("no, taken out") if vote.last == Kind.EXCLUSION else _("yes")

    @admin.display(description=gettext_lazy("in the ledger"))
    def history(self, vote: Vote) -> str:
        """Every entry about it, oldest first."""
        entries = selectors.entries_about(vote.pk)
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
        """After a page that says what happens."""
        words = {
            "title": _("Exclude votes from the ranking"),
            "explanation": [
                _("The votes leave every board within seconds. They are not deleted."),
                _("The ledger gets an exclusion for each, with the reason and your name."),
                _("Snapshots taken before stay as they are. Restoring undoes it."),
            ],
            "button": _("Exclude"),
        }
        form = ExclusionForm(answers(request))
        return self._decide(request, votes, services.exclude, form, words)

    @admin.action(description=gettext_lazy("Restore to the ranking …"), permissions=["decide"])
    def put_back(self, request: HttpRequest, votes: QuerySet[Vote]) -> HttpResponse | None:
        """After a page that says what happens."""
        words = {
            "title": _("Restore votes to the ranking"),
            "explanation": [
                _("The votes count again on every board within seconds."),
                _("The ledger gets a restoration for each; the exclusion stays in it, too."),
                _("A vote whose answer named its model stays out, unless that is the reason."),
            ],
            "button": _("Restore"),
        }
        form = RestorationForm(answers(request))
        return self._decide(request, votes, services.restore, form, words)

    def _decide(
        self,
        request: HttpRequest,
        votes: QuerySet[Vote],
        decide: Callable[..., int],
        form: forms.Form,
        words: dict[str, Any],
    ) -> HttpResponse | None:
        if not form.is_valid():
            return ask(request, self, votes, form, words, named=_in_words)
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
    """As in: heron v1 and newt v2, A is better."""
    return f"{vote.version_a}, {vote.version_b}: {vote.get_choice_display()}"
