"""What the page's server takes of memory under the worst uploads.

python tests/web_memory.py

prints the most that the server's process held (Linux alone; by /proc).
"""

import http.client
import io
import json
import os
import re
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
WITHIN = 6400  # a side of a square that is just taken
MODEL = 'ceph19'

#: Megabytes that docs/how-to/web.md states.
STATED = 2000

PAGE = {'X-Mmlandmark': 'page'}


def deflated_dicom(megabytes: int = 600) -> bytes:
    """A deflated DICOM file, small as it lies, of so many megabytes of zeros."""
    from pydicom.uid import DeflatedExplicitVRLittleEndian

    side = int((megabytes * 1e6 / 2) ** 0.5)
    pixels = np.zeros((side, side), np.uint16)
    return _dicom(pixels.tobytes(), side, side, 16, DeflatedExplicitVRLittleEndian)


def windowed_dicom(side: int) -> bytes:
    """A deflated DICOM file of 16 bits whose values are rescaled and windowed."""
    from pydicom.uid import DeflatedExplicitVRLittleEndian

    pixels = np.arange(side, dtype=np.uint16)[:, None] * np.ones(side, np.uint16)
    more = dict(RescaleSlope=1.5, RescaleIntercept=-7, WindowCenter=900, WindowWidth=99)
    syntax = DeflatedExplicitVRLittleEndian
    return _dicom(pixels.tobytes(), side, side, 16, syntax, **more)


def understated_dicom(side: int = 15_000) -> bytes:
    """A JPEG DICOM file that says 10 x 10 and holds far more."""
    from pydicom.encaps import encapsulate
    from pydicom.uid import JPEGBaseline8Bit

    data = _saved(Image.new('L', (side, side)), 'JPEG')
    return _dicom(encapsulate([data]), 10, 10, 8, JPEGBaseline8Bit)


def _dicom(pixels: bytes, rows: int, columns: int, bits: int, syntax, **more) -> bytes:
    from pydicom.dataset import FileDataset, FileMetaDataset
    from pydicom.uid import DigitalXRayImageStorageForPresentation

    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = DigitalXRayImageStorageForPresentation
    meta.MediaStorageSOPInstanceUID = '1.2.3'
    meta.TransferSyntaxUID = syntax
    data = FileDataset('radiograph', {}, file_meta=meta, preamble=b'\0' * 128)
    data.SOPClassUID, data.SOPInstanceUID = meta.MediaStorageSOPClassUID, '1.2.3'
    data.Rows, data.Columns, data.SamplesPerPixel = rows, columns, 1
    data.PhotometricInterpretation, data.PixelRepresentation = 'MONOCHROME2', 0
    data.BitsAllocated = data.BitsStored = bits
    data.HighBit = bits - 1
    data.PixelData = pixels
    for tag, value in more.items():
        setattr(data, tag, value)
    data['PixelData'].VR = 'OB' if bits == 8 else 'OW'
    data['PixelData'].is_undefined_length = syntax.is_encapsulated
    file = io.BytesIO()
    data.save_as(file, enforce_file_format=True)
    return file.getvalue()


def float_tiff(side: int = 7700) -> bytes:
    """A TIFF of 32-bit floats, small as it lies."""
    image = Image.fromarray(np.zeros((side, side), np.float32))
    return _saved(image, 'TIFF', compression='tiff_adobe_deflate')


def deep_png(side: int) -> bytes:
    """A PNG of 16 bits a colour, small as it lies."""
    row = np.arange(3 * side, dtype=np.uint16).reshape(1, side, 3)
    done, data = cv2.imencode('.png', np.repeat(row, side, axis=0))
    assert done
    return data.tobytes()


def flat_png(side: int, mode: str = 'RGBA') -> bytes:
    """A PNG of one colour."""
    return _saved(Image.new(mode, (side, side)), 'PNG')


def _saved(image: Image.Image, form: str, **more) -> bytes:
    file = io.BytesIO()
    image.save(file, form, **more)
    return file.getvalue()


