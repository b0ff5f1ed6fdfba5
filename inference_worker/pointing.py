"""Let the places of an answer be read as it arrives, in the format that its version declares."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from io import BytesIO

from PIL import Image

from inference_worker import grounding
from inference_worker.answers import RunningAnswer
from inference_worker.backends.base import GenerationInput
from inference_worker.grounding.reading import PictureSize
from inference_worker.wire import manifests
from inference_worker.wire.endpoint_options import MalformedOptions
from inference_worker.wire.model_options import picture_resize


def point_out(answer: RunningAnswer, ask: GenerationInput) -> None:
    """Let places be read out of the answer, for the pictures that the voter brought last."""
    name = answer.request.grounding
    turns = [ask.images, *(turn.images for turn in reversed(ask.earlier))]
    shown = next(filter(None, turns), ())
    if not shown or name not in grounding.available():
        return
    sizes = []
    for data in shown:
        with Image.open(BytesIO(data)) as image:
            sizes.append(PictureSize(image.width, image.height))
    create = partial(grounding.create_reader, name)
    if grounding.load(name).SIZE != "seen":
        answer.incoming.point(create(sizes), keep=True)
        return
    # Unless the version or the model says in which size it sees them, nothing is drawn.
    resize = None
    manifest = manifests.find(answer.request.model.backend)
    with suppress(MalformedOptions):  # the backend says what is wrong with them
        is_remote = manifest is not None and manifest.remote
        resize = picture_resize(answer.request.model.options, remote=is_remote)
    seen = [PictureSize(*resize.size_of(one.width, one.height)) for one in sizes if resize]
    answer.incoming.point(create(seen or sizes), keep=bool(seen))
    answer.incoming.await_sizes(create, pictures=len(sizes))
