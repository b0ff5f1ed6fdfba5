"""A Display P3 profile made from its published numbers, as a phone puts it into its pictures."""

from __future__ import annotations

import struct

_D50 = (0.96420, 1.0, 0.82491)
# Columns of the primaries' XYZ, adapted to D50 (SMPTE EG 432-1 with Bradford).
_PRIMARIES = {
    b"rXYZ": (0.51512, 0.24120, -0.00105),
    b"gXYZ": (0.29198, 0.69225, 0.04189),
    b"bXYZ": (0.15710, 0.06657, 0.78407),
}
# The curve of sRGB, as parameters of ICC's parametric type 3.
_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)


def display_p3() -> bytes:
    """Return an ICC profile, version 4."""
    curve = b"para" + struct.pack(">IHH", 0, 3, 0) + b"".join(map(_fixed, _CURVE))
    name = "Display P3".encode("utf-16-be")
    text = b"mluc" + struct.pack(">IIIHHII", 0, 1, 12, 0x656E, 0x5553, len(name), 28) + name
    tags = {b"desc": text, b"cprt": text, b"wtpt": _xyz(_D50)}
    tags |= {tag: _xyz(value) for tag, value in _PRIMARIES.items()}
    tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
    return _profile(tags)


def _profile(tags: dict[bytes, bytes]) -> bytes:
    table, body = struct.pack(">I", len(tags)), b""
    start = 128 + 4 + 12 * len(tags)
    for tag, data in tags.items():
        table += tag + struct.pack(">II", start + len(body), len(data))
        body += data + b"\0" * (-len(data) % 4)
    size = start + len(body)
    header = struct.pack(">I4sI4s4s4s", size, b"\0" * 4, 0x04000000, b"mntr", b"RGB ", b"XYZ ")
    header += struct.pack(">6H4s", 2026, 1, 1, 0, 0, 0, b"acsp") + b"\0" * 28
    header += b"".join(map(_fixed, _D50))
    return header.ljust(128, b"\0") + table + body


def _xyz(value: tuple[float, ...]) -> bytes:
    return b"XYZ " + b"\0" * 4 + b"".join(map(_fixed, value))


def _fixed(number: float) -> bytes:
    return struct.pack(">i", round(number * 65536))
