# 3D-FAN on AFLW2000-3D, split 60, 20 and 20 %; starts from the light 2D-FAN.
#   python tools/train.py configs/fan2d_300w_light.py --bf16
#   python tools/train.py configs/fan3d_aflw2000_light.py --bf16 --data data/AFLW2000-3D
_base_ = ['fan2d_300w_light.py', '_base_/datasets/aflw2000_3d.py']

load_from = 'work_dirs/fan2d_300w_light/epoch_16.pth'

_dataset = dict(_delete_=True, **_base_.aflw2000_3d)
train_dataloader = dict(
    batch_size=16,
    dataset=dict(split='train', pipeline=_base_.train_pipeline, **_dataset),
)
_tested = dict(pipeline=_base_.test_pipeline, test_mode=True, **_dataset)
val_dataloader = dict(dataset=dict(split='val', **_tested))
test_dataloader = dict(dataset=dict(split='test', **_tested))
val_evaluator = _base_.aflw2000_3d_evaluator
test_evaluator = _base_.aflw2000_3d_evaluator

max_epochs = 40  # epochs of 7 steps
train_cfg = dict(max_epochs=max_epochs, val_interval=10)
optim_wrapper = dict(
    optimizer=dict(lr=5e-4)
)  # half the rate: the network is pretrained on faces
param_scheduler = _base_.param_scheduler
param_scheduler[0]['end'] = 20
param_scheduler[1]['T_max'] = max_epochs
