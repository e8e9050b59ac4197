"""Image files to pixels and pixels to image files.

:func:`load_image` reads every format: JPEG, PNG, BMP, TIFF and WebP by Pillow (and OpenCV
for 16-bit colour), DICOM by pydicom, MHA and MHD here. :func:`write_image` writes the
formats that OpenCV writes. Pixels are 8 bits per channel, gray or RGB; :func:`as_bgr` gives
the BGR that OpenCV and MMPose expect.
"""

from .load import LoadedImage, list_images, load_image
from .pillow_files import IMAGE_SUFFIXES, READABLE_SUFFIXES
from .pixels import as_bgr
from .writing import write_bytes, write_depth, write_image

__all__ = [
    'IMAGE_SUFFIXES',
    'READABLE_SUFFIXES',
    'LoadedImage',
    'as_bgr',
    'list_images',
    'load_image',
    'write_bytes',
    'write_depth',
    'write_image',
]
