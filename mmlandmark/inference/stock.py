"""The scheme of a config of MMPose itself, from the metainfo of its test data."""

from __future__ import annotations

from ..compat import activate as shims  # noqa: F401

# isort: split
from mmengine.config import Config
from mmpose.datasets.datasets.utils import parse_pose_metainfo
from mmpose.registry import DATASETS

from ..errors import InputError
from ..schemes import Scheme
from ..schemes.from_config import scheme_of


def model_scheme(config: Config) -> Scheme:
    """The scheme of a config: the one that it names, else that of its test data.

    Raises:
        InputError: The model predicts face parts, or MMPose does not know the points of its
            data.
    """
    dataset = config.get('test_dataloader', {}).get('dataset', {})
    kind = DATASETS.get(str(dataset.get('type')))
    metainfo = dataset.get('metainfo') or getattr(kind, 'METAINFO', None)
    if 'parts' in config or config.get('scheme') is not None or not metainfo:
        return scheme_of(config)
    try:
        known = parse_pose_metainfo(dict(metainfo))
        names = [known['keypoint_id2name'][i] for i in range(known['num_keypoints'])]
    except (KeyError, TypeError, FileNotFoundError, AssertionError) as error:
        raise InputError(
            f'the metainfo of the test data is not usable: {error}'
        ) from None
    return Scheme(
        known['dataset_name'],
        tuple(names),
        tuple(name[:12] for name in names),
        tuple((i, j) for i, j in enumerate(known['flip_indices']) if i < j),
        tuple((int(i), int(j)) for i, j in known['skeleton_links']),
    )
