# The second stage of isbi2015_coarse_to_fine_all150.py, trained for a few more epochs with
# a light first stage. The last epoch is kept.
#   python tools/train.py configs/isbi2015_light.py --bf16
#   python tools/train.py configs/isbi2015_coarse_to_fine_light.py --bf16 \
#       --load-from work_dirs/isbi2015_coarse_to_fine_all150/epoch_64.pth
_base_ = ['isbi2015_coarse_to_fine_all150.py', '_base_/models/light_unet.py']

model = dict(
    detector=dict(_delete_=True, **_base_.light),
    detector_checkpoint='work_dirs/isbi2015_light',
)
max_epochs = 2
train_cfg = dict(max_epochs=max_epochs, val_interval=max_epochs)
optim_wrapper = dict(optimizer=dict(lr=1e-4))
param_scheduler = _base_.param_scheduler
param_scheduler[0]['end'] = 10
param_scheduler[1]['T_max'] = max_epochs
