# ISBI 2015 radiographs, 19 points: whole images 256x320, HRNetV2-W18 from random weights.
#   mmlandmark prepare isbi2015 --src FOLDER --out data/isbi2015 --max-side 640
#   python tools/train.py configs/isbi2015_hrnetv2.py --bf16
_base_ = [
    '_base_/default_runtime.py',
    '_base_/models/hrnetv2_w18.py',
    '_base_/datasets/cephalometric.py',
    '_base_/schedules/adam_cosine.py',
]

scheme = 'isbi19'
data_root = 'data/isbi2015/'

input_size = (256, 320)  # width, height: about the aspect ratio of 1935x2400
codec = dict(
    type='UDPHeatmap',
    input_size=input_size,
    heatmap_size=(64, 80),
    # heatmap pixels of 3 mm. With the cross-entropy a wider target has little information
    # on the position within a pixel: sigma 2 stayed at 1.83 mm on 121-150
    sigma=1,
)
model = dict(head=dict(scheme=scheme, decoder=codec))

max_epochs = 60  # epochs of 15 steps: 30 minutes on 2 CPU cores with bf16
train_cfg = dict(max_epochs=max_epochs, val_interval=4)
param_scheduler = _base_.param_scheduler
param_scheduler[1]['T_max'] = max_epochs
custom_hooks = _base_.custom_hooks + [
    # averages the weights and BatchNorm statistics of about the last 100 steps; gamma
    # shortens the average at the start of the training
    dict(
        type='SyncedEMAHook',
        ema_type='ExpMomentumEMA',
        momentum=0.01,
        gamma=100,
        update_buffers=True,
    ),
]
default_hooks = dict(checkpoint=dict(interval=10))

train_pipeline = [
    dict(type='LoadLandmarkImage'),
    dict(type='GetBBoxCenterScale', padding=1.0),  # the box is the whole image
    # heads are positioned by ear rods: they shift, scale and tilt little
    dict(
        type='RandomBBoxTransform',
        shift_factor=0.05,
        shift_prob=1.0,
        scale_factor=(0.9, 1.1),
        rotate_factor=12,
        rotate_prob=1.0,
    ),
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

dataset = dict(scheme=scheme, data_root=data_root)
train_dataloader = dict(batch_size=8, dataset=dict(pipeline=train_pipeline, **dataset))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline, **dataset))
test_dataloader = dict(
    dataset=dict(ann_file='test1.json', pipeline=test_pipeline, **dataset)
)
