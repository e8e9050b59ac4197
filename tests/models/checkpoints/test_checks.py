import copy
import os

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mmengine.logging.history_buffer import HistoryBuffer

from mmlandmark import InputError
from mmlandmark.models.checkpoints.files import require_resumable
from mmlandmark.models.checkpoints.weights import load_weights, read_checkpoint


def training():
    """A checkpoint as a training of one layer writes it."""
    torch.manual_seed(0)
    model = torch.nn.Linear(2, 3)
    optimizer = torch.optim.Adam(model.parameters())
    model(torch.ones(1, 2)).sum().backward()
    optimizer.step()
    loss = HistoryBuffer()
    loss.update(1.5)
    info = dict(epoch=1, best_score=2.5, best_ckpt='w/best_1.pth', keep_ckpt_ids=[1, 2])
    return dict(
        state_dict=dict(model.state_dict()),
        optimizer=optimizer.state_dict(),
        param_schedulers=[dict(last_step=3)],
        message_hub=dict(
            log_scalars=dict(loss=loss),
            runtime_info=info,
            resumed_keys=dict(loss=True, best_score=True),
        ),
        meta=dict(
            epoch=2,
            iter=10,
            seed=0,
            dataset_meta=dict(keypoint_id2name={0: 'a', 1: 'b', 2: 'c'}),
        ),
    )


def changed(path, value):
    """The checkpoint with another value at a path of keys."""
    checkpoint = training()
    place = checkpoint
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return checkpoint


@pytest.fixture
def file(tmp_path):
    def write(checkpoint):
        torch.save(checkpoint, tmp_path / 'a.pth')
        return tmp_path / 'a.pth'

    return write


WEIGHT = ('state_dict', 'weight')
HUB = 'message_hub'


def test_what_a_training_writes_is_taken(file):
    path = file(training())
    require_resumable(path)
    model = torch.nn.Linear(2, 3)
    load_weights(model, path, strict=True, names=['a', 'b', 'c'])
    assert torch.equal(model.weight, training()['state_dict']['weight'])


@pytest.mark.parametrize(
    ('path', 'value', 'message'),
    [
        (WEIGHT, 'a text', 'weight is not a tensor, it is a str'),
        (WEIGHT, [1.0], 'weight is not a tensor, it is a list'),
        (WEIGHT, torch.full((3, 2), torch.nan), 'weight holds numbers that are NaN'),
        (WEIGHT, torch.tensor([1.0, torch.inf]), 'weight holds numbers that are NaN'),
        (WEIGHT, torch.zeros(1).expand(10**12), 'tensor of 4000000000000 bytes'),
        (WEIGHT, torch.eye(3).to_sparse(), 'a tensor of another kind'),
        (WEIGHT, torch.empty(3, 2, device='meta'), 'a tensor of another kind'),
        (('state_dict', 7), torch.zeros(1), 'the name 7 of a tensor is a int'),
        (('state_dict',), [torch.zeros(1)], 'state_dict is a list'),
        (('meta',), ['epoch'], 'meta is a list'),
        (('meta', 'dataset_meta'), 'points', 'dataset_meta is a str'),
        (('meta', 'dataset_meta', 'keypoint_id2name'), ['a'], 'id2name is a list'),
        (('meta', 'dataset_meta', 'keypoint_id2name', 0), 5, 'keypoint_id2name is a int'),
        (('meta', 'dataset_meta', 'classes'), 5, 'classes is a int'),
        (('meta', 'dataset_meta', 'classes'), [5], 'a name in classes is a int'),
        (('optimizer', 'state', 0), torch.zeros(1).expand(10**12), '4000000000000 bytes'),
    ],
)  # fmt: skip
def test_a_checkpoint_of_another_form(file, path, value, message):
    with pytest.raises(InputError, match=message) as caught:
        read_checkpoint(file(changed(path, value)))
    assert '\n' not in str(caught.value)


@pytest.mark.parametrize(
    ('path', 'value', 'message'),
    [
        (('meta', 'epoch'), '2', 'meta.epoch is a str, not a count'),
        (('meta', 'iter'), -1, 'meta.iter is -1, not a count'),
        (('meta', 'seed'), 0.5, 'meta.seed is a float, not a count'),
        (('meta', 'config'), 'import os', 'contains a config as program code'),
        (('ema_state_dict',), {'a': torch.tensor(torch.nan)}, 'a holds numbers that are'),
        (('optimizer',), [], 'optimizer is a list'),
        (('param_schedulers',), {}, 'param_schedulers is a dict'),
        (('param_schedulers', 0), 'x', 'an entry of param_schedulers is a str'),
        ((HUB,), 'x', 'message_hub is a str'),
        ((HUB, 'log_scalars'), [], 'message_hub.log_scalars is a list'),
        ((HUB, 'runtime_info', 5), 1, 'a name in message_hub.runtime_info is a int'),
        ((HUB, 'runtime_info', 'best_score'), 'x', 'message_hub.best_score is a str'),
        ((HUB, 'runtime_info', 'best_ckpt'), 5, 'message_hub.best_ckpt is a int'),
        ((HUB, 'runtime_info', 'keep_ckpt_ids'), 5, 'keep_ckpt_ids is a int'),
        ((HUB, 'runtime_info', 'keep_ckpt_ids'), ['/../x'], 'ids is a str, not a count'),
        ((HUB, 'resumed_keys', 'loss'), 1, 'resumed_keys.loss is a int'),
    ],
)  # fmt: skip
def test_a_training_state_of_another_form(file, path, value, message):
    saved = file(changed(path, value))
    read_checkpoint(saved)  # its weights may be used
    with pytest.raises(InputError, match=message) as caught:
        require_resumable(saved)
    assert '\n' not in str(caught.value)


