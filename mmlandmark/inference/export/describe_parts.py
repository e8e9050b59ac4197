"""Makes the metadata of an exported file from a network of face parts."""

from __future__ import annotations

from dataclasses import asdict

from mmseg.models import EncoderDecoder
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from ...version import __version__
from ..backends.runtimes import ConversionError
from ..exported.cropping import Crop
from ..exported.metadata import FORMAT
from ..torch_parser import TorchParser
from .describe import ExportGraph, export_graph, normalisation


class PartsNetwork(nn.Module):
    """Maps normalised images ``(N, 3, H, W)`` to logits ``(N, parts, H, W)``."""

    def __init__(self, model: EncoderDecoder):
        super().__init__()
        self.backbone, self.decode_head = model.backbone, model.decode_head
        self.neck = model.neck if model.with_neck else nn.Identity()

    def forward(self, images: Tensor) -> Tensor:
        logits = self.decode_head(self.neck(self.backbone(images)))
        return F.interpolate(logits, images.shape[2:], mode='bilinear')


def describe_parts(parser: TorchParser) -> ExportGraph:
    """The network and the metadata of a parser.

    Raises:
        ConversionError: The model or its test pipeline cannot be exported.
    """
    model = parser.model
    whole = model.test_cfg.get('mode') == 'whole'
    if type(model) is not EncoderDecoder or model.align_corners or not whole:
        raise ConversionError(
            f'this {type(model).__name__} cannot be exported: an EncoderDecoder of whole '
            'images, without align_corners, can'
        )
    crop = Crop(**_size(parser), kind='whole', **normalisation(model))
    metadata = dict(
        format=FORMAT,
        version=__version__,
        parts=parser.scheme.name,
        crop=asdict(crop),
        source=parser.source,
    )
    width, height = crop.size
    return export_graph(
        PartsNetwork(model), model, (3, height, width), ['logits'], metadata
    )


def _size(parser: TorchParser) -> dict:
    kinds = [step['type'].removeprefix('mmpose.') for step in parser.steps]
    if kinds != ['LoadLandmarkImage', 'ResizePhoto', 'PackSegInputs']:
        raise ConversionError(
            f'the test pipeline {", ".join(kinds)} cannot be exported: one that only '
            'resizes can'
        )
    resize = parser.steps[1]
    if resize.get('interpolation') != 'area' or resize.get('keep_ratio'):
        raise ConversionError(
            'only ResizePhoto by area, without keep_ratio, is exported'
        )
    return dict(size=tuple(int(side) for side in resize['scale']))
