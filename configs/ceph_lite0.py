# Lateral heads in two stages, both with EfficientNet-Lite0 from ImageNet: the recommended
# recipe for radiographs and photographs of your own.
#   python tools/train.py configs/ceph_lite0_detector.py --bf16
#   python tools/train.py configs/ceph_lite0.py --bf16
_base_ = ['isbi2015_coarse_to_fine.py', '_base_/models/lite0.py']

canonical_view = True
input_size = (672, 864)  # 0.288 mm per pixel for a radiograph of 1935x2400 at 0.1 mm
codec = dict(
    type='MSRAHeatmap',
    input_size=(128, 128),  # size of a crop: 37 mm
    heatmap_size=(64, 64),
    sigma=1.25,
    unbiased=True,
    blur_kernel_size=5,
)
model = dict(
    detector=dict(_delete_=True, **_base_.lite0),
    detector_checkpoint='work_dirs/ceph_lite0_detector',  # its best checkpoint
    shift=8.0,  # pixels of the input: 2.3 mm
    rotate=20.0,
    scale=1.2,
    backbone=dict(
        _delete_=True,
        type='EfficientNetLite',
        out_indices=(0, 1, 2, 4),
        init_cfg=dict(type='Pretrained', checkpoint=_base_.pretrained),
    ),
    neck=dict(
        type='TopDownNeck',
        in_channels=(16, 24, 40, 112),
        channels=(32, 48, 64, 96),
        scheme=_base_.scheme,
    ),
    head=dict(decoder=codec),
)

max_epochs = 30  # epochs of 30 steps
train_cfg = dict(max_epochs=max_epochs, val_interval=10)
optim_wrapper = dict(
    paramwise_cfg=dict(custom_keys=dict(backbone=dict(lr_mult=0.5))),
)
param_scheduler = _base_.param_scheduler
param_scheduler[1]['T_max'] = max_epochs
custom_hooks = _base_.custom_hooks
custom_hooks[-1]['momentum'] = 0.005

# changes by scanners, screens and messengers
_degraded = [
    dict(type='RandomLabels', prob=0.4),
    dict(type='RandomBlur', sigma=0.003, side=250, prob=0.3),
    dict(type='RandomIntensity', gamma=2.5, contrast=3, brightness=30, noise=25),
    dict(type='RandomCompression', prob=0.4),
]
train_pipeline = _base_.train_pipeline
train_pipeline[2].update(input_size=input_size)
train_pipeline[3] = dict(
    type='RandomChoice', transforms=[[train_pipeline[3]], _degraded], prob=[0.6, 0.4]
)
train_pipeline[4]['encoder'].update(input_size=input_size)
test_pipeline = _base_.test_pipeline
test_pipeline[2].update(input_size=input_size)
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
