import sys

import pytest

from mmlandmark import InputError
from mmlandmark.compat import shims as compat
from mmlandmark.engine.config import load_config
from mmlandmark.schemes import IBUG68
from mmlandmark.schemes.parts import FASSEG6, LAPA11, PartScheme, get_parts


def test_the_order_of_lapa():
    assert len(LAPA11) == 11
    assert [LAPA11.parts[i] for i in (2, 3, 4, 5, 8, 10)] == [
        *('left eyebrow', 'right eyebrow', 'left eye', 'right eye'),
        *('inner mouth', 'hair'),
    ]
    for a, b in LAPA11.flip_pairs:
        assert LAPA11.parts[a] == LAPA11.parts[b].replace('right', 'left')


@pytest.mark.parametrize('scheme', [LAPA11, FASSEG6])
def test_every_landmark_of_a_face_has_one_group(scheme):
    for name in IBUG68.points:
        assert sum(name.startswith(group) for group in scheme.landmarks) == 1, name
    assert len(set(scheme.colors)) == len(scheme)
    assert get_parts(scheme.name) is scheme


@pytest.mark.parametrize(
    ('settings', 'message'),
    [
        (dict(colors=((0, 0, 0),)), '2 parts, 1 colours'),
        (dict(flip_pairs=((1, 2),)), 'has an unknown label'),
        (dict(landmarks={'jaw': ('chin',)}), "no part 'chin'"),
    ],
)
def test_mistakes(settings, message):
    defaults = dict(name='x', parts=('a', 'b'), colors=((0, 0, 0), (1, 1, 1)))
    with pytest.raises(InputError, match=message):
        PartScheme(**{**defaults, **settings})
    with pytest.raises(InputError, match="unknown face parts 'x'"):
        get_parts('x')


def test_without_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, 'mmseg', None)
    monkeypatch.delitem(sys.modules, 'mmlandmark.compat.face_parts', raising=False)
    with pytest.raises(InputError, match=r'^face parts need .*"mmlandmark\[parts\]"$'):
        load_config('fasseg_unet')
    assert load_config('face_300w_unet').scheme == 'ibug68'


def test_with_the_extra():
    pytest.importorskip('mmseg', reason='mmsegmentation is not installed')
    compat.mmseg_without_mmcv_ops()
    from mmseg.registry import MODELS

    assert MODELS.get('PSPHead').__name__ == 'PSPHead'
    # MMEngine must not take the stand-in for mmcv's operators
    assert compat.active == [] or 'mmcv._ext' not in sys.modules


@pytest.mark.parametrize('data', ['fasseg', 'lapa'])
def test_the_three_share_all_but_the_network(data):
    pytest.importorskip('mmseg', reason='mmsegmentation is not installed')
    unet, *others = [load_config(f'{data}_{n}') for n in ('unet', 'segnet', 'pspnet')]
    assert unet.num_classes == len(get_parts(unet.parts))
    for other in others:
        for key in set(unet) - {'model', 'unet', 'work_dir'}:
            assert other[key] == unet[key], key
        for key in ('num_classes', 'loss_decode'):
            assert other.model.decode_head[key] == unet.model.decode_head[key]
