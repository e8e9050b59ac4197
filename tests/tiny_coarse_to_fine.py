# A second stage for tests/tiny.py, trained within seconds.
_base_ = ['tiny.py']

input_size = (128, 128)  # twice the detector's
codec = dict(
    type='MSRAHeatmap',
    input_size=(32, 32),
    heatmap_size=(16, 16),
    sigma=1,
    unbiased=True,
    blur_kernel_size=5,
)
model = dict(
    _delete_=True,
    type='CoarseToFineEstimator',
    data_preprocessor=_base_.model.data_preprocessor,
    detector=_base_.model,
    backbone=dict(type='ResidualUNet', channels=(16, 16)),
    head=dict(
        type='CropHeatmapHead',
        in_channels=16,
        scheme=_base_.scheme,
        decoder=codec,
        loss=dict(type='HeatmapCrossEntropyLoss', use_target_weight=True),
    ),
    test_cfg=dict(flip_test=False),
)
train_pipeline = [
    dict(type='LoadLandmarkImage'),
    dict(type='GetBBoxCenterScale', padding=1.0),
    dict(type='TopdownAffine', input_size=input_size),
    dict(
        type='GenerateTarget',
        encoder=dict(type='RegressionLabel', input_size=input_size),
    ),
    dict(type='PackLandmarkInputs'),
]
test_pipeline = [
    dict(type='LoadLandmarkImage'),
    dict(type='GetBBoxCenterScale', padding=1.0),
    dict(type='TopdownAffine', input_size=input_size),
    dict(type='PackLandmarkInputs'),
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
