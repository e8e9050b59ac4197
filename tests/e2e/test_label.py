"""Points to a labelling tool and, corrected, back into a data set, as a user does it."""

import json
import shutil

import numpy as np
import pytest
from tests_support import one_line_error, save_untrained

pytestmark = pytest.mark.slow


@pytest.fixture(scope='module')
def found(run_command, tiny_config, prepared, tmp_path_factory):
    """Six drawn heads and their points as found."""
    folder = tmp_path_factory.mktemp('label')
    for path in sorted((prepared / 'images').iterdir())[:6]:
        shutil.copy(path, folder)
    checkpoint = save_untrained(tiny_config, tmp_path_factory.mktemp('w') / 'tiny.pth')
    done = run_command('predict', '--img', folder, '--config', tiny_config, '--checkpoint',
                    checkpoint, '--results', folder / 'p.jsonl')  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder


def submit(path):
    """What Label Studio exports once a person has submitted the predictions."""
    tasks = json.loads(path.read_text())
    for number, task in enumerate(tasks):
        task.update(id=number, annotations=[task.pop('predictions')[0]])
    path.write_text(json.dumps(tasks))


@pytest.mark.parametrize(
    ('tool', 'name', 'labels'),
    [
        ('cvat', 'annotations.xml', 'annotations.labels.json'),
        ('label-studio', 'tasks.json', 'tasks.labels.xml'),
    ],
)
def test_there_and_back(run_command, found, tmp_path, tool, name, labels):
    done = run_command(
        'label', tool, '--points', found / 'p.jsonl', '--out', found / name
    )
    assert done.returncode == 0, done.stderr
    assert '6 images: ' in done.stdout
    assert (found / labels).is_file()
    if tool == 'label-studio':
        submit(found / name)
    done = run_command('prepare', tool, '--src', found / name, '--out', tmp_path / 'own',
                    '--val', 0.17, '--test', 0)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert 'train 5, val 1' in done.stdout.replace('\n', ' ')
    data = json.loads((tmp_path / 'own' / 'trainval.json').read_text())
    lines = [json.loads(line) for line in (found / 'p.jsonl').read_text().splitlines()]
    points = {line['image'].rsplit('/')[-1]: line['predictions'][0] for line in lines}
    for image, annotation in zip(data['images'], data['annotations'], strict=True):
        expected = [(p['x'], p['y'], 2) for p in points[image['file_name']]['points']]
        rows = np.reshape(annotation['keypoints'], (-1, 3))
        inside = rows[:, 2] > 0
        assert inside.any()
        np.testing.assert_allclose(
            rows[inside], np.array(expected)[inside], rtol=0, atol=0.01
        )


@pytest.mark.parametrize(
    ('text', 'out', 'message'),
    [
        (None, 'a.xml', 'no results at'),
        ('', 'a.xml', 'holds no points'),
        ('', 'a.json', 'cvat imports'),
        (
            '{"image": "x/a", "width": 9, "height": 9, "predictions": []}\n' * 2,
            'a.xml',
            'x/a occurs 2 times',
        ),
    ],
)
def test_mistakes(run_command, tmp_path, text, out, message):
    points = tmp_path / 'p.jsonl'
    if text is not None:
        points.write_text(text)
    done = run_command('label', 'cvat', '--points', points, '--out', tmp_path / out)
    assert message in one_line_error(done)
    assert not (tmp_path / out).exists()
