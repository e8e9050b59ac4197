"""``mmlandmark report`` and ``mmlandmark scr`` as a user runs them, on drawn heads."""

import csv
import json

import cv2
import numpy as np
import pytest
from tests_support import one_line_error

from mmlandmark import synthetic
from mmlandmark.schemes import ISBI19

pytestmark = pytest.mark.slow


@pytest.fixture(scope='module')
def radiographs(tmp_path_factory):
    """A folder of two radiographs, one facing left, and their points files."""
    folder = tmp_path_factory.mktemp('radiographs')
    for seed, name in ((0, 'right'), (1, 'left')):
        head = synthetic.draw_head(np.random.default_rng([7, seed]), 224)
        points = np.array([head.points[key] for key in synthetic.ISBI19])
        image = head.image
        if name == 'left':
            image, points = image[:, ::-1], points * (-1, 1) + (223, 0)
        cv2.imwrite(str(folder / f'{name}.png'), image)
        rows = [
            dict(name=point, x=x, y=y, score=1.0, expected_error=1.0)
            for point, (x, y) in zip(ISBI19.points, points.tolist(), strict=True)
        ]
        found = dict(box=[0, 0, 223, 223], spacing=None, points=rows)
        values = dict(image=f'{name}.png', predictions=[found])
        (folder / f'{name}.json').write_text(json.dumps(values))
    return folder


def report(run_command, radiographs, out, *more, name='right'):
    return run_command('report', '--img', radiographs / f'{name}.png', '--points',
                    radiographs / f'{name}.json', '--out', out, *more)  # fmt: skip


def test_each_radiograph_keeps_its_own_scale(run_command, radiographs, tmp_path):
    later = tmp_path / 'later.json'
    values = json.loads((radiographs / 'left.json').read_text())
    values['predictions'][0]['spacing'] = dict(sy=0.25, sx=0.25, source='a ruler')
    later.write_text(json.dumps(values))
    out = tmp_path / 'new' / 'report.json'
    done = report(run_command, radiographs, out, '--later', later, '--mm-per-px', '0.5')
    assert done.returncode == 0, done.stderr
    over = json.loads(out.read_text())['superimposition']
    (found,) = over['radiographs']
    assert 'later.json: 0.25 mm per pixel, from the points file' in found['scale']
    assert 'Scales differ: 0.25 mm per pixel' in ' '.join(found['warnings'])
    assert 'later.json: 0.25 mm per pixel' in done.stdout


def test_points_of_a_file_are_of_low_confidence_by_the_limit_asked_for(
    run_command, radiographs, tmp_path
):
    out = tmp_path / 'report.json'
    done = report(
        run_command,
        radiographs,
        out,
        '--mm-per-px',
        '0.5',
        '--low-confidence-mm',
        '0.001',
    )
    assert done.returncode == 0, done.stderr
    assert all(
        point['low_confidence'] for point in json.loads(out.read_text())['points']
    )


def test_a_report_is_not_written_over_its_points(run_command, radiographs, tmp_path):
    points = tmp_path / 'points.json'
    points.write_text((radiographs / 'right.json').read_text())
    done = report(run_command, radiographs, points, '--points', points)
    assert 'is --points' in one_line_error(done)
    assert points.read_text() == (radiographs / 'right.json').read_text()


@pytest.mark.parametrize('form', ['html', 'pdf'])
def test_two_radiographs_superimposed(run_command, radiographs, tmp_path, form):
    out = tmp_path / f'report.{form}'
    done = report(run_command, radiographs, out, '--later', radiographs / 'left.json')
    assert done.returncode == 0, done.stderr
    assert 'Class I' in done.stdout
    assert 'uncalibrated' in done.stdout
    assert out.stat().st_size > 20_000


def test_a_ruler_gives_millimetres(run_command, radiographs, tmp_path):
    out = tmp_path / 'report.json'
    done = report(run_command, radiographs, out, '--ruler', '10', '20', '10', '60',
                  '--ruler-mm', '40', '--sex', 'female', '--age', '12',
                  name='left')  # fmt: skip
    assert done.returncode == 0, done.stderr
    values = json.loads(out.read_text())
    assert values['facing'] == 'left'
    assert values['spacing'] == dict(sy=1.0, sx=1.0, source='a ruler of 40 mm')
    assert 'from a ruler of 40 mm' in values['facts']['Scale']
    rows = {row['measurement']: row for row in values['measurements']}
    points = {p['label']: np.array([p['x'], p['y']]) for p in values['points']}
    length = np.linalg.norm(points['S'] - points['N'])
    assert rows['S-N']['value'] == pytest.approx(length, abs=0.02)
    assert rows['Facial depth']['norm'] == '88 ± 3'  # 87 at 9 years
    assert rows['IMPA']['not_available'].startswith('not available: needs L1A')


def test_a_folder_becomes_a_table_and_bad_radiographs_are_listed(
    run_command, radiographs, tmp_path
):
    (radiographs / 'torn.jpg').write_bytes(b'no picture')
    out = tmp_path / 'table.csv'
    done = run_command(
        'report', '--img', radiographs, '--points', radiographs, '--out', out
    )
    (radiographs / 'torn.jpg').unlink()
    assert done.returncode == 1, done.stderr
    assert '2 of 3 images' in done.stdout
    assert 'skipped' in done.stdout
    assert 'torn.jpg' in done.stdout
    with out.open(newline='') as file:
        rows = list(csv.DictReader(file))
    assert [row['facing'] for row in rows] == ['left', 'right']
    assert all(60 < float(row['SNA [°]']) < 100 for row in rows)