@pytest.mark.parametrize(
    'part', ['state_dict', 'optimizer', 'param_schedulers', HUB, 'meta']
)
def test_weights_alone_are_not_a_training(file, part):
    checkpoint = training()
    del checkpoint[part]
    with pytest.raises(InputError, match=r'no state of a training|not a tensor'):
        require_resumable(file(checkpoint))


@pytest.mark.parametrize('kind', ['keypoint_id2name', 'classes'])
def test_as_many_others_are_refused_by_name(file, kind):
    names = ['p', 'q', 'r']
    value = dict(enumerate(names)) if kind == 'keypoint_id2name' else names
    path = file(changed(('meta', 'dataset_meta'), {kind: value}))
    load_weights(torch.nn.Linear(2, 3), path, strict=True, names=names)
    with pytest.raises(InputError, match=r'other points \(p, q, r, ...\) than a, b, c'):
        load_weights(torch.nn.Linear(2, 3), path, strict=True, names=['a', 'b', 'c'])


def test_a_flipped_bit_of_a_weight_is_seen(file):
    path = file(training())
    content = bytearray(path.read_bytes())
    weight = training()['state_dict']['weight'].numpy().tobytes()
    content[content.index(weight)] ^= 1
    path.write_bytes(content)
    torch.load(path, weights_only=True)  # which does not see it
    with pytest.raises(InputError, match=r'is damaged: the checksum of .* differs'):
        require_resumable(path)


class Calls:
    def __init__(self, *reduced):
        self.reduced = reduced

    def __reduce__(self):
        return self.reduced


@pytest.mark.parametrize(
    ('value', 'named'),
    [
        (Calls(os.system, ('true',)), r'names \w+\.system'),
        (Calls(eval, ('1',)), 'names eval'),
        (torch.nn.Linear(1, 1), r'names torch\.nn\.modules\.linear\.Linear'),
        (np.array(['a']), "arrays of 'U1'"),
        (Calls(np.dtype, ('O', False, True)), "arrays of 'O'"),
    ],
)
def test_what_was_refused_is_named(file, value, named):
    with pytest.raises(InputError, match=named) as caught:
        read_checkpoint(file(dict(state_dict={}, other=value)))
    assert 'safe_globals' not in str(caught.value)
    assert '\n' not in str(caught.value)


def test_a_forged_type_of_numbers_stays_what_it_is(file):
    dtype = np.dtype('f8')
    forged = Calls(
        np.dtype, ('f8', False, True), (3, '<', None, None, None, -1, -1, 63)
    )
    loaded = read_checkpoint(file(dict(state_dict={}, other=forged)))['other']
    assert loaded == dtype
    assert not loaded.hasobject


# --- mutations: nothing but InputError, whatever is in the file

NASTY = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.integers(), st.text(max_size=3), max_size=2),
    st.sampled_from([torch.zeros(0), torch.tensor(torch.nan), torch.zeros(3, 2).half()]),
)  # fmt: skip


def places(value, path=()):
    """The paths of every entry of nested dicts and lists."""
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    else:
        items = []
    for key, inner in items:
        yield (*path, key)
        yield from places(inner, (*path, key))


PLACES = list(places(training()))


def use(path):
    """All that a run does with a file before it trains."""
    for function in (
        read_checkpoint,
        require_resumable,
        lambda path: load_weights(torch.nn.Linear(2, 3), path),
        lambda path: load_weights(torch.nn.Linear(2, 3), path, True, ['a', 'b', 'c']),
    ):
        try:
            function(path)
        except InputError as error:
            assert len(str(error).splitlines()) == 1  # noqa: PT017  # where it is raised


FIXTURES = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    deadline=None,
    max_examples=150,
)


@FIXTURES
@given(place=st.sampled_from(PLACES), value=NASTY)
def test_any_value_anywhere(file, place, value):
    use(file(changed(place, copy.copy(value))))


@FIXTURES
@given(data=st.data())
def test_any_bytes_anywhere(file, data):
    path = file(training())
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(
            st.integers(0, 255)
        )
    cut = data.draw(st.one_of(st.none(), st.integers(0, len(content))))
    path.write_bytes(content[:cut])
    use(path)
