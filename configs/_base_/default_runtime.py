# Settings of every run. MMPose's base files are not inherited, as they are missing from
# editable installs of MMPose and slow to load.
default_scope = 'mmpose'
custom_imports = dict(
    imports=['mmlandmark.engine.register'], allow_failed_imports=False
)

default_hooks = dict(
    timer=dict(type='IterTimerHook'),
    logger=dict(type='LoggerHook', interval=10),
    param_scheduler=dict(type='ParamSchedulerHook'),
    # two are kept, as the newest one may be incomplete after a kill on a remote disk
    checkpoint=dict(
        type='CheckpointHook',
        interval=1,
        max_keep_ckpts=2,
        save_best='ceph/MRE_px',
        rule='less',
    ),
    sampler_seed=dict(type='DistSamplerSeedHook'),
    visualization=dict(type='PoseVisualizationHook', enable=False),
)
custom_hooks = [
    dict(type='SyncBuffersHook'),  # equal BatchNorm statistics in all processes
    dict(type='ChannelsLastHook'),
    dict(type='SeedEpochHook'),
    dict(type='ValidateOnResumeHook'),
]

env_cfg = dict(
    cudnn_benchmark=False,
    mp_cfg=dict(mp_start_method='fork', opencv_num_threads=0),
    dist_cfg=dict(backend='nccl'),
)
randomness = dict(seed=0)

vis_backends = [dict(type='LocalVisBackend')]
visualizer = dict(
    type='PoseLocalVisualizer', vis_backends=vis_backends, name='visualizer'
)
log_processor = dict(type='LogProcessor', window_size=50, by_epoch=True, num_digits=4)
log_level = 'INFO'
load_from = None
resume = False
data_mode = 'topdown'

train_cfg = dict(by_epoch=True, val_interval=1)
val_cfg = dict()
test_cfg = dict()
