"""Damaged image files: nothing but InputError, and no file ends a run over a folder.

``MMLANDMARK_FUZZ=10000`` damages as many files, for a long run by hand.
"""

import os
import subprocess
import sys

import image_mutations as mutations
import pytest
from tests_support import save_untrained

from mmlandmark.inference.batch.predictor import PredictOptions, image_tasks
from mmlandmark.inference.batch.run import predict_batch
from mmlandmark.io.load import load_image

COUNT = int(os.environ.get('MMLANDMARK_FUZZ', 2000))
IN_A_FOLDER = int(os.environ.get('MMLANDMARK_FUZZ', 300))

pytest.importorskip('pydicom')


def test_every_undamaged_file_is_read(tmp_path):
    good = mutations.samples(tmp_path)
    for number, (suffix, content) in enumerate(good):
        path = tmp_path / f'{number}{suffix}'
        path.write_bytes(content)
        assert load_image(path).size in ((32, 24), (24, 32)), suffix
    assert len(good) > 25


def test_mutations_are_the_same_each_time(tmp_path):
    good = mutations.samples(tmp_path)
    for number in range(100):
        first, second = (mutations.mutation(good, number) for _ in range(2))
        assert first == second
    changed = sum(mutations.mutation(good, n)[1] != good[n % len(good)][1]
                  for n in range(100))  # fmt: skip
    assert changed > 80


def test_damaged_files_raise_nothing_but_input_errors(tmp_path):
    """In a process of its own, as a decoder's crash would end that."""
    script = [sys.executable, '-W', 'ignore', mutations.__file__]
    done = subprocess.run(
        [*script, str(tmp_path), '0', str(COUNT)],
        capture_output=True,
        text=True,
        errors='replace',
    )
    last = (tmp_path / 'number').read_text()
    assert done.returncode == 0, f'mutation {last}: {done.stderr[-2000:]}'
    read = int(done.stdout.split()[0])
    # where all or none are read, nothing is tested
    assert 0.1 * COUNT < read < 0.6 * COUNT


@pytest.mark.filterwarnings('ignore')
def test_no_damaged_file_ends_a_run(tiny_config, tmp_path, monkeypatch):
    checkpoint = save_untrained(tiny_config, tmp_path / 'tiny.pth')
    folder = tmp_path / 'in'
    folder.mkdir()
    mutations.write_mutations(folder, 50_000, IN_A_FOLDER)
    items = image_tasks(folder)
    results = tmp_path / 'out.jsonl'
    settings = PredictOptions(str(tiny_config), str(checkpoint), 'cpu')
    summary = predict_batch(settings, items, results)
    assert summary.found + len(summary.skipped) == len(items) > 0.9 * IN_A_FOLDER
    assert len(results.read_text().splitlines()) == summary.found > 0.1 * IN_A_FOLDER
    for item in items:
        assert sum(item.path.name in line for line in summary.skipped) <= 1
    again = predict_batch(settings, items, results)
    assert (again.found, again.finished) == (0, summary.found)
    assert again.skipped == summary.skipped
