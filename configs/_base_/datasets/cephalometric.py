# How prepared lateral heads are loaded and measured. A config adds the scheme, the folder,
# the annotation files and the pipelines.
_dataset = dict(type='CephalometricDataset', data_prefix=dict(img='images/'))
train_dataloader = dict(
    batch_size=10,
    num_workers=2,
    persistent_workers=False,  # every epoch's workers are seeded by its number
    worker_init_fn=dict(type='seed_worker'),
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(ann_file='train.json', **_dataset),
)
val_dataloader = dict(
    batch_size=10,
    num_workers=2,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
    dataset=dict(ann_file='val.json', test_mode=True, **_dataset),
)
test_dataloader = dict(
    batch_size=10,
    num_workers=2,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
    dataset=dict(ann_file='test.json', test_mode=True, **_dataset),
)
val_evaluator = dict(type='RadialError')
test_evaluator = dict(type='RadialError')