def worst_uploads() -> dict[str, bytes]:
    """Eight files that are small as they lie and large when they are decoded."""
    return {
        'deflated.dcm': deflated_dicom(),
        'understated.dcm': understated_dicom(),
        'float.tif': float_tiff(),
        'float within the limit.tif': float_tiff(WITHIN),
        'windowed within the limit.dcm': windowed_dicom(WITHIN),
        'deep within the limit.png': deep_png(WITHIN),
        'alpha within the limit.png': flat_png(WITHIN),
        'bomb.png': flat_png(20_000, '1'),
    }


class Page:
    """A server of the page in a process of its own."""

    def __init__(self, process: subprocess.Popen, port: int):
        self.process, self.port = process, port

    def ask(self, method: str, path: str, body=None, **headers) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection('127.0.0.1', self.port, timeout=600)
        connection.request(method, path, body, {**PAGE, **headers})
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
        return answer.status, data

    def upload(self, name: str, data: bytes) -> tuple[int, bytes]:
        return self.ask('POST', '/images', data, **{'X-Name': name.replace(' ', '-')})

    def megabytes(self, what: str) -> float:
        """``VmHWM``, the most that the process held, or ``VmRSS``, what it holds."""
        text = Path(f'/proc/{self.process.pid}/status').read_text()
        return int(re.search(rf'{what}:\s+(\d+) kB', text)[1]) * 1024 / 1e6


@contextmanager
def running(*options: str):
    """Start the page's server; ends it."""
    process = subprocess.Popen(
        [sys.executable, '-m', 'mmlandmark.cli', 'web', '--port', '0', *options],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, 'PYTHONPATH': os.pathsep.join([str(ROOT), *sys.path])},
    )
    try:
        url = process.stdout.readline().split()[0]
        yield Page(process, int(url.rsplit(':')[-1]))
    finally:
        process.kill()
        process.communicate()


def at_once(work, items) -> list:
    """What ``work`` gives of each item, all in threads of their own."""
    given: dict[int, object] = {}

    def do(number, item):
        given[number] = work(*item)

    threads = [
        threading.Thread(target=do, args=pair) for pair in enumerate(items)
    ]  # fmt: skip
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [given[number] for number in range(len(threads))]


def use_up(page: Page, name: str, data: bytes, model: str = '') -> tuple[int, str]:
    """Upload a radiograph and, where it is taken, see it and find its points by a model.

    Returns:
        The status of the upload, and the radiograph's key or what is wrong with it.
    """
    status, answer = page.upload(name, data)
    values = json.loads(answer)
    if status != 200:
        return status, values['error']
    page.ask('GET', f'/images/{values["key"]}/picture')
    if model:
        page.ask('POST', f'/images/{values["key"]}/points?model={model}')
    return status, values['key']


def main() -> None:
    uploads = worst_uploads()
    with running() as page:
        page.ask('GET', '/options')
        print(f'started: {page.megabytes("VmRSS"):.0f} MB')
        _, key = use_up(page, 'a radiograph.png', flat_png(2400, 'L'), MODEL)
        page.ask('DELETE', f'/images/{key}')
        print(f'after a radiograph: {page.megabytes("VmRSS"):.0f} MB')
        found = at_once(lambda *item: use_up(page, *item, MODEL), uploads.items())
        for (name, data), (status, answer) in zip(uploads.items(), found, strict=True):
            why = '' if status == 200 else f': {answer}'
            print(f'  {name}: {len(data) / 1e6:.1f} MB, {status}{why}')
        print(f'eight at once: at most {page.megabytes("VmHWM"):.0f} MB')
        print(f'then, with what is kept: {page.megabytes("VmRSS"):.0f} MB')
        for status, key in found:
            if status == 200:
                page.ask('DELETE', f'/images/{key}')
        print(f'and when that is forgotten: {page.megabytes("VmRSS"):.0f} MB')


if __name__ == '__main__':
    main()
