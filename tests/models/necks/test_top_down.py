import torch

from mmlandmark.models import TopDownNeck


def features(batch):
    return torch.rand(batch, 4, 16, 16), torch.rand(batch, 6, 8, 8)


def test_the_output_has_the_size_of_the_finest_features():
    (found,) = TopDownNeck((4, 6), (8, 10))(features(2))
    assert found.shape == (2, 8, 16, 16)


def test_each_point_has_its_own_features_of_the_same_crop():
    torch.manual_seed(0)
    neck = TopDownNeck((4, 6), (8, 10), scheme='isbi19').eval()
    fine, coarse = (x.expand(38, -1, -1, -1) for x in features(1))
    (found,) = neck((fine, coarse))
    first, second = found[:19], found[19:]
    torch.testing.assert_close(first, second)  # the same point of the next image
    assert (first[0] - first[1]).abs().max() > 1e-3
