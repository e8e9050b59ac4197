# Points and depth of 68 points: the input of a second EfficientNet-Lite0 is the image and
# heatmaps of the points of face3d_lite0_points.py.
#   mmlandmark train configs/face3d_lite0.py --data AFLW2000-3D --bf16 --cfg-options \
#       model.detector_checkpoint=work_dirs/face3d_lite0_points_AFLW2000-3D/epoch_60.pth
_base_ = 'face3d_lite0_points.py'

load_from = _base_.pretrained  # with zeros for the heatmaps
detector = _base_.model
model = dict(
    _delete_=True,
    type='DepthEstimator',
    detector=detector,
    detector_checkpoint='work_dirs/face3d_lite0_points/epoch_60.pth',
    sigma=2.0,
    data_preprocessor=detector.data_preprocessor,
    backbone=dict(type='EfficientNetLite', out_indices=(5,), in_channels=3 + 68),
    head=dict(type='DepthHead', in_channels=192, scheme=_base_.scheme),
)
train_pipeline = _base_.train_pipeline
train_pipeline.insert(-2, dict(type='LabelDepth'))
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
