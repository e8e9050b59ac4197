"""agree, audit and select as commands, on small files."""

import json

import numpy as np
import pytest

from mmlandmark import InputError, Prediction
from mmlandmark.cli import agree, audit, select

NAMES = ('a', 'b', 'c', 'd', 'e')
SHAPE = np.array([[10.0, 10], [90, 12], [80, 70], [15, 85], [50, 40]])


def shapes(count, seed):
    return SHAPE + np.random.default_rng(seed).normal(0, 1, (count, 5, 2))


def table(path, points):
    lines = ['image,landmark,x,y']
    lines += [
        f'{i:02}.png,{name},{x},{y}'
        for i, head in enumerate(points)
        for name, (x, y) in zip(NAMES, head, strict=True)
    ]
    path.write_text('\n'.join(lines) + '\n')
    return str(path)


def records(path, points):
    """What predict writes; the last image has the largest expected errors."""
    lines = []
    for i, head in enumerate(points):
        found = Prediction(
            head,
            np.ones(5),
            NAMES,
            box=(0, 0, 99, 99),
            expected_errors=np.full(5, 1.0 + i),
        )
        record = dict(image=f'{i:02}.png', width=100, height=100)
        lines.append(json.dumps(record | dict(predictions=[found.to_dict()])))
    path.write_text('\n'.join(lines) + '\n')
    return str(path)


def run(command, *words):
    return command.main(command.build_parser().parse_args([*map(str, words)]))


def test_agree(tmp_path, capsys):
    first = table(tmp_path / 'a.csv', shapes(5, 0))
    second = table(tmp_path / 'b.csv', shapes(5, 1))
    out = tmp_path / 'out'
    run(agree, f'ann={first}', second, '--mm-per-px', 0.5, '--out', out)
    assert 'b against ann (inter-observer)' in capsys.readouterr().out
    assert (
        (out / 'landmarks.csv')
        .read_text()
        .startswith('first,second,kind,landmark,n,mre_mm')
    )
    with pytest.raises(InputError, match='two observers'):
        run(agree, first)


def test_audit(tmp_path, capsys):
    points = shapes(30, 0)
    points[7] = points[7][[1, 0, 2, 3, 4]]
    out = tmp_path / 'out'
    run(audit, table(tmp_path / 'a.csv', points), '--out', out)
    assert '07: a and b are exchanged' in capsys.readouterr().out
    assert (out / 'audit.csv').read_text().splitlines()[1].startswith('1,07,')


def test_select(tmp_path, capsys):
    out = tmp_path / 'next.csv'
    run(
        select,
        records(tmp_path / 'pool.jsonl', shapes(6, 0)),
        '--count',
        2,
        '--out',
        out,
    )
    lines = out.read_text().splitlines()
    assert len(lines) == 3
    assert lines[1].startswith('1,05.png,')
    with pytest.raises(InputError, match='7 cannot be chosen'):
        run(select, tmp_path / 'pool.jsonl', '--count', 7, '--out', out)
