# FASSEG as published: heads that fill the image, about 410x512 pixels, split by
# person. A config of parts takes `input_size` from here.
_base_ = 'loaders.py'

parts = 'fasseg6'
num_classes = 6
input_size = (
    160,
    192,
)  # width, height: multiples of 32, about the aspect ratio of the photographs

_kept = ('img_path', 'sample_id', 'ori_shape', 'img_shape')
train_pipeline = [
    dict(type='mmpose.LoadLandmarkImage'),
    dict(type='LoadParts'),
    dict(type='FlipParts'),
    # from a head with background to a face only; 0.8 is padded
    dict(
        type='RandomResize',
        scale=input_size,
        ratio_range=(0.8, 1.4),
        keep_ratio=False,
        interpolation='area',
    ),
    # tilted heads; pixels from outside the image are ignored
    dict(type='RandomRotate', prob=0.7, degree=20, seg_pad_val=255),
    dict(type='RandomCrop', crop_size=input_size[::-1]),
    dict(type='PhotoMetricDistortion'),
    dict(type='mmpose.RandomIntensity'),
    dict(type='PackSegInputs', meta_keys=_kept),
]
test_pipeline = [
    dict(type='mmpose.LoadLandmarkImage'),
    dict(type='LoadParts'),
    # only the image: labels keep their original size, at which they are scored
    dict(type='ResizePhoto', scale=input_size, interpolation='area'),
    dict(type='PackSegInputs', meta_keys=_kept),
]

_dataset = dict(type='FassegDataset', data_root='data/fasseg')
train_dataloader = dict(
    batch_size=16,
    drop_last=True,  # BatchNorm of PSPNet has no variance for a single photograph
    dataset=dict(split='train', pipeline=train_pipeline, **_dataset),
)
_tested = dict(split='val', pipeline=test_pipeline, test_mode=True, **_dataset)
val_dataloader = dict(batch_size=8, dataset=_tested)
test_dataloader = dict(batch_size=8, dataset=_tested)
