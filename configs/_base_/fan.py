# FAN as published (Bulat and Tzimiropoulos, ICCV 2017): its crop at 256x256, its
# augmentation, RMSprop in three steps, the squared error on the heatmaps of each hourglass.
# A config adds the data.
_base_ = ['default_runtime.py', 'datasets/loaders.py']

scheme = 'ibug68'
input_size = (256, 256)
find_boxes = 'face'  # faces are detected in images without boxes

model = dict(
    type='TopdownPoseEstimator',
    data_preprocessor=dict(
        type='PoseDataPreprocessor', mean=[0.0], std=[255.0], bgr_to_rgb=True
    ),
    backbone=dict(type='FAN', scheme=scheme, num_stacks=4),
    head=dict(
        type='StackedHeatmapHead',
        scheme=scheme,
        subpixel=False,
        loss=dict(type='KeypointMSELoss', use_target_weight=True),
        decoder=dict(
            type='FANHeatmap',
            input_size=input_size,
            heatmap_size=(64, 64),
            sigma=1.75,  # as in the published code
            decoding='quarter',
        ),
    ),
    # shifted by one heatmap pixel; without it a flipped heatmap is off by three quarters
    test_cfg=dict(flip_test=True, flip_mode='heatmap', shift_heatmap=True),
)

_labels = dict(type='RegressionLabel', input_size=input_size)
train_pipeline = [
    dict(type='LoadLandmarkImage'),
    dict(type='GetReferenceCrop'),
    dict(type='RandomFlip', direction='horizontal'),
    dict(
        type='RandomBBoxTransform',
        shift_prob=0.0,
        scale_factor=(0.8, 1.2),
        scale_prob=1.0,
        rotate_factor=50,
        rotate_prob=1.0,
    ),
    dict(type='TopdownAffine', input_size=input_size),
    dict(type='PhotometricDistortion'),
    # up to two rectangles of a quarter of the crop: half of the face
    dict(
        type='mmdet.CutOut', n_holes=(0, 2), cutout_ratio=[(0.15, 0.15), (0.25, 0.25)]
    ),
    dict(type='GenerateTarget', encoder=_labels),
    dict(type='PackLandmarkInputs'),
]
test_pipeline = [
    dict(type='LoadLandmarkImage'),
    dict(type='GetReferenceCrop'),
    dict(type='TopdownAffine', input_size=input_size),
    dict(type='PackLandmarkInputs'),
]

train_dataloader = dict(batch_size=10)
val_dataloader = dict(batch_size=32)
test_dataloader = dict(batch_size=32)
# normaliser and threshold of the tables in the FAN paper
_measured = dict(type='FaceError', scheme=scheme, norm='box_sqrt', thresholds=(0.07,))
val_evaluator = _measured
test_evaluator = _measured

max_epochs = 40
train_cfg = dict(max_epochs=max_epochs, val_interval=5)
default_hooks = dict(checkpoint=dict(save_best=None))  # last epoch
optim_wrapper = dict(type='OptimWrapper', optimizer=dict(type='RMSprop', lr=1e-4))
# 1e-4, 1e-5 and 1e-6
param_scheduler = [
    dict(type='MultiStepLR', milestones=[15, 30], gamma=0.1, by_epoch=True)
]
