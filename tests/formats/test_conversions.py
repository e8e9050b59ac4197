"""Every format through every other and back; the tables of the documentation."""

import re

import conversions
import numpy as np
import pytest
from any_text import TEXT
from conversions import NAMES, SCHEME, WRITTEN, path_in, read_again, samples_in
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mutations import mutated
from PIL import Image
from tests_support import ROOT

from mmlandmark import InputError
from mmlandmark.formats import registry
from mmlandmark.formats.convert import convert, write_samples
from mmlandmark.formats.csv.layout import can_head_columns
from mmlandmark.formats.detect import detect
from mmlandmark.formats.losses import losses
from mmlandmark.schemes import Scheme, name_key
from mmlandmark.structures.coco import image_extras
from mmlandmark.structures.pixel_spacing import PixelSpacing
from mmlandmark.structures.sample import LandmarkSample, ReadReport

PAGE = ROOT / 'docs' / 'reference' / 'formats.md'
SLOW = dict(deadline=None, suppress_health_check=list(HealthCheck))


def test_every_format_through_every_other_and_back(tmp_path):
    """The table is that of the documentation: ``python tests/conversions.py``."""
    assert conversions.table(tmp_path) in PAGE.read_text(encoding='utf-8')


def test_the_table_of_the_registry_is_documented():
    assert registry.table() in PAGE.read_text(encoding='utf-8')


@pytest.mark.parametrize('name', WRITTEN)
def test_what_a_layout_was_compared_with_is_documented(name):
    page = PAGE.read_text(encoding='utf-8')
    assert f'\n| `{name}` | ' in page.split('### What was compared')[1].split('###')[0]


@pytest.mark.parametrize('name', WRITTEN)
def test_a_written_format_is_recognised(tmp_path, name):
    fmt = WRITTEN[name]
    (tmp_path / 'in').mkdir()
    write_samples(
        samples_in(tmp_path / 'in', name != 'webmorph'),
        SCHEME,
        path_in(tmp_path, fmt),
        fmt,
    )
    assert detect(path_in(tmp_path, fmt)) is fmt


def test_what_is_lost_is_listed(tmp_path):
    lost = losses(samples_in(tmp_path), WRITTEN['fcsv'])
    assert lost == [
        'lost in fcsv: the mark of occluded points (2 heads)',
        'lost in fcsv: boxes (3 heads)',
        'lost in fcsv: the pixel spacing (3 heads)',
        'lost in fcsv: heads of an image after its first (1 head)',
        'lost in fcsv: the points of each annotator (3 heads)',
        'lost in fcsv: the confidence of points (3 heads)',
        'lost in fcsv: the patient or person (3 heads)',
        'lost in fcsv: the part train, val or test (3 heads)',
    ]
    assert losses(samples_in(tmp_path), WRITTEN['coco']) == [
        'lost in coco: the part train, val or test (3 heads)'
    ]


def test_the_number_of_heads_is_kept_in_coco_only(tmp_path):
    samples = samples_in(tmp_path)
    samples[2].extra['heads'] = 2
    fmt = WRITTEN['coco']
    write_samples(samples, SCHEME, path_in(tmp_path, fmt), fmt, copy_images=True)
    again = read_again(tmp_path, fmt)
    assert [s.extra.get('heads') for s in again] == [None, None, 2]
    assert not any('number of heads' in line for line in losses(again, fmt))
    lost = losses(again, WRITTEN['yolo'])
    assert 'lost in yolo: the number of heads in the image' in lost


@pytest.mark.parametrize('heads', [1, 0, -3, 2.0, True, '2', None, [2]])
def test_another_value_of_heads_is_ignored(heads):
    assert image_extras(dict(heads=heads)) == {}


def test_targets_that_are_refused(tmp_path):
    given_ = samples_in(tmp_path)
    given_[0].points[0] = np.nan
    for name, out, message in (
        ('coco', tmp_path / 'x.xml', 'a file of coco ends in .json'),
        ('tps', tmp_path / 'a.tps', None),
        ('300w', tmp_path / 'x', '300w is read and not written'),
        ('yolo', tmp_path, 'exists already: yolo needs a new folder'),
        ('webmorph', tmp_path / 'tem', 'a.png lacks points'),
    ):
        fmt = registry.FORMATS[name]
        if message is None:
            write_samples(given_, SCHEME, out, fmt)
            message = 'exists already'
        with pytest.raises(InputError, match=message):
            write_samples(given_, SCHEME, out, fmt)
    assert not (tmp_path / 'tem').exists()


def test_an_unknown_file_needs_its_format(tmp_path):
    (tmp_path / 'a.json').write_text('{"a": 1}')
    with pytest.raises(InputError, match=r'the format of .*a\.json is not recognised'):
        detect(tmp_path / 'a.json')
    with pytest.raises(InputError, match='no file or folder'):
        detect(tmp_path / 'b.json')


def test_images_inside_a_data_set_are_refused(tmp_path):
    inside = LandmarkSample('x', np.zeros((4, 4), np.uint8), np.zeros((3, 2)))
    with pytest.raises(InputError, match='prepare the data set'):
        write_samples([inside], SCHEME, tmp_path / 'a.json', WRITTEN['coco'])
    assert not (tmp_path / 'a.json').exists()


