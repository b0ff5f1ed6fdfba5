"""Model text to HTML that is safe to show: CommonMark without raw HTML, then an allowlist."""

from __future__ import annotations

import nh3
from markdown_it import MarkdownIt

from arena.core.mathematics import verbatim_formulas
from arena.core.text import tame

_PARSER = (
    MarkdownIt("commonmark", {"html": False})
    .enable(["table", "strikethrough"])
    .disable("image")
    .use(verbatim_formulas)
)
_TAGS = {
    "a", "blockquote", "br", "code", "del", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li",
    "ol", "p", "pre", "s", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_ATTRIBUTES = {"a": {"href"}, "ol": {"start"}}
_REL = "noopener noreferrer nofollow ugc"


def render(text: str) -> str:
    """Sanitised HTML; links are absolute http(s) only, and there are no images at all.

    Tamed once more at the end: Markdown turns an entity such as ``&#x202e;`` into its character.
    """
    return tame(
        nh3.clean(
            _PARSER.render(tame(text)),
            tags=_TAGS,
            attributes=_ATTRIBUTES,
            url_schemes={"http", "https"},
            link_rel=_REL,
            attribute_filter=_allowed,
        )
    )


def split_finished(text: str) -> tuple[str, str]:
    """The blocks that no later text can change, and the open rest.

    Only the last top-level block may still grow, and only what stands before a blank line is
    looked at, so that a token costs a search and not a parse.
    """
    border = text.rfind("\n\n")
    if border < 0:
        return "", text
    blocks = [token.map for token in _PARSER.parse(text) if token.level == 0 and token.map]
    if len(blocks) < 2:
        return "", text
    lines = text.splitlines(keepends=True)
    start = blocks[-1][0]
    return "".join(lines[:start]), "".join(lines[start:])


def _allowed(tag: str, attribute: str, value: str) -> str | None:
    """The sanitiser lets ``title`` and ``lang`` through on every tag by itself; this doesn't."""
    if attribute == "href":
        return value if value.lower().startswith(("http://", "https://")) else None
    return value if attribute in ("start", "rel") else None
