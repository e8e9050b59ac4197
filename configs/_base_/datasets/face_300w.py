# 300-W in its published layout, with a validation split of its training faces; 68 points in
# crops 1.25 times the box. A config may set another `box` or `split`.
_base_ = 'loaders.py'

scheme = 'ibug68'
input_size = (128, 128)

# relative to the crop, for regression and for PointHeatmapHead
_labels = dict(type='RegressionLabel', input_size=input_size)
train_pipeline = [
    dict(type='LoadLandmarkImage'),
    dict(type='GetBBoxCenterScale', padding=1.25),
    dict(type='RandomFlip', direction='horizontal'),
    # the range of detector errors and of head tilt
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
    batch_size=32, dataset=dict(split='train', pipeline=train_pipeline, **_dataset)
)
_tested = dict(pipeline=test_pipeline, test_mode=True, **_dataset)
val_dataloader = dict(batch_size=32, dataset=dict(split='val', **_tested))
test_dataloader = dict(batch_size=32, dataset=dict(split='common', **_tested))
val_evaluator = dict(type='FaceError', scheme=scheme)
test_evaluator = dict(type='FaceError', scheme=scheme)
