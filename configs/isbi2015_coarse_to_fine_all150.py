# configs/isbi2015_coarse_to_fine.py on all 150 training images, with a detector of all 150:
# the same number of steps, last epoch, no selection.
#   python tools/train.py configs/isbi2015_hrnetv2_all150.py --bf16 --load-from CHECKPOINT
#   python tools/train.py configs/isbi2015_coarse_to_fine_all150.py --bf16
_base_ = ['isbi2015_coarse_to_fine.py']

model = dict(detector_checkpoint='work_dirs/isbi2015_hrnetv2_all150')
max_epochs = 64  # epochs of 38 steps
train_cfg = dict(max_epochs=max_epochs, val_interval=max_epochs)
param_scheduler = _base_.param_scheduler
param_scheduler[1]['T_max'] = max_epochs
train_dataloader = dict(dataset=dict(ann_file='trainval.json'))
