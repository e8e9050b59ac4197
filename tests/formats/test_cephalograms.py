"""Aariz and CL-Detection 2023, in generated files of the layout of their public code."""

import json
import zlib

import numpy as np
import pytest
from PIL import Image

from mmlandmark import InputError
from mmlandmark.cephalometry.measure import measure
from mmlandmark.cli import prepare
from mmlandmark.formats import read_aariz, read_cldetection2023
from mmlandmark.io.mha_stack import open_stack
from mmlandmark.schemes import AARIZ29, CLDETECTION38, ISBI19, get_scheme
from mmlandmark.schemes.ceph_names import symbols_of
from mmlandmark.structures.sample import ReadReport

SIZE = (80, 60)
TABLE = 'cephalogram_machine_mappings.csv'


def aariz_labels(one, shift):
    """An annotation file; the symbols of soft-tissue points have a backquote."""
    rows = [
        dict(
            landmark_id=f'{i:02d}',
            title=title,
            symbol=label.replace("'", '`'),
            value=dict(x=10 + i + shift, y=20 + i),
        )
        for i, (title, label) in enumerate(
            zip(AARIZ29.points, AARIZ29.labels, strict=True)
        )
    ]
    return json.dumps(
        dict(ceph_id=one, landmarks=rows, dataset_name='CEPHA29', reviewed_at='')
    )


@pytest.fixture
def aariz(tmp_path):
    rows = ['cephalogram_id,machine,pixel_size,image_format,mode']
    for number, (folder, mode) in enumerate(
        (('train', 'Train'), ('valid', 'Valid'), ('test', 'Test'))
    ):
        one = f'cks2ip8fq{number}'
        labels = tmp_path / folder / 'Annotations'
        (tmp_path / folder / 'Cephalograms').mkdir(parents=True)
        Image.new('L', SIZE).save(tmp_path / folder / 'Cephalograms' / f'{one}.png')
        for who, shift in (('Senior', 0), ('Junior', 2)):
            path = labels / 'Cephalometric Landmarks' / f'{who} Orthodontists'
            path.mkdir(parents=True)
            (path / f'{one}.json').write_text(aariz_labels(one, shift))
        (labels / 'CVM Stages').mkdir()
        stage = dict(ceph_id=one, cvm_stage=dict(id='x', title='CS', value=number + 1))
        (labels / 'CVM Stages' / f'{one}.json').write_text(json.dumps(stage))
        rows.append(f'{one},Machine {number},0.{number + 1},png,{mode}')
    (tmp_path / TABLE).write_text('\n'.join(rows) + '\n')
    return tmp_path


def test_aariz(aariz):
    samples = read_aariz(aariz)
    assert [s.split for s in samples] == ['train', 'val', 'test']
    assert [s.spacing.pair for s in samples] == [(0.1, 0.1), (0.2, 0.2), (0.3, 0.3)]
    first = samples[0]
    # the mean of 10 and 12
    assert first.points[0].tolist() == [11, 20]
    assert first.extra['annotators']['junior'][28].tolist() == [40, 48]
    assert (first.extra['machine'], first.extra['cvm_stage']) == ('Machine 0', 1)


def test_aariz_in_another_part_than_its_table_says(aariz):
    text = (aariz / TABLE).read_text().replace('Test', 'Train')
    (aariz / TABLE).write_text(text)
    report = ReadReport()
    assert len(read_aariz(aariz, report)) == 2
    assert "says that it is of 'train'" in report.skipped[0][1]


def test_aariz_without_a_row(aariz):
    lines = (aariz / TABLE).read_text().splitlines()
    (aariz / TABLE).write_text('\n'.join(lines[:-1]))
    report = ReadReport()
    assert read_aariz(aariz, report)[2].spacing is None
    assert sum(report.counts.values()) == 1


@pytest.mark.parametrize(
    'damage', ['', '{}', '{"landmarks": [{}]}', '{"landmarks": 3}']
)
def test_aariz_with_a_damaged_file(aariz, damage):
    path = next(aariz.glob('train/Annotations/Ceph*/Senior*/*.json'))
    path.write_text(damage)
    report = ReadReport()
    assert len(read_aariz(aariz, report)) == 2
    assert '\n' not in report.skipped[0][1]
    with pytest.raises(InputError):
        read_aariz(aariz)


