"""Whatever is written for a labelling tool, or as a table, is read back equal."""

import json

import numpy as np
import pytest
from any_text import TEXT
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from mmlandmark.formats import (
    read_csv,
    read_cvat,
    read_label_studio,
    write_cvat,
    write_label_studio,
)
from mmlandmark.formats.csv.layout import point_name
from mmlandmark.formats.cvat import cvat_labels
from mmlandmark.formats.label_studio import label_studio_interface
from mmlandmark.inference.batch.results import write_csv
from mmlandmark.schemes import Scheme, name_key

SIZE = (60, 50)

_NAMES = st.lists(
    TEXT.filter(lambda name: name_key(name) and name == ' '.join(name.split())),
    min_size=1,
    max_size=4,
    unique_by=name_key,
)
_FILES = st.lists(
    TEXT.filter(lambda name: name.strip('. ') and not set('/\\:*?"<>|') & set(name)),
    min_size=1,
    max_size=3,
    unique_by=str.casefold,
)


@st.composite
def runs(draw):
    names = draw(_NAMES)
    scheme = Scheme('s', tuple(names), tuple(name[:3] for name in names))
    x, y = (st.floats(0, side - 1, width=32) for side in SIZE)
    head = st.lists(st.tuples(x, y), min_size=len(names), max_size=len(names))
    heads = draw(
        st.lists(st.lists(head, min_size=1, max_size=3), min_size=1, max_size=3)
    )
    files = draw(_FILES)
    return scheme, [(f'{f}.png', found) for f, found in zip(files, heads, strict=False)]


def records(folder, scheme, images):
    for number, (name, heads) in enumerate(images):
        Image.new('L', SIZE, number).save(folder / name)
        predictions = [
            dict(
                box=[1.0, 2.0, 40.0, 30.0],
                spacing=None,
                points=[
                    dict(name=point, x=x, y=y, score=0.5)
                    for point, (x, y) in zip(scheme.points, head, strict=True)
                ],
            )
            for head in heads
        ]
        yield dict(
            image=str(folder / name),
            width=SIZE[0],
            height=SIZE[1],
            model='m',
            predictions=predictions,
        )


def by_cvat(folder, scheme, found):
    write_cvat(folder / 'annotations.xml', found, 'head')
    labels = json.loads(cvat_labels('head', scheme.points, np.ones((len(scheme), 2))))
    assert [p['name'] for p in labels[0]['sublabels']] == list(scheme.points)
    return read_cvat(folder, scheme)


def by_label_studio(folder, scheme, found):
    path = folder / 'tasks.json'
    write_label_studio(path, found, 'head')
    assert label_studio_interface('head', scheme.points).count('<Label ') == 1 + len(
        scheme
    )
    tasks = json.loads(path.read_text(encoding='utf-8'))
    for task in tasks:  # submitted as they are
        task['annotations'] = task.pop('predictions')
    path.write_text(json.dumps(tasks), encoding='utf-8')
    return read_label_studio(path, scheme)


def by_csv(folder, scheme, found):
    journal = folder / 'run.jsonl'
    lines = ''.join(json.dumps(record) + '\n' for record in found)
    journal.write_text(lines, encoding='utf-8')
    write_csv(journal, folder / 'points.csv', scheme)
    table = read_csv(folder / 'points.csv')
    place = {name_key(name): i for i, name in enumerate(table.points)}
    order = [place[name_key(point_name(name))] for name in scheme.points]
    for sample in table.samples:
        sample.points = sample.points[order]
    return table.samples


@pytest.mark.parametrize('there_and_back', [by_cvat, by_label_studio, by_csv])
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(run=runs())
def test_what_is_written_is_read_back(tmp_path_factory, there_and_back, run):
    scheme, images = run
    folder = tmp_path_factory.mktemp('run')
    samples = there_and_back(folder, scheme, records(folder, scheme, images))
    expected = [(name, head) for name, heads in images for head in heads]
    assert [sample.image.name for sample in samples] == [name for name, _ in expected]
    for sample, (_, head) in zip(samples, expected, strict=True):
        np.testing.assert_allclose(sample.points, head, rtol=0, atol=0.001)
    assert len({sample.id for sample in samples}) == len(samples)
