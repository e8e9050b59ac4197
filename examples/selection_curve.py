"""Measure how many labels `mmlandmark select` saves: a simulated labelling curve.

    mmlandmark prepare isbi2015 --src isbi2015 --out data/isbi2015_240 --max-side 240
    python examples/selection_curve.py data/isbi2015_240 work_dirs/selection_curve

The 120 films of train.json are the pool; the label of a film is used once it is chosen.
All detectors are trained with the same number of steps and measured on val.json. To be
fast, the network of ceph_lite0_detector.py reads images of 96x128 pixels, and its encoder
stays at the ImageNet weights, so that the features of each view of a film are computed
once.

The expected errors for the choice are the expected radial errors (ERE) of the heatmaps.
They are not calibrated, because a calibration would need labels of other films.

Each training writes one JSON file to the second folder. A training that has its file is
not repeated, so that an interrupted run can be continued; after a change of the settings
below, give a new folder. Names of choices, such as `random select`, restrict the run.
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.logging import MMLogger
from mmpose.registry import DATASETS, MODELS
from scipy.stats import t as student_t

from mmlandmark.engine.config import load_config
from mmlandmark.engine.cpu import cpu_has_bf16
from mmlandmark.errors import InputError
from mmlandmark.evaluation.points.metric import RadialError
from mmlandmark.evaluation.tables import print_rows
from mmlandmark.studies.label_set import LabelSet
from mmlandmark.studies.selection import select
from mmlandmark.utils.whole_file import write_whole

CONFIG = 'ceph_lite0_detector'
INPUT, HEATMAP = (96, 128), (48, 64)  # width, height
CHANNELS = (16, 24, 32, 48, 64)  # of the decoder, finest first
VIEWS = 4  # augmented views of each film
# chosen with the first random start: a rate of 4e-3 left some heatmaps flat
STEPS, BATCH, RATE = 200, 8, 1e-2
SEEDS = range(5)
COUNTS = (15, 30, 60)  # labelled films; the first ones are chosen at random
#: Exponent of the uncertainty for each way of choosing; None is a random choice.
CHOICES = {
    'random': None,
    'select': 1.0,
    'diversity only': 0.0,
    'uncertainty emphasised': 4.0,
}


def main(data: str, out: str, *names: str) -> None:
    MMLogger.get_instance('mmengine', log_level='WARNING')
    study = Study(Path(data), Path(out))
    study.results.mkdir(parents=True, exist_ok=True)
    names = tuple(
        one for one in CHOICES if one == 'random' or one in names or not names
    )
    rows = [[curve(study, seed, name) for name in names] for seed in SEEDS]
    curves = dict(zip(names, np.array(rows).swapaxes(0, 1), strict=True))
    limit = study.trained('all', study.films, 0)['mre_mm']
    report(curves, limit, len(study.films))


@dataclass
class Views:
    """Images as the decoder takes them.

    Attributes:
        levels: Features of the encoder, ``(N, C, H, W)`` each.
        samples: N data samples.
    """

    levels: list[torch.Tensor]
    samples: list


class Study:
    """The films, their features, and the trainings that are done."""

    def __init__(self, data: Path, results: Path):
        self.config, self.results = config_of(data), results
        self.train_set = DATASETS.build(self.config.train_dataloader.dataset)
        self.test_set = DATASETS.build(self.config.test_dataloader.dataset)
        self.films = sample_ids(self.train_set)

    @cached_property
    def views(self) -> Views:
        """The augmented views of the films: all once, then all again."""
        np.random.seed(0)
        return encoded(self.config, self.train_set, VIEWS)

    @cached_property
    def tests(self) -> Views:
        """The films and those of val.json, not augmented."""
        return encoded(self.config, self.test_set, 1)

    def trained(self, name: str, labelled: list[str], seed: int) -> dict:
        """MRE on val.json, and predictions of the films, of one training."""
        path = self.results / f'{name}.json'
        made_by = dict(
            labelled=labelled, settings=[*INPUT, *CHANNELS, VIEWS, STEPS, BATCH, RATE]
        )
        if path.is_file():
            found = json.loads(path.read_text())
            if {key: found[key] for key in made_by} != made_by:
                raise InputError(f'{path} is of other settings: give a new folder')
            return found
        places = [self.films.index(one) for one in labelled]
        model = train(self.config, self.views, len(self.films), places, seed)
        found = made_by | self.test(model)
        write_whole(path, lambda part: part.write_text(json.dumps(found)))
        print(f'{name}: {found["mre_mm"]:.3f} mm', flush=True)
        return found

    @torch.no_grad()
    def test(self, model: torch.nn.Module) -> dict:
        """The points of all films, and the MRE of those of val.json."""
        model.eval()
        metric = RadialError()
        metric.dataset_meta = self.test_set.metainfo
        for start in range(0, len(self.tests.samples), 30):
            part = slice(start, start + 30)
            levels = [level[part].float() for level in self.tests.levels]
            samples = self.tests.samples[part]
            found = model.head.predict(model.neck(levels), samples, model.test_cfg)
            found = model.add_pred_to_datasample(found, None, samples)
            metric.process([], [sample.to_dict() for sample in found])
        metric.compute_metrics(metric.results)
        errors = metric.errors
        held_out = np.array([one not in self.films for one in errors.ids])
        expected = errors.heatmap_errors * errors.input_px[:, None]
        return dict(
            mre_mm=float(np.nanmean(errors.mm[held_out])),
            names=errors.names,
            points=by_id(errors.ids, errors.predicted),
            expected=by_id(errors.ids, expected),
        )


def curve(study: Study, seed: int, choice: str) -> list[float]:
    """MRE in mm for each of the ``COUNTS``, from one random start."""
    order = np.random.default_rng(seed).permutation(study.films).tolist()
    labelled = order[: COUNTS[0]]
    found = study.trained(f'start_{seed}', labelled, seed)
    errors = [found['mre_mm']]  # of the start, which all choices share
    for count in COUNTS[1:]:
        rest = [one for one in order if one not in labelled]
        more = count - len(labelled)
        labelled = labelled + chosen(found, labelled, rest, more, CHOICES[choice])
        name = f'{choice.replace(" ", "_")}_{seed}_{count}'
        found = study.trained(name, labelled, seed)
        errors.append(found['mre_mm'])
    return errors


def chosen(
    found: dict, labelled: list[str], rest: list[str], count: int, weight: float | None
) -> list[str]:
    """The films of ``rest`` to label next; ``rest`` is in random order."""
    if weight is None:
        return rest[:count]
    pool, known = label_set(found, rest), label_set(found, labelled)
    return [one.image for one in select(pool, count, known, weight)]


def label_set(found: dict, ids: list[str]) -> LabelSet:
    """The predictions of a training for these films."""
    return LabelSet(
        'detector',
        tuple(found['names']),
        {one: np.array(found['points'][one]) for one in ids},
        expected_errors={one: np.array(found['expected'][one]) for one in ids},
    )


def by_id(ids: list[str], values: np.ndarray) -> dict[str, list]:
    return {
        one: value.round(3).tolist() for one, value in zip(ids, values, strict=True)
    }


def sample_ids(dataset) -> list[str]:
    return [dataset.get_data_info(i)['sample_id'] for i in range(len(dataset))]


def config_of(data: Path) -> Config:
    """The config with small inputs, and without turned, negative and bordered images."""
    config = load_config(CONFIG, data=data)
    config.model.neck.channels = CHANNELS
    config.model.head.in_channels = CHANNELS[0]
    config.model.head.decoder.update(input_size=INPUT, heatmap_size=HEATMAP)
    train, test = config.train_dataloader.dataset, config.test_dataloader.dataset
    (choice,) = (one for one in train.pipeline if one.type == 'RandomChoice')
    place = train.pipeline.index(choice)
    train.pipeline[place : place + 1] = choice.transforms[0]
    train.pipeline = [one for one in train.pipeline if one.type != 'RandomBorder']
    test.ann_file = 'trainval.json'
    for step in (*train.pipeline, *test.pipeline):
        for part in (step, step.get('encoder', {})):
            if 'input_size' in part:
                part['input_size'] = INPUT
    return config


@torch.no_grad()
def encoded(config: Config, dataset: Sequence, views: int) -> Views:
    """The features of each image of a dataset, read as often as there are views."""
    model = MODELS.build(config.model).eval()
    model.backbone.init_weights()
    parts, samples = [], []
    for _ in range(views):
        for start in range(0, len(dataset), 30):
            places = range(start, min(start + 30, len(dataset)))
            batch = pseudo_collate([dataset[i] for i in places])
            data = model.data_preprocessor(batch)
            levels = model.backbone(data['inputs'])
            parts.append([level.bfloat16() for level in levels])
            samples += data['data_samples']
    return Views([torch.cat(one) for one in zip(*parts, strict=True)], samples)


def train(
    config: Config, views: Views, films: int, labelled: list[int], seed: int
) -> torch.nn.Module:
    """Train neck and head on the labelled films, by their indices."""
    torch.manual_seed(seed)
    model = MODELS.build(config.model).train()
    model.head.init_weights()
    weights = [*model.neck.parameters(), *model.head.parameters()]
    optimizer = torch.optim.AdamW(weights, lr=RATE, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, STEPS)
    rng = np.random.default_rng(seed)
    for _ in range(STEPS):
        image = rng.choice(labelled, BATCH, replace=False)
        places = image + films * rng.integers(VIEWS, size=BATCH)
        levels = [level[places].float() for level in views.levels]
        with torch.autocast('cpu', torch.bfloat16, enabled=cpu_has_bf16()):
            feats = model.neck(levels)
            loss = model.head.loss(feats, [views.samples[i] for i in places])
        optimizer.zero_grad()
        loss['loss_kpt'].backward()
        optimizer.step()
        schedule.step()
    return model


def report(curves: dict[str, np.ndarray], limit: float, total: int) -> None:
    """Print the errors, their differences to the random choice, and the labels needed."""
    rows = []
    for name, errors in curves.items():
        for column, count in enumerate(COUNTS):
            difference = errors[:, column] - curves['random'][:, column]
            rows.append(
                {
                    'labels chosen by': name,
                    'labels': count,
                    'MRE mm': errors[:, column].mean(),
                    'SD': errors[:, column].std(ddof=1),
                    'minus random': difference.mean(),
                    'SD of it': difference.std(ddof=1),
                    '95 % interval, ±': interval(difference),
                }
            )
    print_rows(f'{len(SEEDS)} seeds', rows)
    print(f'all {total}: {limit:.2f} mm')
    target = curves['random'][:, -1].mean()
    for name, errors in curves.items():
        means = [*errors.mean(axis=0), limit]
        needed = labels_needed([*COUNTS, total], means, target)
        print(f'{target:.2f} mm needs {needed:.0f} labels: {name}')


def interval(values: np.ndarray) -> float:
    """Half width of the 95 % confidence interval of the mean, by Student's t."""
    factor = student_t.ppf(0.975, len(values) - 1)
    return float(factor * values.std(ddof=1) / np.sqrt(len(values)))


def labels_needed(
    counts: Sequence[int], errors: Sequence[float], target: float
) -> float:
    """Labels at which the error falls to a target, linear in the logarithm of the labels.

    Returns:
        NaN if the error does not fall to it.
    """
    logs = np.log(counts)
    for i in range(len(counts) - 1):
        if errors[i] > target >= errors[i + 1]:
            part = (errors[i] - target) / (errors[i] - errors[i + 1])
            return float(np.exp(logs[i] + part * (logs[i + 1] - logs[i])))
    return float('nan')


if __name__ == '__main__':
    main(*sys.argv[1:])
