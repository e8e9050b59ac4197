# 2D-FAN on 300-W after hhj1897/fan_training: two hourglasses, sub-pixel targets, a loss of
# the distance of the points, and decoding by centroids.
#   python tools/train.py configs/fan2d_300w.py
_base_ = '_base_/fan.py'

model = dict(
    backbone=dict(num_stacks=2),
    head=dict(
        subpixel=True,
        distance_weight=0.01,
        decoder=dict(sigma=1, decoding='centroid'),
    ),
)

_dataset = dict(type='FaceDataset', layout='300w', data_root='data/300w')
train_dataloader = dict(
    batch_size=32,
    dataset=dict(split='train', pipeline=_base_.train_pipeline, **_dataset),
)
_tested = dict(pipeline=_base_.test_pipeline, test_mode=True, **_dataset)
val_dataloader = dict(dataset=dict(split='val', **_tested))
test_dataloader = dict(dataset=dict(split='common', **_tested))

train_cfg = dict(max_epochs=60)
optim_wrapper = dict(optimizer=dict(lr=5e-4, momentum=0.9))
param_scheduler = [dict(type='StepLR', step_size=8, gamma=0.7, by_epoch=True)]
