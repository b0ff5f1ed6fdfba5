"""A model's rank as a badge, and the changes of a board as a feed."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urljoin
from xml.sax.saxutils import escape

from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from arena.api.models import RankingChange
from arena.core.errors import NotFound
from arena.leaderboard.selectors.page import board_of
from arena.leaderboard.selectors.standings import standings
from arena.ledger.selectors.tallies import split_name
from arena.rating.recipes import FIRST_PLACE

ENTRIES = 50
NAMED = 10
"""Moves that an entry of the feed names."""
_LETTER, _EDGE = 6.6, 10
"""Pixels of a letter in the mean, and beside the words."""


class _ChangeFeed(Atom1Feed):
    """A feed whose bytes are a function of its entries: one without any was never updated."""

    def latest_post_date(self) -> datetime:
        """Return the time of the newest entry, else the beginning of time."""
        beginning = datetime(1970, 1, 1, tzinfo=UTC)
        return max((one["pubdate"] for one in self.items), default=beginning)


def badge(board: str, model_name: str) -> bytes:
    """Return an SVG with the model's rank and rating; of its versions, the newest on the board.

    Raise NotFound for a model or a board that is not shown.
    """
    found = board_of(board)
    lines = [line for line in standings(found.slug).lines if line.model_name == model_name]
    if not lines:
        raise NotFound
    line = max(lines, key=lambda one: one.version or 0)
    label = "Vision Arena" if not found.pk or found.slug == "overall" else f"Arena, {found.name}"
    value = _("not rated yet")
    if line.rating is not None and line.rating_lower is not None and line.rating_upper is not None:
        half = (line.rating_upper - line.rating_lower) / 2
        value = f"#{line.rank} · {line.rating:.0f} ± {half:.0f}"
    left, right = (round(len(word) * _LETTER + 2 * _EDGE) for word in (label, value))
    words, said = escape(label), escape(value)
    drawn = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="22" role="img" '
        f'aria-label="{escape(label, {chr(34): "&quot;"})}: '
        f'{escape(value, {chr(34): "&quot;"})}">'
        f'<rect width="{left + right}" height="22" rx="4" fill="#2b2f36"/>'
        f'<path d="M{left} 0h{right - 4}a4 4 0 0 1 4 4v14a4 4 0 0 1-4 4H{left}z" fill="#0b5a6f"/>'
        '<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" '
        'text-anchor="middle">'
        f'<text x="{left / 2}" y="15">{words}</text>'
        f'<text x="{left + right / 2}" y="15">{said}</text></g></svg>'
    )
    return drawn.encode()


def feed(board: str, *, address: str, page: str) -> bytes:
    """Return an Atom feed of a board's changes, the newest first; addresses are absolute.

    Raise NotFound for a board that has never been shown.
    """
    found = board_of(board)
    title = _("Vision Arena: changes of the board %(board)s") % {"board": found.name}
    atom = _ChangeFeed(title=title, link=page, description=title, feed_url=address)
    rows = RankingChange.objects.filter(board__slug=found.slug).select_related("snapshot")
    for change in rows.order_by("-pk")[:ENTRIES]:
        snapshot = change.snapshot
        lines = []
        for move in change.moves[:NAMED]:
            slug, version = split_name(str(move["model"]))
            name = slug if version is None else f"{slug} ({version})"
            lines.append(f"{name}: {move['rank_before'] or '–'} → {move['rank'] or '–'}")
        more = len(change.moves) - len(lines)
        lines += [_("and %(count)d more") % {"count": more}] if more else []
        first = change.snapshot.details.get(FIRST_PLACE)
        if first:
            said = ngettext(
                "The first place depends on %(count)d vote.",
                "The first place depends on %(count)d votes.",
                first["votes"],
            )
            lines.append(said % {"count": first["votes"]})
        atom.add_item(
            title=ngettext("%(count)d model moved", "%(count)d models moved", len(change.moves))
            % {"count": len(change.moves)},
            link=urljoin(address, f"snapshots/{snapshot.etag}"),
            description="<br>".join(map(escape, lines)),
            unique_id=f"urn:sha256:{snapshot.etag}:{found.slug}",
            pubdate=change.created_at,
            updateddate=change.created_at,
        )
    return atom.writeString("utf-8").encode()
