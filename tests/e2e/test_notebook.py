"""The notebook, run as Jupyter runs it."""

import os
import sys
from pathlib import Path

import pytest
from tests_support import ROOT

pytestmark = pytest.mark.slow

nbformat = pytest.importorskip('nbformat')
nbclient = pytest.importorskip('nbclient')
pytest.importorskip('ipykernel')

NOTEBOOK = ROOT / 'examples' / 'quickstart.ipynb'
#: Bytes: the outputs that are stored are small pictures.
LARGEST = 250_000


@pytest.fixture(scope='module')
def executed():
    """The notebook with the outputs of a run in a kernel of its own."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    scripts = Path(sys.executable).parent  # the command mmlandmark
    env = dict(
        os.environ,
        PATH=f'{scripts}{os.pathsep}{os.environ["PATH"]}',
        PYTHONPATH=f'{ROOT}{os.pathsep}{os.environ.get("PYTHONPATH", "")}',
        OMP_NUM_THREADS='1',
    )
    client = nbclient.NotebookClient(
        notebook, timeout=300, resources=dict(metadata=dict(path=NOTEBOOK.parent))
    )
    return client.execute(env=env)


def outputs(notebook) -> list[dict]:
    return [out for cell in notebook.cells for out in cell.get('outputs', [])]


def test_the_notebook_runs_and_shows_what_it_promises(executed):
    text = ''.join(out.get('text', '') for out in outputs(executed))
    assert '1 face, 68 points' in text
    assert 'landmark,x,y,score' in text
    assert 'error' not in {out.output_type for out in outputs(executed)}
    assert 'error:' not in text
    pictures = [out for out in outputs(executed) if 'image/jpeg' in out.get('data', {})]
    assert len(pictures) == 4


def test_the_stored_outputs_are_of_the_same_cells(executed):
    stored = nbformat.read(NOTEBOOK, as_version=4)
    assert NOTEBOOK.stat().st_size < LARGEST
    assert kinds(stored) == kinds(executed)


def kinds(notebook) -> list[list[str]]:
    """The kinds of the outputs of each cell, without warnings, which differ by machine."""
    return [
        [
            out.output_type
            for out in cell.get('outputs', [])
            if out.get('name') != 'stderr'
        ]
        for cell in notebook.cells
    ]
