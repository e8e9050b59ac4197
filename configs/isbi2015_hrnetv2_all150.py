# configs/isbi2015_hrnetv2.py once more on all 150 training images, with nothing left to
# choose: 121-150 showed that the error stops falling after about 750 steps.
_base_ = ['isbi2015_hrnetv2.py']

max_epochs = 42  # of 19 steps
train_cfg = dict(max_epochs=max_epochs, val_interval=max_epochs)
param_scheduler = _base_.param_scheduler
param_scheduler[1]['T_max'] = max_epochs
# the last epoch is kept: the val images are in the training part, no epoch is chosen
train_dataloader = dict(dataset=dict(ann_file='trainval.json'))
