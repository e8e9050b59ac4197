"""Small image files of every kind, and seeded damage to them; as a script, a long fuzz.

python tests/image_mutations.py FOLDER FIRST COUNT

The script is what a test starts in a process of its own: a decoder may end the process.
"""

import io
import struct
import sys
import zlib
from pathlib import Path

import cv2
import numpy as np
from PIL import Image
from tiff_files import PHOTOMETRIC, tiff_bytes

GRAY = np.add.outer(np.arange(24), np.arange(32)).astype(np.uint8) * 4
RGB = np.dstack([GRAY, 255 - GRAY, GRAY[::-1]])
DEEP = GRAY.astype(np.uint16) * 200

_INTERESTING = (0, 1, 2, 7, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFFF, 0x10000,
                0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)  # fmt: skip


def samples(folder: Path) -> list[tuple[str, bytes]]:
    """Suffix and content of a good file of every kind; ``folder`` is written in."""
    return [*_plain(), *_mha(), *_dicom(folder)]


def _plain():
    alpha = np.dstack([RGB, GRAY])
    exif = Image.Exif()
    exif[0x0112] = 6
    yield '.jpg', _saved(RGB, 'JPEG', exif=exif)
    yield '.jfif', _saved(GRAY, 'JPEG', progressive=True)
    yield '.jpg', _saved(Image.fromarray(RGB).convert('CMYK'), 'JPEG')
    yield '.png', _saved(GRAY, 'PNG')
    yield '.png', _saved(DEEP, 'PNG')
    yield '.png', _saved(Image.fromarray(RGB).quantize(16), 'PNG')
    yield '.png', _saved(alpha, 'PNG')
    yield '.png', cv2.imencode('.png', np.dstack([DEEP] * 3))[1].tobytes()
    yield '.bmp', _saved(RGB, 'BMP')
    yield '.bmp', _saved(Image.fromarray(GRAY).convert('P'), 'BMP')
    yield '.webp', _saved(RGB, 'WEBP')
    yield '.webp', _saved(alpha, 'WEBP', lossless=True, exif=exif)
    yield '.tif', _saved(RGB, 'TIFF', compression='tiff_lzw')
    yield '.tif', _saved(GRAY, 'TIFF', compression='jpeg')
    yield '.tif', _saved(DEEP, 'TIFF', compression='tiff_adobe_deflate')
    yield '.tif', tiff_bytes(GRAY)
    yield '.tif', tiff_bytes(DEEP, {PHOTOMETRIC: 0})
    yield '.tif', tiff_bytes(np.dstack([DEEP] * 3))
    yield '.tif', tiff_bytes(DEEP.astype(np.float32))


def _saved(image, kind, **options) -> bytes:
    file = io.BytesIO()
    image = image if isinstance(image, Image.Image) else Image.fromarray(image)
    image.save(file, kind, **options)
    return file.getvalue()


def _mha():
    text = 'ObjectType = Image\nNDims = 2\nDimSize = 32 24\nElementSpacing = 0.1 0.1\n'
    kind = 'ElementType = MET_USHORT\n'
    end = 'ElementDataFile = LOCAL\n'
    packed = 'CompressedData = True\n'
    yield '.mha', (text + kind + end).encode() + DEEP.tobytes()
    yield '.mha', (text + kind + packed + end).encode() + zlib.compress(DEEP.tobytes())
    yield '.mhd', (text + kind + 'ElementDataFile = pixels.raw\n').encode()


def _dicom(folder):
    from dicom_files import deflated, encapsulated, jpeg_2000, rle, write_dicom

    (folder / 'pixels.raw').write_bytes(DEEP.tobytes())
    path = folder / 'sample'
    tags = dict(PixelSpacing=[0.1, 0.1], WindowCenter=9000, WindowWidth=9000)
    negative = dict(PhotometricInterpretation='MONOCHROME1')
    frames = dict(
        JPEGBaseline8Bit=_saved(GRAY, 'JPEG'),
        JPEG2000Lossless=jpeg_2000(GRAY),
        RLELossless=rle(bytes([129, 9] * 6)),
    )
    yield '.dcm', write_dicom(path, DEEP, **tags).read_bytes()
    yield '.dcm', write_dicom(path, DEEP, **negative).read_bytes()
    yield '', write_dicom(path, RGB).read_bytes()
    yield '.dcm', deflated(path, DEEP, **tags).read_bytes()
    for uid, data in frames.items():
        yield '.dcm', encapsulated(path, data, uid, GRAY).read_bytes()
    path.unlink()


