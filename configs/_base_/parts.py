# Training on face parts, shared by U-Net, SegNet and PSPNet: AdamW, cosine schedule,
# averaged weights, last epoch, and the losses.
_base_ = ['default_runtime.py', 'schedules/adam_cosine.py']

# registers the classes of mmsegmentation and of mmlandmark
default_scope = 'mmseg'
custom_imports = dict(
    imports=['mmlandmark.engine.register', 'mmlandmark.compat.face_parts'],
    allow_failed_imports=False,
)
default_hooks = dict(
    checkpoint=dict(save_best=None),
    visualization=dict(_delete_=True, type='SegVisualizationHook', draw=False),
)
visualizer = dict(
    _delete_=True,
    type='Visualizer',
    vis_backends=_base_.vis_backends,
    name='visualizer',
)
custom_hooks = _base_.custom_hooks + [
    dict(
        type='SyncedEMAHook',
        ema_type='mmpose.ExpMomentumEMA',
        momentum=0.005,  # averages about the last 200 steps
        gamma=100,  # a shorter average at the start of the training
        update_buffers=True,
    ),
]
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')
val_evaluator = dict(type='PartOverlap')
test_evaluator = dict(type='PartOverlap')

optim_wrapper = dict(
    optimizer=dict(_delete_=True, type='AdamW', lr=2e-3, weight_decay=0.01)
)

preprocessor = dict(
    type='SegDataPreProcessor',
    mean=[123.675, 116.28, 103.53],
    std=[58.395, 57.12, 57.375],
    bgr_to_rgb=True,
    pad_val=0,
    seg_pad_val=255,  # padding is ignored in the loss
)
# eyes are one percent of the pixels: without class weights, which a data set adds, small
# parts are not found for hundreds of steps; the Lovasz loss (Berman et al., CVPR 2018) is a
# surrogate of the IoU of each part
losses = [
    dict(type='WeightedCrossEntropy', loss_weight=1.0),
    dict(type='LovaszLoss', reduction='none', loss_weight=1.0),
]
