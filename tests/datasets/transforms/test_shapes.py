import numpy as np
import torch

from mmlandmark.datasets import PackShape


def test_points_without_an_image():
    packed = PackShape()(
        dict(
            keypoints=np.array([[[3.0, 4.0], [5.0, 6.0]]]),
            keypoints_visible=np.array([[1.0, 0.0]]),
            sample_id='007',
        )
    )
    expected = torch.tensor([[3.0, 4.0], [torch.nan, torch.nan]])
    torch.testing.assert_close(packed['inputs'], expected, equal_nan=True)
    assert packed['data_samples'].sample_id == '007'
