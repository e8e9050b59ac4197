"""Released models need neither torch nor MMPose; each test is a process that has none."""

import json
import subprocess
import sys

import pytest
from tests_support import ROOT

pytest.importorskip('onnxruntime')

DATA = ROOT / 'tests' / 'data'

#: What mmlandmark-lite leaves out cannot be imported from here on.
HIDE = """
import sys
from importlib.machinery import PathFinder

HIDDEN = {
    'torch', 'torchvision', 'mmengine', 'mmcv', 'mmpose', 'mmdet', 'mmseg', 'onnx',
    'onnxscript', 'openvino', 'scipy', 'pycocotools', 'xtcocotools',
}

class Rest:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name.split('.')[0] not in HIDDEN:
            return PathFinder.find_spec(name, path, target)

sys.meta_path[:] = [Rest if one is PathFinder else one for one in sys.meta_path]
"""

COMMAND = (
    HIDE
    + """
from mmlandmark.cli import main
main()
"""
)


@pytest.fixture
def run(tmp_path):
    """Runs Python without the stack in an empty folder."""

    def run(code, *arguments):
        return subprocess.run(
            [sys.executable, '-c', code, *map(str, arguments)],
            cwd=tmp_path,
            env={'PYTHONPATH': str(ROOT), 'MPLCONFIGDIR': str(tmp_path)},
            capture_output=True,
            text=True,
        )

    return run


PYTHON = (
    HIDE
    + """
import json
import mmlandmark
from mmlandmark import FaceParser, InputError, LandmarkDetector, PartEnsemble
import mmlandmark.web.app, mmlandmark.web.finding
picture, film = sys.argv[1:]
face = LandmarkDetector('face68')
parser = FaceParser('parts')
mask = PartEnsemble([parser])(picture, face(picture)[0].points)
detector = LandmarkDetector('ceph19')
points = detector(film)[0].points.tolist()
backends = [face.backend, parser.backend, detector.backend]
refused = []
for make in (lambda: LandmarkDetector('ceph19', backend='torch'),
             lambda: LandmarkDetector('ceph_hrnetv2'),
             lambda: FaceParser('fasseg_unet')):
    try:
        make()
    except InputError as error:
        refused.append(str(error))
print(json.dumps([mmlandmark.list_models(), backends, points, mask.areas(), refused]))
"""
)


def test_detector_parser_and_page(run):
    done = run(PYTHON, DATA / 'face.png', DATA / 'head.png')
    assert done.returncode == 0, done.stderr
    names, backends, points, areas, refused = json.loads(done.stdout)
    assert {'ceph19', 'face189', 'face68', 'face68-3d', 'fasseg6'} <= set(names)
    assert backends == ['onnxruntime'] * 3
    known = json.loads((DATA / 'released_points.json').read_text())['ceph19']
    assert points == [pytest.approx(point, abs=0.1) for point in known]
    assert areas['skin'] > areas['mouth'] > 0
    for line in refused:
        assert 'needs PyTorch and MMPose, and torch is not installed' in line
    assert len(refused) == 3


def test_predict_and_report(run, tmp_path):
    done = run(COMMAND, 'predict', '--img', DATA / 'head.png', '--out', 'found')
    assert done.returncode == 0, done.stderr
    assert {path.suffix for path in (tmp_path / 'found').iterdir()} == {
        '.csv',
        '.json',
        '.png',
    }
    done = run(
        *(COMMAND, 'report', '--img', DATA / 'head.png', '--mm-per-px', '0.5'),
        *('--out', 'report.html'),
    )
    assert done.returncode == 0, done.stderr
    assert 'SNA' in (tmp_path / 'report.html').read_text(encoding='utf-8')
    done = run(COMMAND, 'predict', '--img', DATA / 'face.png', '--model', 'parts')
    assert done.returncode == 0, done.stderr


def test_what_needs_the_stack_says_so_in_one_line(run):
    done = run(COMMAND, 'train', 'ceph_hrnetv2')
    assert done.returncode == 2
    (line,) = done.stderr.strip().splitlines()
    assert line.startswith('error: ')
    assert 'torch' in line
