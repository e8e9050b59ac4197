# 2D-FAN as published: four hourglasses, 300W-LP.
#   python tools/train.py configs/fan2d_300wlp.py --data data/300W_LP
_base_ = '_base_/fan.py'

_dataset = dict(type='FaceDataset', layout='300wlp', data_root='data/300W_LP')
train_dataloader = dict(
    dataset=dict(split='train', pipeline=_base_.train_pipeline, **_dataset)
)
_tested = dict(pipeline=_base_.test_pipeline, test_mode=True, **_dataset)
val_dataloader = dict(dataset=dict(split='val', **_tested))
test_dataloader = dict(dataset=dict(split='test', **_tested))
