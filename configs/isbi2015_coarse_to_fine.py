# Second stage for configs/isbi2015_hrnetv2.py: a small U-Net refines each point in a crop.
#   python tools/train.py configs/isbi2015_hrnetv2.py --bf16
#   python tools/train.py configs/isbi2015_coarse_to_fine.py --bf16
_base_ = ['isbi2015_hrnetv2.py']

input_size = (512, 640)  # 0.375 mm per pixel; the detector receives half the resolution
codec = dict(
    type='MSRAHeatmap',
    input_size=(96, 96),  # size of a crop: 36 mm
    heatmap_size=(48, 48),
    sigma=1,
    unbiased=True,
    blur_kernel_size=5,
)
model = dict(
    _delete_=True,
    type='CoarseToFineEstimator',
    data_preprocessor=_base_.model.data_preprocessor,
    detector=_base_.model,
    detector_checkpoint='work_dirs/isbi2015_hrnetv2',  # its best checkpoint
    shift=6.5,  # pixels of the input: 2.5 mm; the mean error of the detector is 1.4 mm
    rotate=20.0,
    scale=1.2,
    backbone=dict(type='ResidualUNet', channels=(32, 64, 96, 128)),
    head=dict(
        type='CropHeatmapHead',
        in_channels=32,
        scheme=_base_.scheme,
        decoder=codec,
        loss=dict(type='HeatmapCrossEntropyLoss', use_target_weight=True),
    ),
    test_cfg=dict(flip_test=False),
)

max_epochs = 80  # epochs of 30 steps
train_cfg = dict(max_epochs=max_epochs, val_interval=10)
optim_wrapper = dict(
    optimizer=dict(_delete_=True, type='AdamW', lr=2e-3, weight_decay=1e-4)
)
param_scheduler = _base_.param_scheduler
param_scheduler[1]['T_max'] = max_epochs
custom_hooks = _base_.custom_hooks
custom_hooks[-1]['momentum'] = 0.002  # averages about the last 500 steps

# the model shifts, rotates and scales each crop
train_pipeline = [
    dict(type='LoadLandmarkImage'),
    dict(type='GetBBoxCenterScale', padding=1.0),
    dict(type='TopdownAffine', input_size=input_size),
    dict(type='RandomIntensity', gamma=1.6, contrast=1.4, brightness=30, prob=0.8),
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
train_dataloader = dict(batch_size=4, dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
