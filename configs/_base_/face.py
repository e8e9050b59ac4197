# Training on faces: Adam, cosine schedule, averaged weights, last epoch.
_base_ = [
    'default_runtime.py',
    'datasets/face_300w.py',
    'schedules/adam_cosine.py',
]

find_boxes = 'face'  # faces are detected in images without boxes
train_cfg = dict(val_interval=5)
custom_hooks = _base_.custom_hooks + [
    dict(
        type='SyncedEMAHook',
        ema_type='ExpMomentumEMA',
        momentum=0.005,  # averages about the last 200 steps
        gamma=100,  # a shorter average at the start of the training
        update_buffers=True,
    ),
]
default_hooks = dict(checkpoint=dict(save_best=None))
