"""Defining boards: which votes count, and how they are turned into a ranking."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminIntegerFieldWidget
from django.db.models import OuterRef, QuerySet, Subquery, Value
from django.forms import modelform_factory
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from arena.boards.forms import PREVIEW, BoardForm
from arena.boards.models import Board, Snapshot
from arena.boards.selectors import OVERALL
from arena.demographics.selectors import group_words
from arena.labels.selectors import category_name, language_name


@admin.register(Board)
class BoardAdmin(admin.ModelAdmin[Board]):
    """The admin's list of boards, in the order of the site."""

    form = BoardForm
    list_display = ("name", "counts", "method", "position", "active", "newest")
    list_editable = ("position",)
    list_filter = ("active", "method")
    search_fields = ("name", "slug")
    actions = ("switch_on", "switch_off")
    prepopulated_fields = {"slug": ("name",)}
    change_form_template = "admin/boards/board/change_form.html"
    fieldsets = (
        (None, {"fields": (("name", "slug"),)}),
        (
            gettext_lazy("Which votes count"),
            {"fields": ("category", "language", "days", "without_presets", "group", "population")},
        ),
        (
            gettext_lazy("How they are turned into a ranking"),
            {"fields": ("method", "parameters", "rates", "by_voter", "seed")},
        ),
        (gettext_lazy("On the site"), {"fields": ("position", "active")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the boards with the newest snapshot's number and time."""
        newest = Snapshot.objects.filter(board=OuterRef("pk")).order_by("-id")
        return (
            super()
            .get_queryset(request)
            .annotate(
                at=Subquery(newest.values("ledger_number")[:1]),
                since=Subquery(newest.values("created_at")[:1]),
                linked=Value(request.user.has_perm("boards.view_snapshot")),
            )
        )

    def get_changelist_form(self, request: HttpRequest, **kwargs: Any) -> Any:
        """The box for the order has no label beside it in the list, so it says its name itself."""
        box = AdminIntegerFieldWidget(attrs={"aria-label": _("Position")})
        return modelform_factory(Board, fields=("position",), widgets={"position": box})

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return what never changes: the slug of a board, and whom its snapshots are about."""
        told = ("group", "population") if obj is not None and obj.snapshots.exists() else ()
        return ("slug", *told) if obj is not None else ()

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A slug is proposed as the name of a new board is typed."""
        return self.prepopulated_fields if obj is None else {}

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Return the actions, without that which deletes in bulk: most boards have snapshots."""
        actions = super().get_actions(request)
        return {name: action for name, action in actions.items() if name != "delete_selected"}

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether the board may go: not the overall one, and none that has snapshots."""
        kept = obj is not None and (obj.slug == OVERALL or obj.snapshots.exists())
        return not kept and super().has_delete_permission(request, obj)

    def view_on_site(self, obj: Any) -> str:
        """Return the address of the board's public page."""
        return reverse(settings.BOARD_PAGE, args=[obj.slug])

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Store the board, and say what it counts and where it will be seen."""
        super().save_model(request, obj, form, change)
        held = getattr(form, "held", None)
        if held is not None:
            text = format_html('{} <a href="{}">{}</a>', held, self.view_on_site(obj), obj)
            self.message_user(request, text)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Render the form with the number of votes where they were only counted."""
        held = getattr(context["adminform"].form, "held", None)
        context |= {"preview": PREVIEW, "held": held}
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description=gettext_lazy("counts"))
    def counts(self, board: Board) -> str:
        """Return the board's filter in words."""
        return filter_in_words(board)

    @admin.display(description=gettext_lazy("newest snapshot"))
    def newest(self, board: Any) -> str:
        """Return ledger number and time, with a link to all snapshots for who may see them."""
        if board.at is None:
            return "-"
        address = reverse("admin:boards_snapshot_changelist")
        text = _("ledger entry %(number)s") % {"number": board.at}
        time = f"{board.since:%Y-%m-%d %H:%M} UTC"
        if not board.linked:
            return format_html("{}<br>{}", text, time)
        link = '<a href="{}?board__id__exact={}">{}</a><br>{}'
        return format_html(link, address, board.pk, text, time)

    @admin.action(description=gettext_lazy("Switch on"), permissions=["change"])
    def switch_on(self, request: HttpRequest, boards: QuerySet[Board]) -> None:
        """Switch boards on: from the next second on they are computed and shown."""
        self._switch(request, boards, active=True)

    @admin.action(description=gettext_lazy("Switch off"), permissions=["change"])
    def switch_off(self, request: HttpRequest, boards: QuerySet[Board]) -> None:
        """Switch boards off; their snapshots stay."""
        if boards.filter(slug=OVERALL).exists():
            self.message_user(request, _("The overall board stays on."), messages.WARNING)
        self._switch(request, boards.exclude(slug=OVERALL), active=False)

    def _switch(self, request: HttpRequest, boards: QuerySet[Board], *, active: bool) -> None:
        done = _("Switched on.") if active else _("Switched off.")
        changed = list(boards.exclude(active=active))
        for board in changed:
            board.active = active
            board.save(update_fields=["active"])
            self.log_change(request, board, done)
        text = ngettext("%(n)d board: %(done)s", "%(n)d boards: %(done)s", len(changed))
        self.message_user(request, text % {"n": len(changed), "done": done})


def filter_in_words(board: Board) -> str:
    """Return the filter as in: Counting, German, last 30 days."""
    words = [category_name(board.category), language_name(board.language)]
    if board.days:
        words.append(ngettext("last day", "last %(n)d days", board.days) % {"n": board.days})
    words += [_("without sample pictures")] * board.without_presets
    if board.speaks_for:
        words.append(str(group_words().get(board.speaks_for, board.speaks_for)))
    return ", ".join(word for word in words if word) or _("every vote")
