# The second stage for tests/tiny.py: a training of seconds.
_base_ = ['tiny.py']

model = dict(
    _delete_=True,
    type='ShapeRefinedEstimator',
    detector=_base_.model,
    scheme=_base_.scheme,
    refiner=dict(width=16),
)
custom_hooks = [*_base_.custom_hooks, dict(type='MeasureErrorsHook')]
train_dataloader = dict(num_workers=0, dataset=dict(pipeline=[dict(type='PackShape')]))
