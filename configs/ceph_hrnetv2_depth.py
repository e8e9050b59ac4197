# configs/ceph_hrnetv2.py with a depth map as fourth channel: AFLW weights for the colours,
# initially zero weights for the depth. For data with the column depth_feature.
#   python tools/prepare_data.py photo-pickle --src data/FILE.pkl --out data/photo
#   python tools/train.py configs/ceph_hrnetv2_depth.py
_base_ = ['ceph_hrnetv2.py']

model = dict(
    data_preprocessor=dict(
        type='DepthDataPreprocessor',
        # the base's red, green and blue; depth spans 0..255 in every image
        mean=[123.675, 116.28, 103.53, 127.5],
        std=[58.395, 57.12, 57.375, 64.0],
    ),
    backbone=dict(in_channels=4),
)

train_pipeline = [
    dict(type='LoadLandmarkImage'),
    # before the depth, as it expects three channels
    dict(type='PhotometricDistortion'),
    dict(type='LoadDepth'),
    dict(type='GetBBoxCenterScale', padding=1.0),
    dict(
        type='RandomBBoxTransform',
        shift_factor=0.1,
        shift_prob=1.0,
        scale_factor=(0.8, 1.2),
        rotate_factor=20,
        rotate_prob=1.0,
    ),
    dict(type='TopdownAffine', input_size=_base_.input_size, use_udp=True),
    dict(type='GenerateTarget', encoder=_base_.codec),
    dict(type='PackLandmarkInputs'),
]
test_pipeline = [
    dict(type='LoadLandmarkImage'),
    dict(type='LoadDepth'),
    dict(type='GetBBoxCenterScale', padding=1.0),
    dict(type='TopdownAffine', input_size=_base_.input_size, use_udp=True),
    dict(type='PackLandmarkInputs'),
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
