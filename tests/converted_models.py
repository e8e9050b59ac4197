"""Random models, each converted at most once in a run of the tests."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from tests_support import ROOT

from mmlandmark import LandmarkDetector
from mmlandmark.utils.locks import exclusive

SHARPER = 30
CSV = dict(scheme='ibug68', train_dataloader=dict(dataset=dict(data_root='none')))
FLIP = dict(flip_test=True, flip_mode='heatmap', shift_heatmap=True)


@dataclass
class Converted:
    """A config, the checkpoint of a random model, and the file it was converted to."""

    config: object
    checkpoint: Path
    path: Path


def config_of(name: str):
    """The config of ``tests/NAME.py``, of ``csv``, ``face_depth`` or ``flipped``."""
    from mmlandmark.engine.config import load_config

    if name == 'csv':
        return load_config(ROOT / 'configs' / 'csv_cnn2.py', CSV)
    if name == 'face_depth':
        options = {'model.type': 'FaceDepthEstimator'}
        return load_config(ROOT / 'tests' / 'tiny_fan.py', options)
    if name == 'flipped':
        return load_config(ROOT / 'tests' / 'tiny.py', {'model.test_cfg': FLIP})
    return load_config(ROOT / 'tests' / f'{name}.py')


def save_sharp(config, path: Path) -> Path:
    """A random model whose heatmaps have one highest pixel, whatever is rounded.

    Half precision holds its weights exactly, as it does those of released models.
    """
    import torch
    from mmengine.registry import init_default_scope
    from mmpose.models import build_pose_estimator

    init_default_scope('mmpose')
    torch.manual_seed(1)  # other heatmaps have plateaus beside their peaks
    model = build_pose_estimator(config.model)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if name.endswith('final_layer.weight'):
                weight *= SHARPER
    state = {
        k: v.half().to(v) if v.is_floating_point() else v
        for k, v in model.state_dict().items()
    }
    torch.save(dict(state_dict=state), path)
    return path


def convert_once(name: str, folder: Path) -> Converted:
    """Convert a model by naming a backend for it, or take what another test has converted.

    Args:
        name: As :func:`config_of` takes it.
        folder: That all processes of the run share.
    """
    config = config_of(name)
    checkpoint = folder / name / 'a.pth'
    with exclusive(folder, 'another test', wait=True):
        if not checkpoint.is_file():
            checkpoint.parent.mkdir()
            save_sharp(config, checkpoint)
            if name == 'tiny':
                calibrate(config, checkpoint)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv('MMLANDMARK_CACHE', str(folder))
        detector = LandmarkDetector(config, checkpoint, 'cpu', 'onnxruntime')
    return Converted(config, checkpoint, detector._model.path)


def calibrate(config, checkpoint: Path) -> None:
    from mmlandmark.evaluation.calibration import Calibration
    from mmlandmark.evaluation.calibration_file import write_calibration
    from mmlandmark.schemes.from_config import scheme_of

    names = scheme_of(config).points
    fitted = Calibration(2.0, 0.5, 1.0, dict.fromkeys(names, 1.5), 3.0)
    write_calibration(checkpoint, fitted, 'val.json', 30)