def mutation(good: list[tuple[str, bytes]], number: int) -> tuple[str, bytes]:
    """Suffix and content of the damaged file of this number; the same each time."""
    random = np.random.default_rng(number)
    suffix, data = good[number % len(good)]
    content = bytearray(data)
    for _ in range(random.integers(1, 4)):
        if content:
            _HARMS[random.integers(len(_HARMS))](content, random, good)
    if suffix == '.png' and random.random() < 0.7:
        content = _with_checksums(content)  # or none would get as far as the decoder
    return suffix, bytes(content)


def _flip(content, random, good):
    # the first bytes identify the format
    last = len(content) if random.random() < 0.5 else min(len(content), 400)
    for _ in range(random.integers(1, 9)):
        content[random.integers(last)] ^= 1 << random.integers(8)


def _set_field(content, random, good):
    size = int(random.choice([1, 2, 4]))
    value = int(random.choice(_INTERESTING)) & (256**size - 1)
    order = 'little' if random.random() < 0.5 else 'big'
    at = int(random.integers(min(len(content), 600)))
    content[at : at + size] = value.to_bytes(size, order)


def _truncate(content, random, good):
    del content[random.integers(len(content)) :]


def _splice(content, random, good):
    other = good[random.integers(len(good))][1]
    start, at = int(random.integers(len(other))), int(random.integers(len(content)))
    piece = other[start : start + int(random.integers(1, 200))]
    content[at : at + len(piece) * int(random.integers(2))] = piece


def _repeat(content, random, good):
    start = int(random.integers(len(content)))
    content[start:start] = content[start : start + int(random.integers(1, 100))]


def _blank(content, random, good):
    start, size = int(random.integers(len(content))), int(random.integers(1, 50))
    content[start : start + size] = bytes([random.integers(256)]) * size


def _digit(content, random, good):
    """Numbers that are text: of MHA's header, of DICOM's decimal strings."""
    digits = [at for at, byte in enumerate(content[:600]) if chr(byte).isdigit()]
    if digits:
        content[digits[random.integers(len(digits))]] = int(
            random.choice([*b'0159-. '])
        )


_HARMS = (_flip, _set_field, _truncate, _splice, _repeat, _blank, _digit)


def _with_checksums(content: bytearray) -> bytearray:
    at = 8
    while at + 12 <= len(content):
        (length,) = struct.unpack('>I', content[at : at + 4])
        end = at + 8 + length
        if end + 4 > len(content):
            break
        content[end : end + 4] = struct.pack('>I', zlib.crc32(content[at + 4 : end]))
        at = end + 4
    return content


def write_mutations(folder: Path, first: int, count: int) -> list[Path]:
    """Write damaged files; names sort as their numbers do."""
    good = samples(folder)
    paths = []
    for number in range(first, first + count):
        suffix, content = mutation(good, number)
        paths.append(folder / f'{number:06}{suffix}')
        paths[-1].write_bytes(content)
    return paths


def main(folder: Path, first: int, count: int) -> None:
    """Read each; print how many were read, and any exception but InputError."""
    from mmlandmark import InputError
    from mmlandmark.io.load import load_image

    good, read = samples(folder), 0
    for number in range(first, first + count):
        suffix, content = mutation(good, number)
        path = folder / f'mutation{suffix}'
        path.write_bytes(content)
        (folder / 'number').write_text(str(number))
        try:
            pixels = load_image(path).pixels
        except InputError as error:
            wrong = not str(error).isprintable()
        else:
            wrong = pixels.dtype != np.uint8 or pixels.ndim not in (2, 3)
            read += 1
        if wrong:
            sys.exit(f'mutation {number} is not read as it should be')
    print(f'{read} of {count} read')


if __name__ == '__main__':
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
