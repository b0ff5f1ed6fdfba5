"""The language of a prompt, by py3langid: offline, deterministic, and silent where it is unsure."""

from __future__ import annotations

import logging
from functools import cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

log = logging.getLogger(__name__)

_CODES = (
    "am ar bg bn ca cs da de el en es et fa fi fr gu he hi hr hu hy id it ja ka km kn ko lo lt lv "
    "ml my nl no pa pl pt ro ru si sk sl sr sv ta te th tr uk ur vi zh"
)
LANGUAGES = frozenset(_CODES.split())
"""Codes of ISO 639. Each further neighbour of these costs short prompts of them their label."""
NOT_A_LANGUAGE = "zxx"
"""The library's class for numbers, markup and names of files."""
SURE = 0.6
"""Probability from which a language is said; docs/adr has what it costs and saves."""
READ_CHARACTERS = 500


def of_prompt(prompt: str) -> str:
    """Return the code of the prompt's language, or an empty text: undetermined.

    A failure of the library is undetermined, too.
    """
    try:
        language, probability = _identifier().classify(prompt[:READ_CHARACTERS])
    except Exception as error:  # noqa: BLE001  # votes are to be counted
        log.warning("a prompt stays without a language: %s", type(error).__name__)
        return ""
    return language if probability >= SURE and language in LANGUAGES else ""


@cache
def _identifier() -> LanguageIdentifier:
    """Loading takes a second and 85 MB, once in a process that labels."""
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages([*sorted(LANGUAGES), NOT_A_LANGUAGE])
    return identifier
