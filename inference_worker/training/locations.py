"""How the models that point write a place: with location tokens as Florence-2 has them.

"At the top left<loc_45><loc_105><loc_245><loc_315>." A token stands for a thousandth of the
picture, x y x y. The models use every tenth of them, one token each: a picture of 96 pixels has no
finer detail.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import torch
from tokenizers import AddedToken
from transformers import PreTrainedTokenizerFast

from inference_worker.samples.scenes import SIDE, PixelBox

FORMAT: Final = "florence2"  # of the grounding formats
BINS: Final = 100
LOCATIONS: Final = tuple(f"<loc_{10 * bin + 5}>" for bin in range(BINS))
_CENTRES: Final = 14  # of the curve on which the tokens begin


def located(answer: str, boxes: Sequence[PixelBox]) -> str:
    """Return the answer with its places marked, before the full stop."""
    marks = (LOCATIONS[bin] for box in boxes for bin in bins(box))
    return f"{answer[:-1]}{''.join(marks)}{answer[-1]}"


def bins(box: PixelBox) -> tuple[int, int, int, int]:
    """Return the bins of a box's sides, x y x y."""
    sides = (box.left, box.top, box.right, box.bottom)
    left, top, right, bottom = (min(BINS - 1, max(0, int(BINS * side / SIDE))) for side in sides)
    return left, top, right, bottom


def location_ids(tokenizer: PreTrainedTokenizerFast) -> range:
    """Return the numbers of the location tokens; an empty range where the model does not point."""
    known = tokenizer.get_vocab()
    if LOCATIONS[0] not in known:
        return range(0)
    return range(known[LOCATIONS[0]], known[LOCATIONS[-1]] + 1)


def add_locations(tokenizer: PreTrainedTokenizerFast, embeddings: torch.nn.Embedding) -> None:
    """Give a model the location tokens, in rows that its vocabulary has to spare.

    They begin on a smooth curve, so that near places are near each other from the first step on.
    Raises ValueError where there is too little room.
    """
    if location_ids(tokenizer):
        return
    if len(tokenizer) + BINS > embeddings.num_embeddings:
        raise ValueError("the vocabulary has no room for the location tokens")
    used = len(tokenizer)
    tokenizer.add_tokens([AddedToken(name, normalized=False, special=False) for name in LOCATIONS])
    weights = embeddings.weight.data
    with torch.no_grad():
        words = weights[:used]
        centres = torch.linspace(0, BINS - 1, _CENTRES)
        spread = BINS / _CENTRES
        near = torch.exp(-(((torch.arange(BINS)[:, None] - centres) / spread) ** 2))
        points = near @ torch.randn(_CENTRES, words.shape[1])
        weights[list(location_ids(tokenizer))] = (
            points / points.norm(dim=1, keepdim=True) * words.norm(dim=1).median()
        )
