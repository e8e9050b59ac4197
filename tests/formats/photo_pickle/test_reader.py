import os
import pickle

import numpy as np
import pytest

from mmlandmark import InputError, synthetic
from mmlandmark.formats import read_photo_pickle
from mmlandmark.formats.photo_pickle.reader import load_table
from mmlandmark.structures.sample import ReadReport


@pytest.fixture
def table():
    return synthetic.photo_frame(4, seed=1)


def test_reads_what_was_drawn(table, tmp_path):
    table.to_pickle(tmp_path / 'heads.pkl')
    samples = read_photo_pickle(tmp_path / 'heads.pkl')
    assert [s.id for s in samples] == [str(i) for i in table['patient_id']]
    for head, sample in zip(synthetic.draw_heads(4, seed=1), samples, strict=True):
        np.testing.assert_array_equal(sample.image, head.image)
        expected = [head.points[name] for name in synthetic.PHOTO19]
        np.testing.assert_allclose(sample.points, expected, atol=1e-3)
        assert sample.extra['class'] == head.skeletal_class


def respell(table):
    return table.rename(columns={'Gonion_x': 'Gonion _x', 'Menton_y': 'menton y'})


def unflatten(table):
    images = [image.reshape(224, 224, 3) for image in table['Image']]
    return table.assign(Image=images)


def without_optional(table):
    return table.drop(columns=['set', 'class', 'depth_feature'])


@pytest.mark.parametrize('change', [respell, unflatten, without_optional])
@pytest.mark.parametrize('protocol', [2, 4, 5])
def test_variants_of_the_layout(table, tmp_path, change, protocol):
    change(table).to_pickle(tmp_path / 'heads.pkl', protocol=protocol)
    samples = read_photo_pickle(tmp_path / 'heads.pkl')
    assert len(samples) == 4
    assert samples[0].image.shape == (224, 224, 3)
    assert np.isfinite(samples[0].points).all()
    assert (samples[0].split is None) == (change is without_optional)


def test_json_export(table, tmp_path):
    small = table.drop(columns='depth_feature').head(1)
    small.to_json(tmp_path / 'heads.json')
    (sample,) = read_photo_pickle(tmp_path / 'heads.json')
    np.testing.assert_array_equal(sample.image.ravel(), table['Image'][0].ravel())


@pytest.mark.parametrize('shape', [(224, 224), (224 * 224,), (1, 224, 224)])
def test_depth_maps(table, tmp_path, shape):
    maps = [depth.reshape(shape) for depth in table['depth_feature']]
    table.assign(depth_feature=maps).to_pickle(tmp_path / 'heads.pkl')
    report = ReadReport()
    samples = read_photo_pickle(tmp_path / 'heads.pkl', report)
    for sample, depth in zip(samples, table['depth_feature'], strict=True):
        np.testing.assert_array_equal(sample.extra['depth'], depth)
    assert not report.counts


@pytest.mark.parametrize('value', [None, np.nan, 'far', np.zeros((2, 2))])
def test_a_row_does_without_a_depth_map(table, tmp_path, value):
    table = table.astype({'depth_feature': object})
    table.at[1, 'depth_feature'] = value
    table.to_pickle(tmp_path / 'heads.pkl')
    report = ReadReport()
    samples = read_photo_pickle(tmp_path / 'heads.pkl', report)
    assert ['depth' in s.extra for s in samples] == [True, False, True, True]
    assert report.counts == {'depth maps absent or of another shape': 1}
    assert not report.skipped


def test_nan_is_missing(table, tmp_path):
    table.loc[0, 'sella_x'] = np.nan
    table.to_pickle(tmp_path / 'heads.pkl')
    sample = read_photo_pickle(tmp_path / 'heads.pkl')[0]
    assert np.isnan(sample.points[0, 0])
    assert np.isfinite(sample.points[1:]).all()


class Hostile:
    """Unpickled by the ordinary pickle, it would run a command."""

    def __reduce__(self):
        return os.system, ('touch pwned',)


class HostileEval:
    def __reduce__(self):
        return eval, ("open('pwned', 'w')",)


@pytest.mark.parametrize('payload', [Hostile(), HostileEval(), [Hostile()]])
def test_a_hostile_pickle_runs_nothing(tmp_path, monkeypatch, payload):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'heads.pkl').write_bytes(pickle.dumps(payload))
    with pytest.raises(InputError, match='refused and nothing was run') as caught:
        load_table('heads.pkl')
    assert '\n' not in str(caught.value)
    assert not (tmp_path / 'pwned').exists()


@pytest.mark.parametrize(
    ('name', 'content', 'message'),
    [
        ('a.pkl', None, 'no file'),
        ('a.pkl', b'no pickle', 'not a readable pickle'),
        ('a.pkl', b'', 'not a readable pickle'),
        ('a.pkl', pickle.dumps({'x': 1}), 'holds a dict'),
        ('a.json', b'{"a"', 'not readable JSON'),
        ('a.json', b'[1, 2]', 'it is not a table'),
        ('b.json', b'3', 'not a readable pickle or JSON'),
    ],
)
def test_not_a_table(tmp_path, name, content, message):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_photo_pickle(tmp_path / name)


def test_missing_columns_are_named(table, tmp_path):
    table.drop(columns=['ANS_x', 'ANS_y']).to_pickle(tmp_path / 'a.pkl')
    with pytest.raises(InputError, match="lacks 2 of 38 coordinate columns, 'ANS_x'"):
        read_photo_pickle(tmp_path / 'a.pkl')
    table.drop(columns='Image').to_pickle(tmp_path / 'b.pkl')
    with pytest.raises(InputError, match='no column Image'):
        read_photo_pickle(tmp_path / 'b.pkl')


@pytest.mark.parametrize(
    ('column', 'value', 'message'),
    [
        ('Image', np.zeros(10, np.uint8), 'Image is not 224x224 RGB'),
        ('Image', None, 'Image is not 224x224 RGB'),
        ('set', 'exam', "set is 'exam'"),
        ('sella_x', 'left', 'not a number'),
    ],
)
def test_a_bad_row_is_reported(table, tmp_path, column, value, message):
    table = table.astype({column: object})
    table.at[2, column] = value
    table.to_pickle(tmp_path / 'heads.pkl')
    report = ReadReport()
    assert len(read_photo_pickle(tmp_path / 'heads.pkl', report)) == 3
    ((where, why),) = report.skipped
    assert where == f'row 2 (patient {table["patient_id"][2]})'
    assert message in why


def test_a_forged_array_of_pyarrow_is_refused(tmp_path):
    pyarrow = pytest.importorskip('pyarrow')
    restore, ((kind, length, *rest),) = pyarrow.array(['text']).__reduce__()
    assert length == 1

    class Forged:
        def __reduce__(self):
            return restore, ((kind, 1000, *rest),)

    (tmp_path / 'forged.pkl').write_bytes(pickle.dumps(Forged()))
    with pytest.raises(InputError, match='not a readable pickle'):
        load_table(tmp_path / 'forged.pkl')
