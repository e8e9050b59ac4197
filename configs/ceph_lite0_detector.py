# Lateral heads, first stage of ceph_lite0.py: EfficientNet-Lite0 from ImageNet on the whole
# image. Half of the training images are mirrored, rotated by any angle, negative, bordered,
# labelled, or of another scale, so that it finds a head in any radiograph.
#   mmlandmark prepare isbi2015 --src FOLDER --out data/isbi2015 --max-side 960
#   python tools/train.py configs/ceph_lite0_detector.py --bf16
# The first stage of ceph19 was trained a second time with --load-from its best checkpoint.
_base_ = ['isbi2015_hrnetv2.py', '_base_/models/lite0.py']

canonical_view = True  # mmlandmark calibrate fits the canonical view of the images
input_size = (224, 288)
model = dict(
    _delete_=True,
    data_preprocessor=_base_.model.data_preprocessor,
    **_base_.lite0,
)
model['backbone']['init_cfg'] = dict(type='Pretrained', checkpoint=_base_.pretrained)

max_epochs = 60  # epochs of 15 steps
train_cfg = dict(max_epochs=max_epochs, val_interval=10)
optim_wrapper = dict(
    optimizer=dict(_delete_=True, type='AdamW', lr=2e-3, weight_decay=1e-4),
    paramwise_cfg=dict(custom_keys=dict(backbone=dict(lr_mult=0.5))),
)
param_scheduler = _base_.param_scheduler
param_scheduler[1]['T_max'] = max_epochs

_as_expected = [
    dict(
        type='RandomBBoxTransform',
        shift_factor=0.05,
        shift_prob=1.0,
        scale_factor=(0.85, 1.15),
        rotate_factor=15,
        rotate_prob=1.0,
    ),
    dict(type='TopdownAffine', input_size=input_size),
    dict(type='RandomCollimation', prob=0.2),
    dict(type='RandomLabels', prob=0.2),
    dict(type='RandomIntensity', gamma=2, contrast=1.6, noise=15),
]
_wide = [
    dict(type='RandomFlip', prob=0.5, direction='horizontal'),
    dict(
        type='RandomBBoxTransform',
        shift_factor=0.15,
        shift_prob=1.0,
        scale_factor=(0.45, 2.6),  # a large factor makes the head small
        scale_prob=1.0,
        rotate_factor=180,
        rotate_prob=0.6,
    ),
    dict(type='TopdownAffine', input_size=input_size),
    dict(type='RandomCollimation', prob=0.5),
    dict(type='RandomLabels', prob=0.4),
    dict(type='RandomIntensity', gamma=2.5, contrast=2, noise=15, invert=0.3),
]
train_pipeline = [
    dict(type='LoadLandmarkImage'),
    dict(type='RandomBorder'),
    dict(type='GetBBoxCenterScale', padding=1.0),  # the box is the whole image
    dict(type='RandomChoice', transforms=[_as_expected, _wide]),
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
