# 2D-to-3D-FAN as published: predicts the 3D points from the image and heatmaps of the 2D
# points. These are annotated in training and predicted by a trained 2D-FAN in inference.
#   python tools/train.py configs/fan2d_300wlp.py --data data/300W_LP
#   python tools/train.py configs/fan2d_to_3d_300wlp.py --data data/300W_LP
_base_ = 'fan3d_300wlp.py'

detector = _base_.model
model = dict(
    _delete_=True,
    type='HeatmapConditionedEstimator',
    detector=detector,
    detector_checkpoint='work_dirs/fan2d_300wlp_300W_LP/epoch_40.pth',
    data_preprocessor=detector.data_preprocessor,
    backbone=dict(type='FAN', scheme=_base_.scheme, num_stacks=4, in_channels=3 + 68),
    head=detector.head,
)

train_pipeline = _base_.train_pipeline
train_pipeline[3].update(rotate_factor=70, scale_factor=(0.7, 1.3))
train_pipeline.insert(-2, dict(type='LabelGuide'))
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
optim_wrapper = dict(optimizer=dict(lr=1e-3))
