"""Success classification rates of the ISBI 2015 challenge.

mmlandmark scr --data FOLDER                      # points found by ceph19
mmlandmark scr --data FOLDER --points predicted   # what tools/inference.py wrote

FOLDER is the challenge's own, with RawImage, 400_senior and 400_junior.
"""

import argparse
import json
from pathlib import Path

import numpy as np
from rich.progress import track

import mmlandmark

from ..cephalometry.isbi2015 import (
    CLASS_WORDS,
    MODES,
    classes_of,
    confusions,
    rate_rows,
)
from ..errors import InputError
from ..evaluation.functional import mean_radial_error, radial_errors
from ..evaluation.tables import print_rows
from ..formats.isbi2015 import ANNOTATORS, FOLDERS, SPACING, read_isbi2015
from ..formats.points_json import read_points
from ..inference import LandmarkDetector
from ..schemes import ISBI19, name_key
from ..utils.whole_file import check_writable, write_whole


def parse_args():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--data', required=True, help='the folder of the challenge')
    parser.add_argument('--split', choices=FOLDERS.values(), default='test1')
    parser.add_argument('--model', default='ceph19', help='a detector of its 19 points')
    parser.add_argument('--device', help='such as cpu or cuda:0')
    parser.add_argument(
        '--points', type=Path, help='a folder of NNN.json instead of the model'
    )
    parser.add_argument('--mode', choices=MODES, default='official')
    parser.add_argument(
        '--confusion', action='store_true', help='also print true by found classes'
    )
    parser.add_argument('--out', type=Path, help='write the rates to this JSON file')
    return parser.parse_args()


def load(args):
    """The samples of the split."""
    if args.out:
        check_writable(args.out)
    samples = [s for s in read_isbi2015(args.data) if s.split == args.split]
    if not samples:
        raise InputError(f'{args.data} has no image of {args.split}')
    return samples


def predicted(args, samples):
    """``(N, 19, 2)`` points, of the files or found."""
    if args.points:
        return np.array([in_order(args.points / f'{s.id}.json') for s in samples])
    detector = LandmarkDetector(args.model, device=args.device)
    if detector.scheme.points != ISBI19.points:
        raise InputError(f'{args.model} does not find the 19 points of the challenge')
    films = track(samples, 'finding points', transient=True)
    return np.array([detector(sample.image)[0].points for sample in films])


def in_order(path):
    """The points of a file in the order of the challenge."""
    found = read_points(path)
    wanted = ISBI19.places()
    place = {wanted.get(name_key(name)): k for k, name in enumerate(found.names)}
    missing = [name for i, name in enumerate(ISBI19.points) if i not in place]
    if missing:
        raise InputError(f'{path} has no point {missing[0]}')
    return found.points[[place[i] for i in range(len(ISBI19))]]


def print_confusions(truth, found, mode):
    """True classes down, found ones across."""
    tables = confusions(classes_of(truth, mode), classes_of(found, mode))
    for name, table in tables.items():
        words = CLASS_WORDS[name]
        rows = [
            {'true': word, **dict(zip(words, map(int, counts), strict=True))}
            for word, counts in zip(words, table, strict=True)
        ]
        print_rows(name, rows)


def main():
    args = parse_args()
    samples = load(args)
    mean = np.array([sample.points for sample in samples])
    senior, junior = (
        np.array([sample.extra['annotators'][who] for sample in samples])
        for who in ANNOTATORS
    )
    found = predicted(args, samples)
    spacing = np.tile(SPACING.pair, (len(samples), 1))
    mre = {
        name: float(mean_radial_error(radial_errors(found, truth, spacing))[0])
        for name, truth in (('mean', mean), ('senior', senior))
    }
    name = str(args.points or args.model)
    methods = {name: found, 'mean of both': mean, 'junior': junior}
    rates = dict(
        senior=rate_rows(senior, methods, args.mode),
        mean=rate_rows(mean, {name: found}, args.mode),
    )
    title = f'SCR in percent, {len(samples)} images, {args.mode}, against the'
    print_rows(f'{title} senior annotator', rates['senior'])
    print_rows(f'{title} mean of both annotators', rates['mean'])
    print(
        f'MRE {mre["mean"]:.2f} mm from the mean, {mre["senior"]:.2f} from the senior'
    )
    if args.confusion:
        print_confusions(senior, found, args.mode)
    if args.out:
        values = dict(rates=rates, mre_mm=mre, mode=args.mode, split=args.split)
        values |= dict(points=name, images=len(samples), version=mmlandmark.__version__)
        text = json.dumps(values, indent=1) + '\n'
        write_whole(
            args.out, lambda partial: partial.write_text(text, encoding='utf-8')
        )
