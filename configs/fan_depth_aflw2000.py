# Depth of 68 points from the image and heatmaps of the points of a trained 3D-FAN. The
# paper uses ResNet-152 instead of ResNet-18 (--cfg-options model.backbone.depth=152).
#   python tools/train.py configs/fan3d_aflw2000_light.py --bf16
#   python tools/train.py configs/fan_depth_aflw2000.py --bf16
_base_ = 'fan3d_aflw2000_light.py'

detector = _base_.model
model = dict(
    _delete_=True,
    type='DepthEstimator',
    detector=detector,
    detector_checkpoint='work_dirs/fan3d_aflw2000_light/epoch_40.pth',
    sigma=1.6,  # half the published value for half of its crop size
    data_preprocessor=detector.data_preprocessor,
    backbone=dict(type='ResNet', depth=18, in_channels=3 + 68),
    head=dict(type='DepthHead', in_channels=512, scheme=_base_.scheme),
)

train_pipeline = _base_.train_pipeline
train_pipeline.insert(-2, dict(type='LabelDepth'))
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
load_from = None
