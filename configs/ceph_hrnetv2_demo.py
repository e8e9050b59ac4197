# configs/ceph_hrnetv2.py reduced to minutes on two CPU cores: a quarter of the pixels, no
# download, a few epochs. For demonstration, not for results.
_base_ = ['ceph_hrnetv2.py']

load_from = None
input_size = (128, 128)
codec = dict(
    type='UDPHeatmap',
    input_size=input_size,
    heatmap_size=(32, 32),
    # a heatmap pixel is 7 pixels of the photograph, so the target must be sharp
    sigma=2 / 3,
)
model = dict(head=dict(decoder=codec))

max_epochs = 10
train_cfg = dict(max_epochs=max_epochs, val_interval=2)
optim_wrapper = dict(optimizer=dict(lr=2e-3))  # a high learning rate for few steps
param_scheduler = _base_.param_scheduler
param_scheduler[0]['end'] = 30
param_scheduler[1]['T_max'] = max_epochs
default_hooks = dict(checkpoint=dict(interval=5))

train_pipeline = [
    dict(type='LoadLandmarkImage'),
    dict(type='GetBBoxCenterScale', padding=1.0),
    dict(
        type='RandomBBoxTransform',
        # half the augmentation of the base, as there are few epochs
        shift_factor=0.05,
        shift_prob=1.0,
        scale_factor=(0.9, 1.1),
        rotate_factor=10,
        rotate_prob=1.0,
    ),
    dict(type='TopdownAffine', input_size=input_size, use_udp=True),
    dict(type='PhotometricDistortion'),
    dict(type='GenerateTarget', encoder=codec),
    dict(type='PackLandmarkInputs'),
]
test_pipeline = [
    dict(type='LoadLandmarkImage'),
    dict(type='GetBBoxCenterScale', padding=1.0),
    dict(type='TopdownAffine', input_size=input_size, use_udp=True),
    dict(type='PackLandmarkInputs'),
]
train_dataloader = dict(batch_size=12, dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
