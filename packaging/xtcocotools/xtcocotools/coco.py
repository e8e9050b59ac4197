"""``COCO`` of pycocotools, and what xtcocotools adds to it."""

import json

from pycocotools import coco


class COCO(coco.COCO):
    """An annotation file in the format of COCO.

    As in xtcocotools, annotations need no ``iscrowd``, and results can be empty.
    ``test_index`` and ``ann_data`` are not supported.
    """

    def createIndex(self):  # noqa: N802
        for annotation in self.dataset.get('annotations', ()):
            annotation.setdefault('iscrowd', False)
        super().createIndex()

    def loadRes(self, resFile):  # noqa: N802, N803
        """Read detections from a file or a list.

        Args:
            resFile: Path of a JSON file, a list of dicts, or an array.

        Returns:
            A ``COCO`` of the detections.
        """
        found = resFile
        if isinstance(found, str):
            with open(found, encoding='utf-8') as file:
                found = json.load(file)
        if len(found):
            return super().loadRes(found)
        result = COCO()
        result.dataset = {**self.dataset, 'annotations': []}
        result.createIndex()
        return result
