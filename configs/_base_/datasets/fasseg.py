# FASSEG in its published layout: heads that fill the picture, about 410x512 pixels, split
# by person. Configs of face parts use `input_size`.
_base_ = 'loaders.py'

parts = 'fasseg6'
num_classes = 6
input_size = (
    160,
    192,
)  # width, height: multiples of 32, close to the photographs' aspect ratio

_kept = ('img_path', 'sample_id', 'ori_shape', 'img_shape')
train_pipeline = [
    dict(type='mmpose.LoadLandmarkImage'),
    dict(type='LoadParts'),
    dict(type='FlipParts'),
    # from a head with its surroundings to a face; padded below 1
    dict(
        type='RandomResize',
        scale=input_size,
        ratio_range=(0.8, 1.4),
        keep_ratio=False,
        interpolation='area',
    ),
    # pixels from outside the photograph are ignored in the loss
    dict(type='RandomRotate', prob=0.7, degree=20, seg_pad_val=255),
    dict(type='RandomCrop', crop_size=input_size[::-1]),
    dict(type='PhotoMetricDistortion'),
    dict(type='mmpose.RandomIntensity'),
    dict(type='PackSegInputs', meta_keys=_kept),
]
test_pipeline = [
    dict(type='mmpose.LoadLandmarkImage'),
    dict(type='LoadParts'),
    # only the picture is resized: metrics are computed in the original pixels
    dict(type='ResizePhoto', scale=input_size, interpolation='area'),
    dict(type='PackSegInputs', meta_keys=_kept),
]

_dataset = dict(type='FassegDataset', data_root='data/fasseg')
train_dataloader = dict(
    batch_size=16,
    drop_last=True,  # BatchNorm in PSPNet needs more than one photograph
    dataset=dict(split='train', pipeline=train_pipeline, **_dataset),
)
_tested = dict(split='val', pipeline=test_pipeline, test_mode=True, **_dataset)
val_dataloader = dict(batch_size=8, dataset=_tested)
test_dataloader = dict(batch_size=8, dataset=_tested)
