# FASSEG: the schedule of every network.
_base_ = ['parts.py', 'datasets/fasseg.py']

max_epochs = 100  # of 9 steps
train_cfg = dict(max_epochs=max_epochs, val_interval=5)
param_scheduler = _base_.param_scheduler
param_scheduler[0]['end'] = 30  # steps, a thirtieth
param_scheduler[1]['T_max'] = max_epochs
