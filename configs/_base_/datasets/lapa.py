# LaPa as it is published: {train,val,test}/images, labels and landmarks; faces that fill
# about a square.
_base_ = 'loaders.py'

parts = 'lapa11'
num_classes = 11
input_size = (256, 256)  # width, height: multiples of 32

_kept = ('img_path', 'sample_id', 'ori_shape', 'img_shape')
train_pipeline = [
    dict(type='mmpose.LoadLandmarkImage'),
    dict(type='LoadParts'),
    dict(type='FlipParts'),
    # the face with its surroundings or a part of it; below 1 is padded
    dict(
        type='RandomResize',
        scale=input_size,
        ratio_range=(0.8, 1.4),
        keep_ratio=False,
        interpolation='area',
    ),
    # faces tilt; what turns in from outside is not learned
    dict(type='RandomRotate', prob=0.7, degree=20, seg_pad_val=255),
    dict(type='RandomCrop', crop_size=input_size[::-1]),
    dict(type='PhotoMetricDistortion'),
    dict(type='mmpose.RandomIntensity'),
    dict(type='PackSegInputs', meta_keys=_kept),
]
test_pipeline = [
    dict(type='mmpose.LoadLandmarkImage'),
    dict(type='LoadParts'),
    # the picture alone: labels stay in original pixels, where they are scored
    dict(type='ResizePhoto', scale=input_size, interpolation='area'),
    dict(type='PackSegInputs', meta_keys=_kept),
]

_dataset = dict(type='LaPaDataset', data_root='data/lapa')
train_dataloader = dict(
    batch_size=16,
    drop_last=True,  # of a single photograph PSPNet's BatchNorm cannot take the spread
    dataset=dict(split='train', pipeline=train_pipeline, **_dataset),
)
_tested = dict(pipeline=test_pipeline, test_mode=True, **_dataset)
val_dataloader = dict(batch_size=8, dataset=dict(split='val', **_tested))
test_dataloader = dict(batch_size=8, dataset=dict(split='test', **_tested))
