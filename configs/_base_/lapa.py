# LaPa: the schedule of all networks.
_base_ = ['parts.py', 'datasets/lapa.py']

# class weights: inverse square roots of the usual shares, from the background to an eye
losses = _base_.losses
losses[0]['class_weight'] = [0.2, 0.3, 1.4, 1.4, 1.8, 1.8, 0.6, 1.4, 1.4, 1.4, 0.3]

max_epochs = 40  # epochs of 1136 steps
train_cfg = dict(max_epochs=max_epochs, val_interval=2)
param_scheduler = _base_.param_scheduler
param_scheduler[1]['T_max'] = max_epochs
