# A second stage for configs/isbi2015_hrnetv2.py: a perceptron that refines its points from
# their relative positions (following Takahashi et al., Sci Rep 2023).
#   python tools/train.py configs/isbi2015_hrnetv2.py --bf16
#   python tools/train.py configs/isbi2015_shape_refiner.py
_base_ = ['isbi2015_hrnetv2.py']

model = dict(
    _delete_=True,
    type='ShapeRefinedEstimator',
    detector=_base_.model,
    detector_checkpoint='work_dirs/isbi2015_hrnetv2',  # its best checkpoint
    scheme=_base_.scheme,
    # 120 shapes are few: with less dropout or more width it overfits
    refiner=dict(width=128, depth=2, dropout=0.5),
    rotate=30.0,
    draws=20,
)

max_epochs = 80  # epochs of 5 steps
# validated once, after the last epoch: the training uses the errors on the validation
# images, so these cannot choose the epoch
train_cfg = dict(max_epochs=max_epochs, val_interval=max_epochs)
param_scheduler = _base_.param_scheduler
param_scheduler[1]['T_max'] = max_epochs
# without the averaged weights of the base: the cosine schedule suffices here
custom_hooks = _base_.custom_hooks[:-1] + [dict(type='MeasureErrorsHook')]
default_hooks = dict(checkpoint=dict(interval=20))

train_dataloader = dict(
    batch_size=24,
    num_workers=0,  # reading points is faster than starting a worker
    dataset=dict(pipeline=[dict(type='PackShape')]),
)
