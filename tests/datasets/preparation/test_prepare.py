import numpy as np
import pytest
from dicom_files import write_dicom
from PIL import Image
from prepared_samples import SCHEME, read, sample

from mmlandmark import InputError
from mmlandmark.datasets.preparation.prepare import (
    keep_inside,
    split_samples,
    summary_lines,
    write_dataset,
)
from mmlandmark.structures.pixel_spacing import PixelSpacing
from mmlandmark.structures.sample import ReadReport

NAN = [np.nan, np.nan]


def test_writes_images_points_spacing_and_scheme(tmp_path):
    samples = [
        sample('x', spacing=PixelSpacing(0.2, 0.1, 'a ruler')),
        sample('y', split='val'),
    ]
    summary = write_dataset(samples, SCHEME, tmp_path / 'out', ReadReport())
    assert summary['splits'] == {'train': 1, 'val': 1, 'trainval': 2}
    data = read(tmp_path / 'out')
    (image,), (annotation,) = data['images'], data['annotations']
    assert (image['width'], image['height']) == (40, 30)
    assert image['pixel_spacing'] == [0.2, 0.1]
    assert image['pixel_spacing_source'] == 'a ruler'
    assert annotation['keypoints'] == [1, 2, 2, 3, 4, 2]
    assert annotation['bbox'] == [0, 0, 40, 30]
    assert data['categories'][0]['keypoints'] == ['a', 'b']
    assert Image.open(tmp_path / 'out' / 'images' / image['file_name']).mode == 'L'
    assert not (tmp_path / 'out.partial').exists()


def test_a_dicom_file_becomes_png_and_keeps_its_spacing(tmp_path):
    radiograph = write_dicom(tmp_path / 'radiograph.dcm', PixelSpacing=[0.2, 0.1])
    points = [(1, 2), (3, 4)]
    given = [
        sample('a', points, image=radiograph),
        sample('b', points, image=radiograph),
    ]
    given[1].spacing = PixelSpacing.square(1)  # of its annotations, which goes first
    write_dataset(given, SCHEME, tmp_path / 'out', ReadReport())
    images = read(tmp_path / 'out')['images']
    assert [image['file_name'] for image in images] == ['a.png', 'b.png']
    assert [image['pixel_spacing'] for image in images] == [[0.2, 0.1], [1.0, 1.0]]


def test_shrinking_moves_points_and_spacing(tmp_path):
    # 40x30 to 20x15: pixel centre 3.5 lies on the edge of old pixels 3 and 4, the
    # centre of new pixel (3.5 + 0.5) / 2 - 0.5 = 1.5
    wide = sample('x', [(3.5, 7.5), (39.5, 29.5)], spacing=PixelSpacing.square(0.1))
    write_dataset([wide], SCHEME, tmp_path / 'out', ReadReport(), max_side=20)
    data = read(tmp_path / 'out')
    assert data['images'][0]['pixel_spacing'] == [0.2, 0.2]
    assert data['annotations'][0]['keypoints'] == [1.5, 3.5, 2, 19.5, 14.5, 2]


def test_annotators_points_follow_the_image(tmp_path):
    # as above; a point only one annotator saw is null, JSON has no NaN
    views = dict(senior=[(1.5, 7.5), (39.5, 29.5)], junior=[(5.5, 7.5), NAN])
    views = {who: np.array(points, float) for who, points in views.items()}
    wide = sample('x', [(3.5, 7.5), NAN], extra=dict(annotators=views))
    plain = sample('y')
    write_dataset([wide, plain], SCHEME, tmp_path / 'out', ReadReport(), max_side=20)
    data = read(tmp_path / 'out')
    first, second = data['annotations']
    assert first['annotators'] == dict(
        senior=[[0.5, 3.5], [19.5, 14.5]], junior=[[2.5, 3.5], [None, None]]
    )
    assert 'annotators' not in second
    assert 'annotators' not in data['images'][0]


def test_depth_is_written_with_its_scale(tmp_path):
    # -1 to 3 over 0 to 65535; one value is NaN
    depth = np.full((30, 40), -1.0, np.float32)
    depth[0, :3] = 3, np.nan, 1
    samples = [sample('../x', extra=dict(depth=depth)), sample('y')]
    write_dataset(samples, SCHEME, tmp_path / 'out', ReadReport())
    first, second = read(tmp_path / 'out')['images']
    assert first['depth'] == dict(file='depth/_x.png', min=-1, max=3)
    assert 'depth' not in second
    values = np.asarray(Image.open(tmp_path / 'out' / 'depth' / '_x.png'))
    assert values.dtype == np.uint16
    assert values[0, :4].tolist() == [65535, 0, 32768, 0]
    recovered = -1 + values / 65535 * 4
    np.testing.assert_allclose(recovered[0, [0, 2, 3]], [3, 1, -1], atol=1e-4)


def test_depth_has_the_size_of_the_prepared_image(tmp_path):
    # every four values 0, 0, 0, 8 become one of their mean, a quarter of the range
    depth = np.tile(np.array([[0.0, 0], [0, 8]]), (15, 20))
    small = sample('x', extra=dict(depth=depth))
    write_dataset([small], SCHEME, tmp_path / 'out', ReadReport(), max_side=20)
    values = np.asarray(Image.open(tmp_path / 'out' / 'depth' / 'x.png'))
    assert values.shape == (15, 20)
    assert (values == round(65535 / 4)).all()
    assert read(tmp_path / 'out')['images'][0]['depth']['max'] == 8


def test_without_depth_there_is_no_folder_for_it(tmp_path):
    write_dataset([sample()], SCHEME, tmp_path / 'out', ReadReport())
    assert not (tmp_path / 'out' / 'depth').exists()


