# 68 points in photographs of faces: EfficientNet-Lite0 from ImageNet on 160x160 crops, with
# covered, blurred, dark, negative and compressed training faces. The recipe of face68,
# which was trained with it twice (checkpoints/README.md).
#   mmlandmark train configs/face_lite0.py --data 300w --bf16
_base_ = ['_base_/face.py', '_base_/models/lite0.py']

input_size = (160, 160)
model = dict(
    data_preprocessor=dict(
        type='PoseDataPreprocessor',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        bgr_to_rgb=True,
    ),
    **_base_.lite0,
)
model['backbone']['init_cfg'] = dict(type='Pretrained', checkpoint=_base_.pretrained)
model['head']['scheme'] = _base_.scheme
model['head']['decoder'].update(
    input_size=input_size,
    heatmap_size=(80, 80),
    # heatmap pixels of 2 crop pixels: 1/25 of the distance between the eyes
    sigma=1.5,
)

# flip test-time augmentation, chosen on val after 16 epochs: 4.11 becomes 3.86 %
model['test_cfg'] = dict(flip_test=True, flip_mode='heatmap', shift_heatmap=True)

max_epochs = 40  # epochs of 57 steps
train_cfg = dict(max_epochs=max_epochs, val_interval=8)
optim_wrapper = dict(
    optimizer=dict(_delete_=True, type='AdamW', lr=2e-3, weight_decay=1e-4),
    paramwise_cfg=dict(custom_keys=dict(backbone=dict(lr_mult=0.5))),
)
param_scheduler = _base_.param_scheduler
param_scheduler[1]['T_max'] = max_epochs

# errors like those of the boxes of YuNet, and sometimes larger ones
_framed = dict(
    type='RandomBBoxTransform',
    shift_factor=0.07,
    shift_prob=1.0,
    scale_factor=(0.85, 1.18),
    scale_prob=1.0,
    rotate_factor=30,
    rotate_prob=0.8,
)
_widely = {**_framed, 'shift_factor': 0.15, 'scale_factor': (0.7, 1.5)}
_widely.update(rotate_factor=60)
train_pipeline = [
    dict(type='LoadLandmarkImage'),
    dict(type='GetBBoxCenterScale', padding=1.25),
    dict(type='RandomFlip', direction='horizontal'),
    dict(type='RandomChoice', transforms=[[_framed], [_widely]], prob=[0.85, 0.15]),
    dict(type='TopdownAffine', input_size=input_size),
    dict(type='RandomOcclusion', prob=0.3),
    dict(type='YOLOXHSVRandomAug'),
    dict(
        type='RandomGrayscale',
        prob=0.15,
        keep_channels=True,
        channel_weights=(0.114, 0.587, 0.299),
    ),
    dict(type='RandomBlur', prob=0.25),
    dict(
        type='RandomIntensity',
        gamma=2.2,
        contrast=2.0,
        brightness=50,
        noise=25,
        prob=0.4,
        invert=0.05,
    ),
    dict(type='RandomCompression', quality=(5, 50), prob=0.2),
    dict(
        type='GenerateTarget',
        encoder=dict(type='RegressionLabel', input_size=input_size),
    ),
    dict(type='PackLandmarkInputs'),
]
test_pipeline = _base_.test_pipeline
test_pipeline[2].update(input_size=input_size)
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
