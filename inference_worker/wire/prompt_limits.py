"""Limits of a prompt, estimated without a tokenizer, in the same way by worker, site and page.

A byte takes at most one token in the vocabularies of today's models, but plain English takes about
half a token per letter in a small one. So a worker measures the rate of its model's tokenizer for
plain English. Letters and blanks are counted by this rate, and everything else by its bytes.
"""

from __future__ import annotations

import re

from inference_worker.wire.messages import WholeNumber, WireMessage

_PLAIN = re.compile("[A-Za-z ]")
_THOUSAND = 1000


class PromptLimit(WireMessage, frozen=True):
    """The room of one model beside its template and the largest picture."""

    source: str
    """The source of the model, as in its version."""
    tokens: WholeNumber
    """The most that a prompt may take; room for a short answer is left."""
    rate: WholeNumber
    """Tokens that a thousand plain letters or blanks of English take."""

    def takes(self, text: str) -> int:
        """Return the tokens that ``text`` is counted as; ``static/js/prompt.js`` does the same."""
        plain = len(_PLAIN.findall(text))
        size = len(text.encode(errors="replace"))
        return -(-plain * min(self.rate, _THOUSAND) // _THOUSAND) + size - plain

    def excess(self, text: str) -> int:
        """Return how many characters of such a text are too many; 0 for one that fits."""
        takes = self.takes(text)
        return -(-len(text) * (takes - self.tokens) // takes) if takes > self.tokens else 0


def measured(source: str, tokens: int, *, english: str, taken: int) -> PromptLimit:
    """Return the limit of a model whose tokenizer makes ``taken`` tokens of an ``english`` text.

    Punctuation is among them and is counted by itself as well: the rate is rather too high.
    """
    plain = len(_PLAIN.findall(english))
    rate = min(_THOUSAND, -(-taken * _THOUSAND // plain))
    return PromptLimit(source, max(0, tokens), rate)
