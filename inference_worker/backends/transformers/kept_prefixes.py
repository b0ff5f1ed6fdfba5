"""Keep what a model has computed for a conversation, so that the next question need not repeat it.

An entry is the cache of one row as it left the slots: the keys and values of its prompt and its
answer. The next turn of the same conversation takes it, as far as both begin with the same tokens.
Nothing depends on an entry: without one the prompt is computed as a whole.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import takewhile

import torch
from transformers import DynamicCache

from inference_worker.backends.base import GenerationInput

LEAST_BYTES = 64 * 1024**2
SHARE_OF_WEIGHTS = 0.1
"""Entries may take this share of the bytes of the weights, or ``LEAST_BYTES`` where that is more;
the room for a loaded model counts a fifth of the weights for caches."""
Layers = list[tuple[torch.Tensor, torch.Tensor]]
"""The keys and values of each layer, (1, heads, tokens, width)."""


@dataclass(frozen=True, slots=True)
class _KeptPrefix:
    tokens: tuple[int, ...]
    layers: Layers
    offset: int
    bytes: int


@dataclass(frozen=True, slots=True)
class TakenPrefix:
    """The part of an entry with which a prompt begins."""

    tokens: int
    offset: int
    """The distance from the number of a token in the prompt to its position."""
    cache: DynamicCache


class KeptPrefixes:
    """The entries of one model, the least recently kept first. It is not safe for threads."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._kept: OrderedDict[Hashable, _KeptPrefix] = OrderedDict()

    def keep(
        self, ask: GenerationInput, tokens: Sequence[int], layers: Layers, *, offset: int
    ) -> None:
        """Keep a row that has ended; the oldest entries go while all take too many bytes.

        ``tokens`` are those whose keys and values the layers hold, and ``offset`` is the distance
        from the number of the last one to its position.
        """
        size = sum(part.nbytes for layer in layers for part in layer)
        if size > self._most_bytes:
            return
        key = _key((*_turns(ask), _question(ask.prompt, ask.images)))
        self._kept.pop(key, None)
        self._kept[key] = _KeptPrefix(tuple(tokens), layers, offset, size)
        while sum(entry.bytes for entry in self._kept.values()) > self._most_bytes:
            self._kept.popitem(last=False)

    def take(self, ask: GenerationInput, tokens: Sequence[int]) -> TakenPrefix | None:
        """Return what was kept of the conversation before its newest question, and forget it.

        None where nothing was kept, and for a question with pictures of its own: those stand among
        the tokens that are left. At least one of ``tokens`` is left.
        """
        if not ask.earlier or ask.images:
            return None
        last = ask.earlier[-1]
        entry = self._kept.pop(_key((*_turns(ask)[:-1], _question(last.prompt, last.images))), None)
        if entry is None:
            return None
        pairs = zip(entry.tokens, tokens[:-1], strict=False)
        equal = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
        cache = DynamicCache()
        for number, (keys, values) in enumerate(entry.layers):
            cache.update(keys[:, :, :equal], values[:, :, :equal], number)
        return TakenPrefix(equal, entry.offset, cache) if equal else None


def most_bytes(weights: int) -> int:
    """Return how many bytes the entries of a model may take; ``weights`` are its own."""
    return max(LEAST_BYTES, int(weights * SHARE_OF_WEIGHTS))


def _question(prompt: str, images: Sequence[bytes]) -> tuple[str, ...]:
    return (prompt, *(sha256(data).hexdigest() for data in images))


def _turns(ask: GenerationInput) -> tuple[tuple[tuple[str, ...], str], ...]:
    return tuple((_question(one.prompt, one.images), one.answer) for one in ask.earlier)


def _key(parts: Hashable) -> Hashable:
    """Return a digest, so that no words of a voter stay longer than their request."""
    return sha256(repr(parts).encode()).digest()
