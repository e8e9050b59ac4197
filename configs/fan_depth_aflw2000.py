# Depth of 68 points: the input is the image and heatmaps of the points of a 3D-FAN.
# ResNet-18; the authors of FAN used ResNet-152 (--cfg-options model.backbone.depth=152).
#   python tools/train.py configs/fan3d_aflw2000_light.py --bf16
#   python tools/train.py configs/fan_depth_aflw2000.py --bf16
_base_ = 'fan3d_aflw2000_light.py'

detector = _base_.model
model = dict(
    _delete_=True,
    type='DepthEstimator',
    detector=detector,
    detector_checkpoint='work_dirs/fan3d_aflw2000_light/epoch_40.pth',
    sigma=1.6,  # half of the published value: the crop is half of 256x256
    data_preprocessor=detector.data_preprocessor,
    backbone=dict(type='ResNet', depth=18, in_channels=3 + 68),
    head=dict(type='DepthHead', in_channels=512, scheme=_base_.scheme),
)

train_pipeline = _base_.train_pipeline
train_pipeline.insert(-2, dict(type='LabelDepth'))
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
load_from = None
