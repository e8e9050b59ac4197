"""Measure how much points tremble and trail in a video, with and without the filter.

mmlandmark lag --img face.jpg --model face68
mmlandmark lag                  # a drawn head, by ceph19

The sequences are made of one picture: held still, and moved along a circle, with new
noise in each frame, so that the true motion is known.
"""

import argparse
from pathlib import Path

import numpy as np

from .. import synthetic
from ..errors import InputError
from ..evaluation.tables import print_rows
from ..inference import LandmarkDetector
from ..inference.video.lag import follow, moving, sequence, steadiness, still
from ..inference.video.one_euro import OneEuro
from ..inference.video.tracking import Tracker
from ..io.load import load_image
from ..io.pixels import as_bgr
from . import common


def parse_args():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--img', type=Path, help='default: a drawn head')
    parser.add_argument('--model', '--config', dest='config', default='ceph19')
    parser.add_argument('--checkpoint', help='default: the best of the training run')
    parser.add_argument('--frames', type=common.positive(int), default=100)
    parser.add_argument('--every', type=common.positive(int), default=10)
    parser.add_argument('--min-cutoff', type=common.positive(float), default=1.0)
    parser.add_argument('--beta', type=float, default=20.0)
    return parser.parse_args()


def picture_of(args):
    if args.img:
        return np.ascontiguousarray(as_bgr(load_image(args.img).pixels)[..., ::-1])
    return next(synthetic.draw_heads(1, seed=3)).image


def measured(args, detector, image, path):
    """Points as found, and the same smoothed: their steadiness about the same places."""
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


def main():
    args = parse_args()
    image = picture_of(args)
    detector = LandmarkDetector(args.config, args.checkpoint)
    rows = []
    for name, path in (('still', still), ('moving', moving)):
        found, smoothed, size = measured(args, detector, image, path)
        for filtered, value in (('no', found), ('yes', smoothed)):
            row = {'sequence': name, 'filter': filtered, 'frames': value.frames}
            row['jitter px'] = value.jitter
            row['off its place px'] = value.lag
            row['jitter, ratio'] = found.jitter / max(value.jitter, 1e-9)
            rows.append(row)
    source = args.img.name if args.img else 'a drawn head'
    title = (
        f'made of {source}, {image.shape[1]}x{image.shape[0]}, box side {size:.0f} px'
    )
    print_rows(title, rows)
