"""Tell where a model presents itself without "I am": by role, nickname, key or apposition."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import cache
from pathlib import Path
from typing import NamedTuple

from arena.identity.words import WORD, has_scene

ANNOUNCEMENTS = Path(__file__).parent / "announcements.toml"
MOST_NICKNAMES = 6
"""Words of a nickname: "your friendly neighbourhood X"."""


class AnnouncementPatterns(NamedTuple):
    """The patterns of ``announcements.toml``, compiled for one side of a name."""

    equations: re.Pattern[str]
    arrivals: re.Pattern[str]
    nicknames: re.Pattern[str]
    roles: re.Pattern[str]
    first_persons: re.Pattern[str]
    own_roles: re.Pattern[str]
    roles_after: re.Pattern[str]
    keys: re.Pattern[str]


def announces_itself(before: str, after: str, *, everyday: bool) -> bool:
    """Return whether the words on both sides, in lower case, make the name the speaker's own.

    No blanks, marks and quotation marks are between them and the name.
    """
    patterns = _patterns()
    if patterns.equations.match(after) or patterns.keys.search(before):
        return True
    if has_scene(before):
        return False
    if patterns.own_roles.search(before) or patterns.roles_after.match(after):
        return True
    if patterns.roles.search(before) and patterns.first_persons.match(after):
        return True
    arrives = patterns.nicknames.fullmatch(before) and patterns.arrivals.match(after)
    if not arrives:
        return False
    rest = after[arrives.end() :].lstrip(" ")
    return not (everyday and WORD.match(after, len(after) - len(rest)))


@cache
def _patterns() -> AnnouncementPatterns:
    data = tomllib.loads(unicodedata.normalize("NFKC", ANNOUNCEMENTS.read_text("utf-8")))
    lists = {name: "|".join(data[name]) for name in data if isinstance(data[name], list)}
    version = r"(?:(?:in |der )?(?:version|v|версии|версия|الإصدار|버전)? ?\d[\d.]*)?"
    key = rf"(?:^|[{{\"']\s*|\b(?:const|let|var) )(?:{lists['keys']})[\"'”]?\s*(?:[:=：]|=>)"
    inner = rf"(?:[\s{{\"'“]*{data['inner_keys']}[\"'”]?\s*[:=：])?"
    return AnnouncementPatterns(
        equations=re.compile(lists["equations"]),
        arrivals=re.compile(rf"{version}[\s,:–-]*(?:s |is )?(?:{lists['arrivals']})"),
        nicknames=re.compile(
            rf"\W*(?:(?:{lists['nicknames']})(?!\w)[\s,:!.]*){{0,{MOST_NICKNAMES}}}"
        ),
        roles=re.compile(rf"(?:^|[\s,;:—–-])(?:{lists['roles']})$"),
        first_persons=re.compile(rf"[\s,—–-]*(?:{lists['first_persons']})"),
        own_roles=re.compile(rf"(?:^|[\s،,])(?:{lists['own_roles']})$"),
        roles_after=re.compile(lists["roles_after"]),
        keys=re.compile(rf"(?:{key}{inner}|{data['tags']})[\s{{\[\"'“]*$"),
    )
