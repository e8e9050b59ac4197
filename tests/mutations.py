"""Damaged files, made from whole ones."""

import numpy as np


def mutated(data: bytes, random: np.random.Generator) -> bytes:
    """The bytes after one to three flips, cuts, copies or an early end."""
    out = bytearray(data)
    for _ in range(random.integers(1, 4)):
        place, other = (int(i) for i in random.integers(max(len(out), 1), size=2))
        length = int(random.integers(1, 40))
        match random.integers(5):
            case 0 if out:
                out[place] = int(random.integers(256))
            case 1 if out:
                out[place] ^= 1 << int(random.integers(8))
            case 2:
                del out[place : place + length]
            case 3:
                out[place:place] = out[other : other + length]
            case 4 if random.random() < 0.2:
                del out[place:]
    return bytes(out)
