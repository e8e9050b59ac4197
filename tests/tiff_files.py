"""Uncompressed TIFF files with the tags that a test wants, which no writer would write."""

import struct

import numpy as np

WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC = 256, 257, 258, 259, 262
STRIP_OFFSETS, ORIENTATION, SAMPLES, ROWS, STRIP_BYTES = 273, 274, 277, 278, 279
TILE_WIDTH, TILE_HEIGHT, SAMPLE_FORMAT = 322, 323, 339


def tiff_bytes(pixels: np.ndarray, tags: dict | None = None) -> bytes:
    """A little-endian TIFF of ``(H, W)`` or ``(H, W, C)``; ``tags`` overrule its own."""
    samples = pixels.shape[2] if pixels.ndim == 3 else 1
    kind = {'u': 1, 'i': 2, 'f': 3}[pixels.dtype.kind]
    values = {
        WIDTH: [pixels.shape[1]],
        HEIGHT: [pixels.shape[0]],
        BITS: [pixels.itemsize * 8] * samples,
        COMPRESSION: [1],
        PHOTOMETRIC: [1 if samples == 1 else 2],
        STRIP_OFFSETS: [0],
        SAMPLES: [samples],
        ROWS: [pixels.shape[0]],
        STRIP_BYTES: [pixels.nbytes],
        SAMPLE_FORMAT: [kind] * samples,
        **{tag: [value] for tag, value in (tags or {}).items()},
    }
    after = 8 + 2 + 12 * len(values) + 4
    extra = b''.join(struct.pack(f'<{len(v)}I', *v) for v in values.values() if v[1:])
    values[STRIP_OFFSETS] = [after + len(extra)]
    entries = b''
    at = after
    for tag, numbers in sorted(values.items()):
        where = numbers[0] if len(numbers) == 1 else at
        at += 4 * len(numbers) if len(numbers) > 1 else 0
        entries += struct.pack('<HHII', tag, 4, len(numbers), where)
    # tags with several values are in the order of their numbers
    assert [t for t in values if values[t][1:]] == sorted(
        t for t in values if values[t][1:]
    )
    head = struct.pack('<2sHIH', b'II', 42, 8, len(values))
    return head + entries + bytes(4) + extra + pixels.tobytes()
