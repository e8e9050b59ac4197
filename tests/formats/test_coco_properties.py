"""What is written is read back equal; a damaged file is a line, never another error."""

import contextlib
import copy
import json
import warnings

import numpy as np
import pytest
from coco_export import export, tables
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from mmlandmark import InputError
from mmlandmark.datasets.preparation.prepare import write_dataset
from mmlandmark.formats import read_coco
from mmlandmark.formats.coco import coco_images, coco_scheme
from mmlandmark.schemes import get_scheme, scheme_from_names
from mmlandmark.structures.pixel_spacing import PixelSpacing
from mmlandmark.structures.sample import LandmarkSample, ReadReport

SIZE = (40, 30)
NAMES = ('N', "N'", 'left eye', 'right eye')
SLOW = dict(deadline=None, suppress_health_check=list(HealthCheck))

coordinate = st.one_of(
    st.just(float('nan')), st.floats(-0.5, 29.5, width=32), st.integers(0, 29)
)
spacings = st.none() | st.builds(
    PixelSpacing, st.floats(0.01, 2), st.floats(0.01, 2), st.text(max_size=9)
)
# a name that any file system takes; what others become is tested by itself
texts = st.text('abÄé1.-_ /\\', min_size=1, max_size=8)


@st.composite
def datasets(draw):
    ids = draw(st.lists(texts, min_size=1, max_size=4, unique=True))
    samples = []
    for nth, identity in enumerate(ids):
        points = np.array(
            draw(st.lists(st.tuples(coordinate, coordinate), min_size=4, max_size=4)),
            float,
        )
        points[np.isnan(points).any(axis=1)] = np.nan
        if np.isnan(points).all():
            points[0] = 3, 4
        samples.append(
            LandmarkSample(
                identity,
                np.full(SIZE[::-1], nth, np.uint8),
                points,
                spacing=draw(spacings),
                split=draw(st.sampled_from(['train', 'val', 'test'])),
                subject=draw(st.none() | st.just(f'p{nth}')),
                box=draw(st.none() | st.just((1.0, 2.5, 20.0, 25.25))),
            )
        )
    return samples


@settings(max_examples=25, **SLOW)
@given(samples=datasets())
def test_what_is_prepared_is_read_back_equal(samples, tmp_path_factory):
    out = tmp_path_factory.mktemp('round') / 'out'
    scheme = scheme_from_names('four', list(NAMES))
    write_dataset(samples, scheme, out, ReadReport())
    assert get_scheme(out / 'scheme.json') == scheme
    assert coco_scheme(out, 'four').points == scheme.points
    report = ReadReport()
    found = read_coco(out, scheme, report)
    assert not report.skipped
    # pictures are identified by their gray value
    gray = {int(np.asarray(Image.open(s.image))[0, 0]): s for s in found}
    assert len(found) == len(gray) == len(samples)
    for nth, sample in enumerate(samples):
        back = gray[nth]
        np.testing.assert_array_equal(back.points, sample.points)
        assert back.spacing == sample.spacing
        assert back.split == sample.split
        assert back.subject == (sample.subject or sample.id)
        assert back.box == (sample.box or (0, 0, *SIZE))


def valid():
    data = tables(['i0.jpg', 'i1.jpg'], pixel_spacing=[0.1, 0.2], patient_id='p')
    data['categories'][0]['skeleton'] = [[1, 2]]
    return data


STRANGE = [
    None, True, -1, 0, 1.5, 10**400, float('inf'), float('nan'), '', '\0', '../x', '/',
    'a' * 300, '\ud800', 'C:\\', '%2e%2e/%2e', [], {}, [[]], [None], {'id': 1}, 'NaN',
]  # fmt: skip


def paths_in(value, path=()):
    """The keys that lead to each value in a tree."""
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for key, below in inner:
        yield (*path, key)
        if isinstance(below, (dict, list)):
            yield from paths_in(below, (*path, key))


def put(tree, path, value):
    """Replace a value, unless what it is in was replaced before."""
    *above, last = path
    for key in above:
        try:
            tree = tree[key]
        except (LookupError, TypeError):
            return
    if isinstance(tree, (dict, list)):
        with contextlib.suppress(LookupError, TypeError):
            tree[last] = copy.deepcopy(value)


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    return export(
        tmp_path_factory.mktemp('in'), {'a.json': (valid(), ['i0.jpg', 'i1.jpg'])}
    )


def read_all(folder, data):
    """Read it in every way; anything but InputError fails the test."""
    (folder / 'a.json').write_bytes(data)
    scheme = scheme_from_names('two', ['a', 'b'])
    messages = []
    ways = (
        lambda: read_coco(folder, scheme, ReadReport()),
        lambda: read_coco(folder, scheme),
        lambda: read_coco(folder / 'a.json', scheme, ReadReport(), 'head'),
        lambda: coco_scheme(folder),
        lambda: coco_images(folder / 'a.json'),
    )
    for way in ways:
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')
            try:
                way()
            except InputError as error:
                messages.append(str(error))
    assert all('\n' not in text and len(text) < 1000 for text in messages)


@settings(max_examples=150, **SLOW)
@given(st.data())
def test_values_of_other_types(folder, data):
    tree = valid()
    paths = list(paths_in(tree))
    for path in data.draw(st.lists(st.sampled_from(paths), min_size=1, max_size=3)):
        put(tree, path, data.draw(st.sampled_from(STRANGE)))
    read_all(folder, json.dumps(tree).encode())


@settings(max_examples=150, **SLOW)
@given(st.data())
def test_bytes_that_are_flipped_or_cut(folder, data):
    text = bytearray(json.dumps(valid()).encode())
    flips = st.tuples(st.integers(0, len(text) - 1), st.integers(0, 255))
    for place, value in data.draw(st.lists(flips, max_size=4)):
        text[place] = value
    read_all(folder, bytes(text[: data.draw(st.integers(0, len(text)))]))


@pytest.mark.parametrize(
    'data', [b'', b'[' * 10**5, b'{"a":' * 10**5, b'\xff\xfe\0', b'NaN']
)
def test_what_is_not_json(folder, data):
    read_all(folder, data)