@pytest.mark.parametrize(
    ('more', 'message'),
    [
        (('--out', 'report.docx'), 'not as .docx'),
        (('--later-mm-per-px', '0.1'), 'is for --later'),
        (
            ('--low-confidence-mm', '0.5'),
            'give its spacing (--mm-per-px)',
        ),
        (('--later', 'x.json', '--ages', '9'), '--ages has 1 ages'),
        (('--ruler-mm', '10'), 'the points of --ruler'),
        (('--ruler', '1', '1', '1', '1'), 'the same'),
        (('--norms', 'none.csv'), 'no norms file none.csv'),
        (('--points', 'none.json'), 'no points file none.json'),
        (('--later', 'none.json'), 'no points file none.json'),
        (('--img', 'none.png'), 'no image at none.png'),
    ],
)
def test_mistakes_are_one_line_and_nothing_is_written(
    run_command, radiographs, tmp_path, more, message
):
    out = tmp_path / 'report.csv'
    assert message in one_line_error(report(run_command, radiographs, out, *more))
    assert not out.exists()


@pytest.fixture(scope='module')
def challenge(radiographs, tmp_path_factory):
    """The challenge's folders with one drawn head, its annotators a pixel apart."""
    root = tmp_path_factory.mktemp('isbi')
    (root / 'RawImage' / 'Test1Data').mkdir(parents=True)
    image = (radiographs / 'right.png').read_bytes()
    (root / 'RawImage' / 'Test1Data' / '151.png').write_bytes(image)
    values = json.loads((radiographs / 'right.json').read_text())
    rows = values['predictions'][0]['points']
    for who, shift in (('senior', 0), ('junior', 1)):
        (root / f'400_{who}').mkdir()
        lines = [f'{row["x"] + shift},{row["y"]}' for row in rows]
        (root / f'400_{who}' / '151.txt').write_text('\n'.join(lines))
    (root / 'found').mkdir()
    values['predictions'][0]['points'] = rows[::-1]  # points are matched by name
    (root / 'found' / '151.json').write_text(json.dumps(values))
    return root


def test_rates_of_points_that_are_the_seniors_own(run_command, challenge, tmp_path):
    out = tmp_path / 'rates.json'
    done = run_command('scr', '--data', challenge, '--points', challenge / 'found',
                    '--confusion', '--out', out)  # fmt: skip
    assert done.returncode == 0, done.stderr
    values = json.loads(out.read_text())
    assert values['rates']['senior'][0]['mean'] == 100
    assert values['mre_mm'] == pytest.approx(dict(mean=0.05, senior=0), abs=1e-6)
    assert 'anterior crossbite' in done.stdout


def test_rates_without_a_points_file(run_command, challenge, tmp_path):
    done = run_command('scr', '--data', challenge, '--points', tmp_path)
    assert '151.json' in one_line_error(done)
    done = run_command('scr', '--data', challenge, '--split', 'test2')
    assert 'no image of test2' in one_line_error(done)


@pytest.fixture(scope='module')
def face(tmp_path_factory):
    """A photograph and the points file of a symmetric face."""
    from mmlandmark.face.head_pose import mean_face
    from mmlandmark.schemes import IBUG68

    folder = tmp_path_factory.mktemp('face')
    cv2.imwrite(str(folder / 'face.png'), np.full((400, 400, 3), 120, np.uint8))
    shape = mean_face() / np.ptp(mean_face()[:, 1]) * 300
    points = np.column_stack([shape[:, 0], -shape[:, 1]]) + 200
    rows = [
        dict(name=name, x=x, y=y, expected_error=2.0)
        for name, (x, y) in zip(IBUG68.points, points.tolist(), strict=True)
    ]
    values = dict(scheme='ibug68', median_expected_error=2.0, points=rows)
    (folder / 'face.json').write_text(json.dumps(values))
    return folder


def test_the_report_of_a_face(run_command, face, tmp_path):
    files = ('--points', face / 'face.json', '--out', tmp_path / 'r.json')
    scale = ('--iris', '0', '0', '58.5', '0')
    done = run_command('report', '--img', face / 'face.png', *files, *scale)
    assert done.returncode == 0, done.stderr
    assert '27 measurements; chin deviation' in done.stdout
    assert '0.2 mm per pixel, from an iris of 11.7 mm' in done.stdout
    values = json.loads((tmp_path / 'r.json').read_text())
    rows = {row['measurement']: row for row in values['measurements']}
    assert rows['Mouth tilt']['value'] == pytest.approx(0, abs=0.1)
    assert rows['Nasal width']['note'].endswith('an iris of 11.7 mm ± 0.42 mm')
    assert rows['Upper third']['not_available'].startswith('not available: needs tr')


@pytest.mark.parametrize(
    ('more', 'message'),
    [
        (['--facing', 'left'], '--facing is for lateral heads'),
        (['--age', '9'], '--age is for lateral heads'),
        (['--iris', '1', '1', '1', '1'], 'are the same'),
        (['--iris', '0', '0', '9', '0', '--mm-per-px', '1'], 'not allowed with'),
    ],
)
def test_options_that_a_face_does_not_have(run_command, face, tmp_path, more, message):
    files = ('--points', face / 'face.json', '--out', tmp_path / 'r.html')
    done = run_command('report', '--img', face / 'face.png', *files, *more)
    assert done.returncode == 2
    assert message in done.stderr
    assert not (tmp_path / 'r.html').exists()


def test_an_iris_is_not_the_scale_of_a_radiograph(run_command, radiographs, tmp_path):
    scale = ('--iris', '0', '0', '58.5', '0')
    done = report(run_command, radiographs, tmp_path / 'r.html', *scale)
    assert 'an iris gives the scale of a photograph' in one_line_error(done)