def test_missing_and_outside_points_are_counted(tmp_path):
    report = ReadReport()
    points = [(-0.6, 3), (np.nan, 4)]
    samples = [sample('x', points), sample('y', [(39.4, 3), NAN])]
    summary = write_dataset(samples, SCHEME, tmp_path / 'out', report)
    assert summary['counts'] == {'points not annotated, kept as missing': 1}
    assert summary['skipped'] == [
        dict(
            where='x',
            why='all its points are outside the image, which has 40x30 pixels',
        )
    ]
    assert read(tmp_path / 'out')['annotations'][0]['keypoints'] == [
        39.4,
        3,
        2,
        0,
        0,
        0,
    ]
    lines = '\n'.join(summary_lines(summary, tmp_path / 'out'))
    assert '1 points not annotated, kept as missing' in lines
    assert '1 images skipped:\n    x: all its points are outside' in lines


@pytest.mark.parametrize(
    ('point', 'inside'),
    [
        ((-0.5, 0), True),
        ((-0.51, 0), False),
        ((39.5, 29.5), True),
        ((39.6, 0), False),
        ((0, 29.6), False),
    ],
)
def test_the_image_ends_half_a_pixel_beyond_the_last_centre(point, inside):
    kept, absent, outside = keep_inside(np.array([point], float), 40, 30)
    assert np.isfinite(kept).all() == inside
    assert (absent, outside) == (0, 0 if inside else 1)


def test_a_bad_image_is_skipped_and_the_rest_written(tmp_path):
    good, bad = tmp_path / 'good.png', tmp_path / 'bad.png'
    noise = np.random.default_rng(0).integers(0, 255, (30, 40), dtype=np.uint8)
    Image.fromarray(noise).save(good)
    bad.write_bytes(good.read_bytes()[:600])
    samples = [sample('g', image=good), sample('b', image=bad)]
    samples += [sample('n', image=tmp_path / 'none.png')]
    summary = write_dataset(samples, SCHEME, tmp_path / 'out', ReadReport())
    assert summary['splits'] == {'train': 1}
    assert [s['where'] for s in summary['skipped']] == ['b', 'n']
    # an ordinary 8-bit file is copied as it is
    assert (tmp_path / 'out' / 'images' / 'g.png').read_bytes() == good.read_bytes()


@pytest.mark.parametrize(
    ('samples', 'message'),
    [
        (
            [sample('x'), sample('x')],
            "ids are used for more than one image \\('x' first",
        ),
        ([sample('x', [(1, 2)])], 'x has 1 points, scheme two has 2'),
        ([], 'there are no samples'),
        (
            [sample('x', [NAN, NAN])],
            'all 1 images were skipped; the first, x: no point',
        ),
    ],
)
def test_errors_leave_nothing(tmp_path, samples, message):
    with pytest.raises(InputError, match=message):
        write_dataset(samples, SCHEME, tmp_path / 'out', ReadReport())
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_is_not_lost(tmp_path):
    out = tmp_path / 'out'
    write_dataset([sample('old')], SCHEME, out, ReadReport())
    with pytest.raises(InputError, match='exists already'):
        write_dataset([sample('new')], SCHEME, out, ReadReport())
    with pytest.raises(InputError, match='no point'):
        write_dataset([sample('n', [NAN, NAN])], SCHEME, out, ReadReport(), None, True)
    assert read(out)['images'][0]['sample_id'] == 'old'
    write_dataset([sample('new')], SCHEME, out, ReadReport(), overwrite=True)
    assert read(out)['images'][0]['sample_id'] == 'new'


def test_overwrite_does_not_delete_other_folders(tmp_path):
    (tmp_path / 'thesis.doc').write_text('years of work')
    with pytest.raises(InputError, match='not a prepared data set'):
        write_dataset([sample()], SCHEME, tmp_path, ReadReport(), overwrite=True)
    assert (tmp_path / 'thesis.doc').exists()


def test_patients_are_never_shared():
    samples = [
        sample(f'{p}{i}', split=None, subject=f'{p}') for p in range(20) for i in 'ab'
    ]
    split = split_samples(samples, (0.2, 0.1), seed=1)
    parts = {}
    for s in split:
        parts.setdefault(s.split, set()).add(s.subject)
    assert {k: len(v) for k, v in parts.items()} == {'train': 14, 'val': 4, 'test': 2}
    assert not parts['train'] & parts['val'] | parts['train'] & parts['test']
    assert [s.split for s in split_samples(samples, (0.2, 0.1), 1)] == [
        s.split for s in split
    ]
    assert [s.split for s in split_samples(samples, (0.2, 0.1), 2)] != [
        s.split for s in split
    ]


def test_the_sources_splits_are_kept_and_val_is_made():
    samples = [sample(f'{i}', split='train' if i < 10 else 'test') for i in range(12)]
    split = split_samples(samples, (0.2, 0.5), seed=0)
    assert [s.id for s in split if s.split == 'test'] == ['10', '11']
    assert sum(s.split == 'val' for s in split) == 2


@pytest.mark.parametrize(
    ('samples', 'message'),
    [
        (
            [sample('1', subject='p'), sample('2', subject='p', split='val')],
            'patient p is in both train and val',
        ),
        ([sample('1'), sample('2', split=None)], '1 of 2 images have no split'),
        ([sample('1', split=None), sample('2', split=None)], 'too few'),
    ],
)
def test_bad_splits(samples, message):
    with pytest.raises(InputError, match=message):
        split_samples(samples, (0.2, 0.2), seed=0)
