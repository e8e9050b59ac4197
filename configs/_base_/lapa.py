# LaPa: the schedule of every network.
_base_ = ['parts.py', 'datasets/lapa.py']

max_epochs = 40  # of 1136 steps
train_cfg = dict(max_epochs=max_epochs, val_interval=2)
param_scheduler = _base_.param_scheduler
param_scheduler[1]['T_max'] = max_epochs
