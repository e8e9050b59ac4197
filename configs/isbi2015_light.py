# A light detector of radiographs: the first stage of isbi2015_coarse_to_fine_light.py.
#   python tools/train.py configs/isbi2015_light.py --bf16
_base_ = ['isbi2015_hrnetv2.py', '_base_/models/light_unet.py']

model = dict(_delete_=True, **_base_.light)

# without the UDP of the base, which suits strided convolutions less; slightly wider
# rotation and scaling
train_pipeline = [
    dict(type='LoadLandmarkImage'),
    dict(type='GetBBoxCenterScale', padding=1.0),
    dict(
        type='RandomBBoxTransform',
        shift_factor=0.05,
        shift_prob=1.0,
        scale_factor=(0.85, 1.15),
        rotate_factor=15,
        rotate_prob=1.0,
    ),
    dict(type='TopdownAffine', input_size=_base_.input_size),
    dict(type='RandomIntensity'),
    dict(type='GenerateTarget', encoder=_base_.light.head.decoder),
    dict(type='PackLandmarkInputs'),
]
test_pipeline = [
    dict(type='LoadLandmarkImage'),
    dict(type='GetBBoxCenterScale', padding=1.0),
    dict(type='TopdownAffine', input_size=_base_.input_size),
    dict(type='PackLandmarkInputs'),
]
train_dataloader = dict(dataset=dict(ann_file='trainval.json', pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))

# trained on all 150 images; the last epoch is used
train_cfg = dict(val_interval=_base_.max_epochs)
