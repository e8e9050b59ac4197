import pytest

from mmlandmark import InputError
from mmlandmark.formats.common.splits import split_named


@pytest.mark.parametrize(
    ('text', 'split'),
    [
        ('train', 'train'),
        ('Training', 'train'),
        ('TRAIN', 'train'),
        ('person_keypoints_train2017', 'train'),
        ('TrainingData', 'train'),
        ('trainset', 'train'),
        ('val', 'val'),
        ('valid', 'val'),
        ('validation', 'val'),
        ('Dev', 'val'),
        ('instances-val2017', 'val'),
        ('test', 'test'),
        ('Testing', 'test'),
        ('Test1Data', 'test'),
        ('testset', 'test'),
        ('', None),
        ('default', None),
        ('trainval', None),
        ('constrained', None),
        ('contest', None),
        ('valley', None),
    ],
)
def test_words_for_splits(text, split):
    assert split_named(text) == split


def test_a_name_of_two_splits_is_refused():
    with pytest.raises(InputError, match=r'names two splits, train and te'):
        split_named('train_or_test')
