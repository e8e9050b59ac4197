import numpy as np
import pytest
from tests_support import ROOT

pytest.importorskip('onnxruntime')

from mmlandmark.inference.exported.model import ExportedModel


def test_images_run_one_by_one(monkeypatch):
    model = ExportedModel(ROOT / 'checkpoints' / 'face68.onnx', 'onnxruntime')
    run, batches = model._run, []

    def counted(images):
        batches.append(len(images))
        return run(images)

    monkeypatch.setattr(model, '_run', counted)
    random = np.random.default_rng(0)
    pictures = [random.integers(0, 255, (90, 120, 3), np.uint8) for _ in range(2)]
    boxes = np.array([[10, 5, 80, 70], [0, 0, 119, 89]], np.float32)
    tasks = list(zip(pictures, boxes, strict=True))
    both = model.find(tasks)
    assert batches == [1, 1]  # eight radiographs at once take four times the memory
    for task, found in zip(tasks, both, strict=True):
        (alone,) = model.find([task])
        np.testing.assert_array_equal(found.points, alone.points)
        assert found.box == tuple(task[1])
