"""Measure jitter and lag of points in a video, with and without the One-Euro filter.

mmlandmark lag --img face.jpg --model face68
mmlandmark lag                  # ceph19 on a drawn head

The video is generated: it shows one image at rest and on a circular path, with new noise in
each frame. The true motion is therefore known.
"""

from pathlib import Path

from ..errors import InputError
from . import common
from .video import add_tracking


def build_parser():
    parser = common.new_parser(__doc__)
    parser.add_argument(
        '--img', type=Path, help='the image that is shown; default: a drawn head'
    )
    common.add_model(parser)
    parser.add_argument(
        '--frames',
        type=common.positive(int),
        default=100,
        help='number of frames at rest, and in motion; default: 100',
    )
    add_tracking(parser)
    return parser


def main(args):
    from ..evaluation.tables import print_rows
    from ..inference import LandmarkDetector
    from ..inference.video.lag import moving, still

    image = picture_of(args)
    detector = LandmarkDetector(args.model, args.checkpoint)
    rows = []
    for name, path in (('still', still), ('moving', moving)):
        found, smoothed, size = measured(args, detector, image, path)
        for filtered, value in (('no', found), ('yes', smoothed)):
            row = {'sequence': name, 'filter': filtered, 'frames': value.frames}
            row['jitter px'] = value.jitter
            row['error px'] = value.lag
            row['jitter, ratio'] = found.jitter / max(value.jitter, 1e-9)
            rows.append(row)
    source = args.img.name if args.img else 'a drawn head'
    title = (
        f'made of {source}, {image.shape[1]}x{image.shape[0]}, box side {size:.0f} px'
    )
    print_rows(title, rows)


def picture_of(args):
    """The picture as ``(H, W, 3)`` RGB uint8."""

    import numpy as np

    from .. import synthetic
    from ..io import as_bgr, load_image

    if args.img:
        return np.ascontiguousarray(as_bgr(load_image(args.img).pixels)[..., ::-1])
    pixels = synthetic.photo_frame(1, seed=3)['Image'][0]
    return pixels.reshape(224, 224, 3)


def measured(args, detector, image, path):
    """Jitter and lag of the predicted and the smoothed points, and the size of the face."""
    import numpy as np

    from ..inference.video.lag import follow, sequence, steadiness
    from ..inference.video.one_euro import OneEuro
    from ..inference.video.tracking import Tracker

    tracker = Tracker(detector, args.every)
    points, shifts = follow(tracker, sequence(image, path, args.frames))
    if len(points) < 2:
        raise InputError('no face is found in the sequence: give another --img')
    size = float(np.sqrt(np.prod(np.ptp(points[0], axis=0))))
    smooth = OneEuro(args.min_cutoff, args.beta, size=size)
    smoothed = np.array([smooth(p, t / 25) for t, p in enumerate(points)])
    places = (points - shifts[:, None]).mean(axis=0)
    pair = [steadiness(p, shifts, places) for p in (points, smoothed)]
    return *pair, size
