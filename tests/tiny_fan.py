# A FAN of seconds: the narrowest hourglass, 64x64 crops.
_base_ = '../configs/fan2d_300w_light.py'

model = dict(
    backbone=dict(width=64),
    head=dict(decoder=dict(input_size=(64, 64), heatmap_size=(16, 16))),
)
_label = dict(type='RegressionLabel', input_size=(64, 64))
train_pipeline = _base_.train_pipeline
train_pipeline[4].update(input_size=(64, 64))
train_pipeline[-2].update(encoder=_label)
test_pipeline = _base_.test_pipeline
test_pipeline[2].update(input_size=(64, 64))
train_dataloader = dict(
    batch_size=3, num_workers=0, dataset=dict(pipeline=train_pipeline)
)
val_dataloader = dict(num_workers=0, dataset=dict(pipeline=test_pipeline))
test_dataloader = dict(num_workers=0, dataset=dict(pipeline=test_pipeline))
train_cfg = dict(max_epochs=1)
