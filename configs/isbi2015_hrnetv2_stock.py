# Baseline of the comparison: the same network and input, trained like MMPose's HRNetV2
# configs: float32, squared error, wide targets, no averaged weights, no intensity
# augmentation. Dataset and metric are those of mmlandmark, which MMPose lacks.
#   python tools/train.py configs/isbi2015_hrnetv2_stock.py
_base_ = ['isbi2015_hrnetv2.py']

input_size = (256, 320)
codec = dict(type='UDPHeatmap', input_size=input_size, heatmap_size=(64, 80), sigma=2)
model = dict(
    head=dict(
        _delete_=True,
        type='HeatmapHead',
        in_channels=270,
        out_channels=19,
        deconv_out_channels=None,
        conv_out_channels=(270,),
        conv_kernel_sizes=(1,),
        loss=dict(type='KeypointMSELoss', use_target_weight=True),
        decoder=codec,
    )
)
max_epochs = 30  # epochs of 15 steps on all 150 images; the last one is used
train_cfg = dict(max_epochs=max_epochs, val_interval=max_epochs)
param_scheduler = _base_.param_scheduler
param_scheduler[1]['T_max'] = max_epochs
custom_hooks = [
    dict(type='SyncBuffersHook'),
    dict(type='SeedEpochHook'),
    dict(type='ValidateOnResumeHook'),
]

train_pipeline = [
    dict(type='LoadImage'),
    dict(type='GetBBoxCenterScale', padding=1.0),
    dict(
        type='RandomBBoxTransform',
        shift_factor=0.05,
        shift_prob=1.0,
        scale_factor=(0.85, 1.15),
        rotate_factor=20,
        rotate_prob=1.0,
    ),
    dict(type='TopdownAffine', input_size=input_size, use_udp=True),
    dict(type='GenerateTarget', encoder=codec),
    dict(type='PackLandmarkInputs'),
]
train_dataloader = dict(
    batch_size=10, dataset=dict(ann_file='trainval.json', pipeline=train_pipeline)
)
