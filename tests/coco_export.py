"""Small COCO exports: pictures of 64x48 pixels with two points each."""

import json

from PIL import Image


def picture(path, size=(64, 48), orientation=1):
    path.parent.mkdir(parents=True, exist_ok=True)
    exif = Image.Exif()
    exif[0x0112] = orientation
    # each of its own gray, so that no two are one picture
    gray = sum(map(ord, str(path))) % 256
    Image.new('L', size, gray).save(path, format='JPEG', exif=exif)


def tables(names, categories=None, size=(64, 48), **image):
    """The tables of a file: image ``i`` has points at (10 + i, 12) and (13 + i, 14)."""
    ids = range(1, len(names) + 1)
    return dict(
        images=[
            dict(id=i, file_name=name, width=size[0], height=size[1], **image)
            for i, name in zip(ids, names, strict=True)
        ],
        annotations=[
            dict(
                id=i,
                image_id=i,
                category_id=1,
                keypoints=[9 + i, 12, 2, 12 + i, 14, 1],
                bbox=[5, 5, 30, 30],
            )
            for i in ids
        ],
        categories=categories or [dict(id=1, name='head', keypoints=['a', 'b'])],
    )


def export(folder, files, encoding='utf-8'):
    """Write ``{file: (tables, image paths)}`` and the pictures."""
    for file, (data, paths) in files.items():
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(json.dumps(data, ensure_ascii=False).encode(encoding))
        for name in paths:
            picture(folder / name)
    return folder