def test_the_command(tmp_path, run_command):
    (tmp_path / 'in').mkdir()
    source = WRITTEN['coco']
    given_ = samples_in(tmp_path / 'in')
    write_samples(given_, SCHEME, tmp_path / 'in' / 'c.json', source)
    out = tmp_path / 'out.csv'
    arguments = (tmp_path / 'in' / 'c.json', out, '--to', 'deeplabcut')
    done = run_command('convert', *arguments, '--copy-images')
    assert done.returncode == 0, done.stderr
    assert '(coco) to' in done.stdout
    assert '3 heads in 2 images' in done.stdout
    assert 'lost in deeplabcut: boxes (3 heads)' in done.stdout
    again = WRITTEN['deeplabcut'].read(out, SCHEME, None)
    np.testing.assert_array_equal(again[1].points, given_[1].points)
    assert 'Traceback' not in run_command('convert', *arguments).stderr


_POINTS = st.lists(
    TEXT.filter(
        lambda name: (
            name_key(name) and name == ' '.join(name.split()) and can_head_columns(name)
        )
    ),
    min_size=1,
    max_size=4,
    unique_by=name_key,
)
_FILES = st.lists(
    TEXT.filter(
        lambda name: (
            name.strip('. ')
            and not name.startswith('.')  # hidden files are not read
            and not set('/\\:*?"<>|') & set(name)
        )
    ),
    min_size=2,
    max_size=3,
    unique_by=str.casefold,
)
_SIZE = (60, 50)


@st.composite
def data_sets(draw, fmt):
    """Names of points and of images, and the heads of each image."""
    names = draw(_POINTS) if fmt.name != 'openpose' else list(NAMES)
    value = [st.floats(0.5, side - 1, allow_subnormal=False) for side in _SIZE]
    place = st.tuples(*value)
    if fmt.name != 'webmorph':
        place = st.one_of(place, st.just((np.nan, np.nan)))
    head = st.lists(place, min_size=len(names), max_size=len(names)).filter(
        lambda rows: not np.isnan(rows).all()
    )
    most = 3 if 'heads' in fmt.carries else 1
    images = {
        f'{name}.png': draw(st.lists(head, min_size=1, max_size=most))
        for name in draw(_FILES)
    }
    return Scheme('s', tuple(names), tuple(names)), images


@pytest.mark.parametrize('name', WRITTEN)
@settings(max_examples=25, **SLOW)
@given(data=st.data())
def test_what_is_written_is_read_back(tmp_path_factory, name, data):
    fmt = WRITTEN[name]
    scheme, images = data.draw(data_sets(fmt))
    folder = tmp_path_factory.mktemp('run')
    given_ = []
    for number, (file, heads) in enumerate(images.items()):
        Image.new('L', _SIZE, number).save(folder / file)
        given_ += [
            LandmarkSample(
                f'{number} {i}',
                folder / file,
                np.array(points, float),
                spacing=PixelSpacing.square(0.5) if fmt.name == 'tps' else None,
            )
            for i, points in enumerate(heads)
        ]
    write_samples(given_, scheme, path_in(folder, fmt), fmt, copy_images=True)
    again = read_again(folder, fmt, scheme)
    assert len(again) == len(given_)
    # folders are read in the order of their files
    left = {sample.image.read_bytes(): [] for sample in given_}
    for sample in again:
        left[sample.image.read_bytes()].append(sample.points)
    for sample in given_:
        found = left[sample.image.read_bytes()].pop(0)
        np.testing.assert_allclose(found, sample.points, rtol=0, atol=1e-5)
    assert len({sample.id for sample in again}) == len(again)


@pytest.mark.parametrize('name', WRITTEN)
def test_a_damaged_file_is_read_or_told(tmp_path, name):
    fmt = WRITTEN[name]
    (tmp_path / 'in').mkdir()
    given_ = samples_in(tmp_path / 'in', name != 'webmorph')
    path = path_in(tmp_path, fmt)
    write_samples(given_, SCHEME, path, fmt, copy_images=True)
    folder = path if fmt.folder else path.parent
    files = [p for p in folder.rglob('*') if p.is_file() and p.suffix != '.png']
    random = np.random.default_rng(0)
    for file in files:
        whole = file.read_bytes()
        for _ in range(100 // len(files)):
            file.write_bytes(mutated(whole, random))
            report, messages = ReadReport(), []
            for way in (
                lambda: fmt.read(path, SCHEME, report),  # noqa: B023
                lambda: fmt.read(path, fmt.scheme_of(path), ReadReport()),
                lambda: detect(path),
            ):
                try:
                    way()
                except InputError as error:
                    messages.append(str(error))
            messages += [why for _, why in report.skipped]
            assert not [why for why in messages if '\n' in why]
        file.write_bytes(whole)


@pytest.mark.parametrize('name', WRITTEN)
@pytest.mark.parametrize('missing', ['a.png', 'b.png'])
def test_an_image_that_is_missing_is_skipped(tmp_path, name, missing):
    fmt = WRITTEN[name]
    (tmp_path / 'in').mkdir()
    given_ = samples_in(tmp_path / 'in', name != 'webmorph')
    path = path_in(tmp_path, fmt)
    write_samples(given_, SCHEME, path, fmt, copy_images=True)
    for image in path_in(tmp_path, fmt).parent.rglob(missing):
        image.unlink()
    report = ReadReport()
    samples = fmt.read(path, SCHEME, report)
    assert {s.image.name for s in samples if s.image.is_file()} == {
        'a.png',
        'b.png',
    } - {missing}


def test_a_conversion_of_nothing_is_an_error(tmp_path):
    (tmp_path / 'a.tps').write_text('LM=1\n1 2\nIMAGE=none.png\nID=0\n')
    with pytest.raises(InputError, match=r'no points were read.*no image'):
        convert(
            tmp_path / 'a.tps',
            WRITTEN['tps'],
            tmp_path / 'b.json',
            WRITTEN['coco'],
            ReadReport(),
        )
    assert not (tmp_path / 'b.json').exists()
    assert re.match('LM', (tmp_path / 'a.tps').read_text())
