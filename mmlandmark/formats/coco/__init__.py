"""COCO keypoints JSON, the exchange format of CVAT, Label Studio and FiftyOne.

Index base: keypoints are taken as 0-based pixel centres; visibility 0 means missing.
``images[]`` may have ``pixel_spacing`` (``[sy, sx]``, mm per pixel), ``patient_id`` and the
keys of :data:`mmlandmark.structures.coco.IMAGE_EXTRAS`, which are not part of COCO.

Documented at https://cocodataset.org/#format-data.
"""

from .reader import coco_images, coco_scheme, read_coco

__all__ = ['coco_images', 'coco_scheme', 'read_coco']
