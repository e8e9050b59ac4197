"""SLEAP's ``.slp`` labels: HDF5 with tables of frames, instances and points.

``metadata`` names the nodes of the skeletons, ``videos_json`` the images of each video.
Labels of sequences of images are read (SLEAP's ``ImageVideo``); frames of a video file, and
frames that lie inside the file (``.pkg.slp``), are refused: export them as images. Where a
frame has labelled instances, its predicted ones are left out, as SLEAP does in training.
A node that is not visible is missing, as SLEAP takes it.

Read and written by h5py, without sleap-io, which needs 20 packages, among them pynwb,
skia-python and imageio-ffmpeg.

Index base: 0-based pixel centres since format 1.1; half a pixel is subtracted in older
files. Layout: ``sleap_io/io/slp.py`` of sleap-io 0.9.5. Pereira et al., Nature Methods 19
(2022) 486-495.
"""

from .reader import read_sleap, sleap_scheme
from .writer import write_sleap

__all__ = ['read_sleap', 'sleap_scheme', 'write_sleap']
