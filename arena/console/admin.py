"""A battle on one page: what was asked, what both models answered, and what became of it; and the
alarms."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from django.contrib import admin
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from arena.battles.models import Battle, ModerationReview, ReviewDecision
from arena.console.forms import ReviewForm
from arena.console.models import Alarm
from arena.console.selectors.battle_record import battle_record
from arena.core.admin.keyset_list import LongList, RecentValuesFilter
from arena.core.admin.read_only import ReadOnlyAdmin
from arena.core.admin.record_page import RecordPageAdmin
from arena.orchestration.services import decide_review


@admin.register(Battle)
class BattleAdmin(LongList[Battle], ReadOnlyAdmin[Battle], RecordPageAdmin[Battle]):
    """List the battles, newest first; the page of one has all that belongs to it."""

    list_display = ("public_id", "state", "created_at", "draw_policy", "draw_probability", "pacing")
    list_filter = ("state", "mode", ("draw_policy", RecentValuesFilter), "pacing", "publish")
    search_fields = ("public_id__exact",)
    search_help_text = _("The whole id, as it stands in the battle's address.")
    change_form_template = "admin/console/battle.html"

    def record_context(self, request: HttpRequest, row: Battle) -> dict[str, Any]:
        """Return the record of a battle."""
        return {"record": battle_record(cast(User, request.user), row)}


@admin.register(Alarm)
class AlarmAdmin(ReadOnlyAdmin[Alarm]):
    """List what needed attention, and when; there is one row for each thing."""

    list_display = ("text", "opened_at", "closed_at")
    list_filter = (("closed_at", admin.EmptyFieldListFilter),)
    fields = ("text", "opened_at", "closed_at")


class DecisionInline(admin.StackedInline[ReviewDecision, ModerationReview]):
    """The decisions of moderators on a battle so far."""

    model = ReviewDecision
    fields = readonly_fields = ("created_at", "state", "reason", "by")
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: a decision is made with the form above."""
        return False


@admin.register(ModerationReview)
class ModerationReviewAdmin(LongList[ModerationReview], RecordPageAdmin[ModerationReview]):
    """The moderators' queue: battles to look at, the newest first, with a decision and its undo."""

    list_display = ("battle", "state", "why", "created_at")
    list_filter = ("state",)
    list_select_related = ("battle",)
    indexed: ClassVar[frozenset[str]] = frozenset({"state__exact"})
    form = ReviewForm
    fields = ("state", "reason", "seen")
    inlines = (DecisionInline,)
    change_form_template = "admin/console/review.html"

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return the fields, without the hidden one for who may not decide."""
        return self.fields if self.has_change_permission(request, obj) else ("state", "reason")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: gates and voters fill the queue."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: a decision is taken back by another one."""
        return False

    def record_context(self, request: HttpRequest, row: ModerationReview) -> dict[str, Any]:
        """Return the record of the battle in the queue, and what its gates said."""
        record = battle_record(cast(User, request.user), row.battle)
        return {"record": record, "gates": row.battle.gate_results.all()}

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Store the decision with its reason and its moderator."""
        said = {name: form.cleaned_data[name] for name in ("state", "reason", "seen")}
        decide_review(review=obj, by=request.user.get_username(), **said)
