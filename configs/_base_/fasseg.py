# FASSEG: the schedule of all networks.
_base_ = ['parts.py', 'datasets/fasseg.py']

# class weights: inverse square roots of the shares of the training pixels, from 42 % (skin)
# to 0.8 % (eyes)
losses = _base_.losses
losses[0]['class_weight'] = [0.4, 0.3, 0.3, 1.2, 1.8, 2.0]

max_epochs = 120  # epochs of 9 steps
train_cfg = dict(max_epochs=max_epochs, val_interval=5)
param_scheduler = _base_.param_scheduler
param_scheduler[0]['end'] = 30  # steps, a thirtieth of the training
param_scheduler[1]['T_max'] = max_epochs
