"""Writes samples in every format, converts them there and back, and tells what is kept.

``python tests/conversions.py`` prints the two tables of docs/reference/formats.md.
"""

import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from mmlandmark.formats import registry
from mmlandmark.formats.convert import convert, write_samples
from mmlandmark.schemes import IBUG68, Scheme
from mmlandmark.structures.pixel_spacing import PixelSpacing
from mmlandmark.structures.sample import LandmarkSample, ReadReport

#: Formats that are written.
WRITTEN = {name: f for name, f in registry.FORMATS.items() if f.write}
#: Points of OpenPose's face, so that it can be written too.
NAMES = (IBUG68.points[8], IBUG68.points[36], IBUG68.points[45])
SCHEME = Scheme('three', NAMES, ('a', 'b', 'c'), skeleton=((0, 1), (1, 2)))
LETTERS = dict(
    names='N',
    missing='M',
    occluded='O',
    boxes='B',
    spacing='S',
    heads='H',
    annotators='A',
    scores='C',
    subjects='P',
    splits='T',
)


def path_in(folder, fmt):
    """Where a format is written in a folder."""
    return folder / 'out' if fmt.folder else folder / 'out' / f'labels{fmt.ending}'


def read_again(folder, fmt, scheme=SCHEME):
    """What was written there; every head must be readable."""
    report = ReadReport()
    samples = fmt.read(path_in(folder, fmt), scheme, report)
    assert not report.skipped, report.skipped
    return samples


def samples_in(folder, missing=True):
    """Two heads in a.png and one in b.png that use every capability."""
    size = (60, 50)
    for number, name in enumerate('ab'):
        Image.new('L', size, 40 * number).save(folder / f'{name}.png')
    first = np.array([[10.25, 40.5], [20.125, 12.0], [39.75, 11.5]])
    shared = dict(spacing=PixelSpacing(0.25, 0.25), split='train', subject='Ann')
    heads = []
    for image, shift in (('a', 0), ('a', 7.5), ('b', 3)):
        points = first + shift
        if missing and shift == 7.5:
            points[1] = np.nan
        heads.append(
            LandmarkSample(
                f'{image}{shift}',
                folder / f'{image}.png',
                points,
                box=(shift, 2.5, 50.0 + shift / 2, 45.0),
                occluded=np.array([False, False, shift != 3]),
                extra=dict(
                    scores=np.where(np.isnan(points[:, 0]), np.nan, [0.5, 0.75, 1]),
                    annotators=dict(one=points - 0.5, two=points + 0.5),
                ),
                **shared,
            )
        )
    heads[2].split = 'val'
    heads[2].subject = 'Bo'
    return heads


def aspect(samples, key):
    """What samples say of one capability, in a form that can be compared."""
    none = np.zeros(len(SCHEME))
    views = lambda s: s.extra.get('annotators', {}).items()  # noqa: E731
    of = dict(
        missing=lambda s: np.isnan(s.points[:, 0]).tolist(),
        occluded=lambda s: (none if s.occluded is None else s.occluded).tolist(),
        boxes=lambda s: s.box and np.round(s.box, 3).tolist(),
        spacing=lambda s: s.spacing and s.spacing.pair,
        annotators=lambda s: {
            k: np.nan_to_num(v).round(3).tolist() for k, v in views(s)
        },
        scores=lambda s: np.nan_to_num(s.extra.get('scores', none)).round(6).tolist(),
        subjects=lambda s: s.subject,
        splits=lambda s: s.split,
    )[key]
    return [of(sample) for sample in samples]


def there_and_back(folder, a, b):
    """Write ``a``, convert to ``b`` and back; the heads of ``a`` before and after."""
    images, first, middle, last = (folder / n for n in ('images', '1', '2', '3'))
    images.mkdir(parents=True)
    whole = 'webmorph' in (a.name, b.name)
    given = samples_in(images, missing=not whole)
    write_samples(given, SCHEME, path_in(first, a), a, 'head', True)
    before = read_again(first, a)
    for source, target, here, there in ((a, b, first, middle), (b, a, middle, last)):
        report = ReadReport()
        convert(
            path_in(here, source),
            source,
            path_in(there, target),
            target,
            report,
            SCHEME,
            copy_images=True,
        )
        assert not report.skipped, report.skipped
    return before, read_again(last, a), path_in(last, a)


def first_heads(samples):
    """The first head of each image."""
    return list({s.image.name: s for s in reversed(samples)}.values())[::-1]


def kept(folder, a, b):
    """The letters of what survives the way from ``a`` to ``b`` and back.

    Also checks that the coordinates do, and everything that both formats carry.
    """
    before, after, path = there_and_back(folder, a, b)
    letters = ''
    if len(after) == len(before) > 2:
        letters += LETTERS['heads']
    elif not {'heads'} <= a.carries & b.carries:
        before, after = first_heads(before), first_heads(after)
    assert len(before) == len(after)
    for s, t in zip(before, after, strict=True):
        np.testing.assert_allclose(t.points, s.points, rtol=0, atol=1e-4)
    if {'names'} <= a.carries & b.carries:
        assert set(a.scheme_of(path).points) >= set(NAMES)
        letters += LETTERS['names']
    whole = 'webmorph' in (a.name, b.name)
    for key in [k for k in LETTERS if k not in ('names', 'heads')]:
        both = {key} <= a.carries & b.carries
        if both and not (key == 'missing' and whole):
            assert aspect(after, key) == aspect(before, key), key
            letters += LETTERS[key]
    return ''.join(letter for letter in LETTERS.values() if letter in letters)


def table(folder):
    """The round trips of every format through every other, as Markdown."""
    lines = ['| from, to | ' + ' | '.join(f'`{n}`' for n in WRITTEN) + ' |']
    lines.append('|---' * (1 + len(WRITTEN)) + '|')
    for a in WRITTEN.values():
        cells = [kept(folder / a.name / b.name, a, b) or '-' for b in WRITTEN.values()]
        lines.append(f'| `{a.name}` | ' + ' | '.join(cells) + ' |')
    return '\n'.join(lines) + '\n'


if __name__ == '__main__':
    with tempfile.TemporaryDirectory() as name:
        sys.stdout.write(registry.table() + '\n' + table(Path(name)))
