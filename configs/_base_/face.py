# A training on faces: Adam and a cosine, the average of the weights, the last epoch kept.
_base_ = [
    'default_runtime.py',
    'datasets/face_300w.py',
    'schedules/adam_cosine.py',
]

find_boxes = 'face'  # in images that come without
train_cfg = dict(val_interval=5)
custom_hooks = _base_.custom_hooks + [
    dict(
        type='SyncedEMAHook',
        ema_type='ExpMomentumEMA',
        momentum=0.005,  # of about the last 200 steps
        gamma=100,  # follows the fast beginning
        update_buffers=True,
    ),
]
default_hooks = dict(checkpoint=dict(save_best=None))
