# 300-W as it is published, a validation part drawn from its training faces; 68 points in
# crops of a quarter more than the box. A config may take another `box` or `split`.
scheme = 'ibug68'
input_size = (128, 128)

# as shares of the crop, for regression and for PointHeatmapHead
_labels = dict(type='RegressionLabel', input_size=input_size)
train_pipeline = [
    dict(type='LoadLandmarkImage'),
    dict(type='GetBBoxCenterScale', padding=1.25),
    dict(type='RandomFlip', direction='horizontal'),
    # as wide as boxes of detectors go astray, and heads tilt
    dict(
        type='RandomBBoxTransform',
        shift_factor=0.08,
        shift_prob=1.0,
        scale_factor=(0.8, 1.2),
        scale_prob=1.0,
        rotate_factor=40,
        rotate_prob=0.7,
    ),
    dict(type='TopdownAffine', input_size=input_size),
    dict(type='PhotometricDistortion'),
    dict(type='RandomIntensity'),
    dict(type='GenerateTarget', encoder=_labels),
    dict(type='PackLandmarkInputs'),
]
test_pipeline = [
    dict(type='LoadLandmarkImage'),
    dict(type='GetBBoxCenterScale', padding=1.25),
    dict(type='TopdownAffine', input_size=input_size),
    dict(type='PackLandmarkInputs'),
]

_dataset = dict(type='FaceDataset', layout='300w', data_root='data/300w')
train_dataloader = dict(
    batch_size=32,
    num_workers=2,
    persistent_workers=False,  # every epoch's workers are seeded by its number
    worker_init_fn=dict(type='seed_worker'),
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(split='train', pipeline=train_pipeline, **_dataset),
)
val_dataloader = dict(
    batch_size=32,
    num_workers=2,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
    dataset=dict(split='val', test_mode=True, pipeline=test_pipeline, **_dataset),
)
test_dataloader = dict(
    batch_size=32,
    num_workers=2,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
    dataset=dict(split='common', test_mode=True, pipeline=test_pipeline, **_dataset),
)
val_evaluator = dict(type='FaceError', scheme=scheme)
test_evaluator = dict(type='FaceError', scheme=scheme)
