# Data loaders with two workers each. A config adds the datasets and the batch sizes.
train_dataloader = dict(
    num_workers=2,
    persistent_workers=False,  # workers are seeded by the number of the epoch
    worker_init_fn=dict(type='seed_worker'),
    sampler=dict(type='DefaultSampler', shuffle=True),
)
val_dataloader = dict(
    num_workers=2,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
)
test_dataloader = dict(
    num_workers=2,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
)
