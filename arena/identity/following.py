"""Judge a name by the words that follow it, by ``self_reference.toml``."""

from __future__ import annotations

import re

from arena.identity.mention import Mention
from arena.identity.words import WORD, has_scene, languages, vocabulary

NEXT_ENTRY = re.compile(r"[\s*_|,\"-]*\w+(?: \w+)?[\s*_\"]*:")
"""The text after an entry of a card."""
_ENDS = (".", "!", ")", "。", "！")
"""How a sentence ends before a signature."""


def kind_follows(mention: Mention) -> bool:
    """Return whether a word such as "model" is one of the next two words."""
    return not vocabulary()["kinds"].isdisjoint(WORD.findall(mention.after.lower())[:2])


def says(mention: Mention) -> bool:
    """Return whether an answer begins with who says it: "X says: two cups"."""
    behind = mention.opens and vocabulary()["sayings"].match(mention.after.lower())
    if not behind or WORD.search(mention.before):
        return False
    rest = mention.after[behind.end() :] + mention.later
    own = any(one.speakers and one.speakers.search(rest.lower()) for one in languages())
    return not (mention.everyday and own)


def signs_off(mention: Mention) -> bool:
    """Return whether the name stands alone at the very end, on a line of its own.

    Behind a question, a list or something that is read, it is what was asked for or read.
    """
    alone = not WORD.search(mention.before) and not WORD.search(mention.after)
    earlier, said = mention.earlier, mention.earlier.rstrip()
    apart = "\n" in earlier[len(said) :] and said.endswith(_ENDS)
    last = not mention.later.strip() and not mention.everyday
    return last and alone and apart and not has_scene(said)


def is_scene(mention: Mention) -> bool:
    """Return whether the next words make the name something seen or denied: "Qwen logo"."""
    after = mention.after
    if re.match(r"['’]s?\s+\w", after) and not re.match(r"['’]s\s+(?:here|me|my)", after):
        following = WORD.findall(after.lower())[1:3] or WORD.findall(after.lower())[:2]
    else:
        beside = after[:1].isspace() or after[:1] in ("-", "'", "’")
        following = WORD.findall(after.lower()[:40])[:1] if beside else []
    words = vocabulary()
    if any(word.startswith(("logo", "логотип")) for word in following):
        return True
    if not words["relations"].isdisjoint(following) or words["relations_unspaced"].match(after):
        return True
    if not words["scenes"].isdisjoint(following) or words["unspaced_after"].match(after):
        return True
    if words["denied_after"].search(after) or words["attributions"].search(after.lower()):
        return True
    # The sentence may go on to say where the name is read: "as the plate shows".
    source = words["sources"].search(after.lower())
    sourced = source is not None and has_scene(after.lower()[source.end() :])
    if sourced or words["reading"].match(after.lower()):
        return True
    denied = WORD.match(after.lower(), 1)
    if denied and after[0] == " " and denied[0] in words["denials"]:
        return True
    named_on = re.match(r" (?!I\b)\w", after) and after[1].isupper()
    named_on = named_on and not NEXT_ENTRY.match(after)
    return mention.everyday and bool(named_on) and not kind_follows(mention)
