# 19 points on lateral photographs: HRNetV2-W18 heatmaps fine-tuned from AFLW faces for
# 100 epochs; the best epoch by mean radial error on the val split is kept.
#   python tools/prepare_data.py photo-pickle --src data/FILE.pkl --out data/photo
#   python tools/train.py configs/ceph_hrnetv2.py
_base_ = [
    '_base_/default_runtime.py',
    '_base_/models/hrnetv2_w18.py',
    '_base_/datasets/cephalometric.py',
    '_base_/schedules/adam_cosine.py',
]

scheme = 'photo19'
data_root = 'data/photo/'
load_from = 'https://download.openmmlab.com/mmpose/face/hrnetv2/hrnetv2_w18_aflw_256x256-f2bbc62b_20210125.pth'

# the input size of the AFLW weights; photographs are 224x224
input_size = (256, 256)
codec = dict(type='UDPHeatmap', input_size=input_size, heatmap_size=(64, 64), sigma=1)
model = dict(head=dict(scheme=scheme, decoder=codec))

max_epochs = 100
train_cfg = dict(max_epochs=max_epochs)
param_scheduler = _base_.param_scheduler
param_scheduler[1]['T_max'] = max_epochs
optim_wrapper = dict(optimizer=dict(lr=5e-4))
custom_hooks = _base_.custom_hooks + [
    # MMEngine's default min_delta of 0.1 would ignore improvements below 0.1 px
    dict(
        type='ResumableEarlyStoppingHook',
        monitor='ceph/MRE_px',
        rule='less',
        min_delta=0.0,
        patience=30,
    ),
]

train_pipeline = [
    dict(type='LoadLandmarkImage'),
    dict(type='GetBBoxCenterScale', padding=1.0),  # the box is the whole photograph
    # no flip: all lateral heads face the same side, and there are no flip pairs
    dict(
        type='RandomBBoxTransform',
        shift_factor=0.1,
        shift_prob=1.0,
        scale_factor=(0.8, 1.2),
        rotate_factor=20,
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

dataset = dict(scheme=scheme, data_root=data_root)
train_dataloader = dict(dataset=dict(pipeline=train_pipeline, **dataset))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline, **dataset))
test_dataloader = dict(
    dataset=dict(ann_file='test.json', pipeline=test_pipeline, **dataset)
)
