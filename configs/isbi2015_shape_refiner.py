# A second stage for configs/isbi2015_hrnetv2.py: a perceptron that refines its points from
# how they lie to one another (in the manner of Takahashi et al., Sci Rep 2023).
#   python tools/train.py configs/isbi2015_hrnetv2.py --bf16
#   python tools/train.py configs/isbi2015_shape_refiner.py
_base_ = ['isbi2015_hrnetv2.py']

model = dict(
    _delete_=True,
    type='ShapeRefinedEstimator',
    detector=_base_.model,
    detector_checkpoint='work_dirs/isbi2015_hrnetv2',  # its best
    scheme=_base_.scheme,
    # 120 shapes are few: with less dropout, or wider, it learns them by heart
    refiner=dict(width=128, depth=2, dropout=0.5),
    rotate=30.0,
    draws=20,
)

max_epochs = 80  # of 5 steps
# validated once, the last epoch is kept: the errors that training draws are those on the
# validation images, so they cannot choose the epoch
train_cfg = dict(max_epochs=max_epochs, val_interval=max_epochs)
param_scheduler = _base_.param_scheduler
param_scheduler[1]['T_max'] = max_epochs
# the last of the base's averages weights: the cosine does as much for so small a network
custom_hooks = _base_.custom_hooks[:-1] + [dict(type='MeasureErrorsHook')]
default_hooks = dict(checkpoint=dict(interval=20))

train_dataloader = dict(
    batch_size=24,
    num_workers=0,  # points alone are read faster than a worker starts
    dataset=dict(pipeline=[dict(type='PackShape')]),
)
