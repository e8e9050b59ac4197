"""Run-length encoded masks: the functions of pycocotools."""

from pycocotools.mask import (  # noqa: F401
    area,
    decode,
    encode,
    frPyObjects,
    iou,
    merge,
    toBbox,
)
