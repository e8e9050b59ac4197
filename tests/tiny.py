# The photograph recipe on the smallest HRNet and 64x64 pictures: for tests.
_base_ = ['../configs/ceph_hrnetv2_demo.py']

input_size = (64, 64)
codec = dict(type='UDPHeatmap', input_size=input_size, heatmap_size=(16, 16), sigma=1)
model = dict(
    backbone=dict(
        extra=dict(
            stage1=dict(num_blocks=(1,), num_channels=(8,)),
            stage2=dict(num_blocks=(1, 1), num_channels=(4, 8)),
            # branches, but no blocks on them: each takes seconds to export
            stage3=dict(num_modules=0, num_channels=(4, 8, 16)),
            stage4=dict(num_modules=0, num_channels=(4, 8, 16, 32)),
        )
    ),
    head=dict(in_channels=60, conv_out_channels=(60,), decoder=codec),
)
max_epochs = 2
train_cfg = dict(max_epochs=max_epochs, val_interval=1)
default_hooks = dict(checkpoint=dict(interval=1))

train_pipeline = [
    dict(type='LoadLandmarkImage'),
    dict(type='GetBBoxCenterScale', padding=1.0),
    dict(type='RandomBBoxTransform', rotate_factor=20),
    dict(type='TopdownAffine', input_size=input_size, use_udp=True),
    dict(type='RandomIntensity'),
    dict(type='GenerateTarget', encoder=codec),
    dict(type='PackLandmarkInputs'),
]
test_pipeline = [
    dict(type='LoadLandmarkImage'),
    dict(type='GetBBoxCenterScale', padding=1.0),
    dict(type='TopdownAffine', input_size=input_size, use_udp=True),
    dict(type='PackLandmarkInputs'),
]
train_dataloader = dict(batch_size=4, dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(batch_size=4, dataset=dict(pipeline=test_pipeline))
test_dataloader = dict(batch_size=4, dataset=dict(pipeline=test_pipeline))