def mha(images, compressed):
    """A stack as SimpleITK writes it."""
    count, height, width, _ = images.shape
    data = images.tobytes()
    head = (
        f'ObjectType = Image\nNDims = 3\nBinaryData = True\n'
        f'BinaryDataByteOrderMSB = False\nCompressedData = {compressed}\n'
        f'TransformMatrix = 1 0 0 0 1 0 0 0 1\nOffset = 0 0 0\n'
        f'CenterOfRotation = 0 0 0\nAnatomicalOrientation = RAI\n'
        f'ElementSpacing = 1 1 1\nDimSize = {width} {height} {count}\n'
        f'ElementNumberOfChannels = 3\nElementType = MET_UCHAR_ARRAY\n'
        f'ElementDataFile = LOCAL\n'
    )
    return head.encode() + (zlib.compress(data) if compressed else data)


@pytest.fixture(params=[False, True], ids=['plain', 'compressed'])
def cld(tmp_path, request):
    images = np.zeros((2, 60, 80, 3), np.uint8)
    images[0, :50, :70] = 100
    images[1, :45, :60] = 200
    (tmp_path / 'train_stack.mha').write_bytes(mha(images, request.param))
    points = [
        dict(name=str(k), point=[k + 1, k + n, n], scale=scale)
        for n, scale in ((1, '0.1'), (2, '0.125'))
        for k in range(1, 39)
    ]
    version = dict(major=1, minor=0)
    values = dict(name='Orthodontic landmarks', type='Multiple points', points=points)
    (tmp_path / 'train-gt.json').write_text(json.dumps(dict(values, version=version)))
    return tmp_path


def test_cl_detection_2023(cld):
    samples = read_cldetection2023(cld)
    # the zeros of the padding are cut off
    assert [s.image.shape for s in samples] == [(50, 70, 3), (45, 60, 3)]
    assert [s.spacing.pair for s in samples] == [(0.1, 0.1), (0.125, 0.125)]
    assert samples[1].points[[0, 37]].tolist() == [[2, 3], [39, 40]]
    assert {s.split for s in samples} == {None}
    np.testing.assert_array_equal(np.unique(samples[1].image), [200])


def test_an_image_that_is_black_is_skipped(cld):
    path = cld / 'train-gt.json'
    path.write_text(path.read_text().replace(', 2]', ', 7]'))
    report = ReadReport()
    assert len(read_cldetection2023(cld, report)) == 1
    assert report.skipped == [('image 7', 'there is no image 7')]


def test_a_stack_that_is_cut_off(cld):
    path = cld / 'train_stack.mha'
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(InputError, match='is cut off'):
        open_stack(path)


def test_images_that_were_extracted(cld):
    (cld / 'train_stack.mha').unlink()
    (cld / 'images').mkdir()
    for n in (1, 2):
        Image.new('L', SIZE).save(cld / 'images' / f'{n}.bmp')
    assert [s.image.name for s in read_cldetection2023(cld)] == ['1.bmp', '2.bmp']


@pytest.mark.parametrize(
    ('scheme', 'absent'), [(AARIZ29, set()), (CLDETECTION38, set(range(19, 38)))]
)
def test_points_have_the_symbols_that_measurements_take(scheme, absent):
    symbols = symbols_of(scheme.points)
    assert {i for i, s in enumerate(symbols) if s is None} == absent
    assert len(set(symbols)) == len(scheme) - len(absent) + bool(absent)
    assert get_scheme(scheme.name) is scheme


def test_measurements_take_the_points_of_aariz():
    """SNA of points at right angles."""
    points = np.full((29, 2), np.nan)
    for title, place in (('Sella', (0, 0)), ('Nasion', (10, 0)), ('A-point', (10, 10))):
        points[AARIZ29.points.index(title)] = place
    found = measure(points, 'aariz29')
    assert found['SNA'].value == pytest.approx(90)


def test_the_first_points_of_cl_detection_are_those_of_isbi():
    assert CLDETECTION38.points[:19] == ISBI19.points
    assert CLDETECTION38.places()['7'] == ISBI19.points.index('Pogonion')


def test_aariz_is_prepared(aariz, tmp_path_factory):
    is_prepared('aariz', aariz, AARIZ29, tmp_path_factory.mktemp('prepared') / 'out')


def test_cldetection_is_prepared(cld, tmp_path_factory):
    out = tmp_path_factory.mktemp('prepared') / 'out'
    is_prepared('cl-detection-2023', cld, CLDETECTION38, out)


def is_prepared(name, src, scheme, out):
    words = [name, '--src', str(src), '--out', str(out)]
    prepare.main(
        prepare.build_parser().parse_args([*words, '--val', '0', '--test', '0'])
    )
    (image,) = json.loads((out / 'train.json').read_text())['images'][:1]
    assert image['pixel_spacing'] == [0.1, 0.1]
    assert (out / 'images' / image['file_name']).is_file() or (
        out / image['file_name']
    ).is_file()
    assert get_scheme(out / 'scheme.json').points == scheme.points
