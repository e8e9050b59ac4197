"""Files in the exact layout that each tool writes, with points computed by hand."""

import json

import numpy as np
import pytest
from PIL import Image

from mmlandmark import InputError
from mmlandmark.formats import registry
from mmlandmark.formats.detect import detect
from mmlandmark.formats.tps import CURVES, SCALE
from mmlandmark.schemes import ISBI19
from mmlandmark.structures.sample import ReadReport

NAN = float('nan')
SIZE = (40, 30)

# as tpsDig2 writes it, with a curve and a second image without a landmark
TPS = """LM=3
10.00000 20.00000
-1.00000 -1.00000
39.00000 0.50000
CURVES=1
POINTS=2
1.00000 2.00000
3.00000 4.00000
IMAGE=a.png
ID=0
SCALE=0.050000
"""

# as in chandelsman/guppy-shape: no suffix, no ID, spaces at the ends of lines
TPS_BARE = 'LM=1\n10.00000 20.00000 \nIMAGE=a \nSCALE=0.021764 \n'

# the least that Slicer's documentation gives as an example
SLICER_LEAST = """{"@schema": "https://raw.githubusercontent.com/Slicer/Slicer/main/Modules/Loadable/Markups/Resources/Schema/markups-schema-v1.0.0.json#",
"markups": [{"type": "Fiducial", "coordinateSystem": "LPS", "controlPoints": [
    { "label": "F-1", "position": [10.5, 20.25, 0.0] },
    { "label": "F-3", "position": [3.0, 4.0, 0.0] }
]}]}"""

MARKUPS = dict(
    type='Fiducial',
    coordinateSystem='LPS',
    coordinateUnits='mm',
    locked=False,
    fixedNumberOfControlPoints=False,
    labelFormat='%N-%d',
    lastUsedControlPointNumber=3,
    controlPoints=[
        dict(
            id=str(i),
            label=f'F-{i}',
            description='',
            associatedNodeID='vtkMRMLVectorVolumeNode1',
            position=position,
            orientation=[-1.0, -0.0, -0.0, -0.0, -1.0, -0.0, 0.0, 0.0, 1.0],
            selected=True,
            locked=False,
            visibility=True,
            positionStatus=status,
        )
        for i, (position, status) in enumerate(
            (
                ([10.5, 20.25, 0.0], 'defined'),
                ([0.0, 0.0, 0.0], 'undefined'),
                ([3.0, 4.0, 0.0], 'defined'),
            ),
            start=1,
        )
    ],
    measurements=[],
    display=dict(visibility=True, opacity=1.0, glyphType='Sphere3D'),
)
SLICER = json.dumps(
    {
        '@schema': 'https://raw.githubusercontent.com/slicer/slicer/master/Modules/'
        'Loadable/Markups/Resources/Schema/markups-schema-v1.0.3.json#',
        'markups': [MARKUPS],
    },
    indent=4,
)
FCSV = """# Markups fiducial file version = 4.11
# CoordinateSystem = {}
# columns = id,x,y,z,ow,ox,oy,oz,vis,sel,lock,label,desc,associatedNodeID
1,{},{},0,0,0,0,1,1,1,0,F-1,,vtkMRMLVectorVolumeNode1
2,{},{},0,0,0,0,1,1,1,0,F-3,,vtkMRMLVectorVolumeNode1
"""

# as Slicer 4.10 writes it
FCSV_410 = """# Markups fiducial file version = 4.10
# CoordinateSystem = 0
# columns = id,x,y,z,ow,ox,oy,oz,vis,sel,lock,label,desc,associatedNodeID
vtkMRMLMarkupsFiducialNode_0,-10.500,-20.250,0.000,0.000,0.000,0.000,1.000,1,1,0,F-1,,
vtkMRMLMarkupsFiducialNode_1,-3.000,-4.000,0.000,0.000,0.000,0.000,1.000,1,1,0,F-3,,
"""

# a labelled project of one animal, with the image in three columns and in one
DLC = """scorer,,,Ann,Ann,Ann,Ann
bodyparts,,,nose,nose,tail base,tail base
coords,,,x,y,x,y
labeled-data,reach,a.png,12.5,7.25,,
"""
OLD_DLC = """scorer,Ann,Ann,Ann,Ann
bodyparts,nose,nose,tail base,tail base
coords,x,y,x,y
labeled-data/reach/a.png,12.5,7.25,,
"""

# the individual "single" has body parts of its own
MULTI_DLC = """scorer,,,Ann,Ann,Ann,Ann,Ann,Ann
individuals,,,pup1,pup1,pup2,pup2,single,single
bodyparts,,,nose,nose,nose,nose,nest,nest
coords,,,x,y,x,y,x,y
labeled-data,reach,a.png,,,,,12.5,7.25
"""

YAML = """path: ../datasets/mine # dataset root dir
train: images/train # train images (relative to 'path') 1 images
val: images/train

# Keypoints
kpt_shape: [3, 3] # number of keypoints, number of dims
flip_idx: [0, 2, 1]

# Classes
names:
  0: face

# Keypoint names per class
kpt_names:
  0:
    - nose
    - left_eye
    - right_eye
"""

LABELME = json.dumps(
    dict(
        version='5.4.1',
        flags={},
        shapes=[
            dict(
                label='nose',
                points=[[10.5, 20.5]],
                group_id=None,
                description='',
                shape_type='point',
                flags={},
                mask=None,
            ),
            dict(
                label='face',
                points=[[1.0, 2.0], [5.0, 2.0], [5.0, 9.0]],
                group_id=None,
                shape_type='polygon',
                flags={},
            ),
        ],
        imagePath='a.png',
        imageData=None,
        imageHeight=30,
        imageWidth=40,
    ),
    indent=2,
)

_REGIONS = [
    dict(
        shape_attributes=dict(name='point', cx=11, cy=21),
        region_attributes=dict(landmark='nose'),
    ),
    dict(
        shape_attributes=dict(name='circle', cx=1, cy=2, r=3),
        region_attributes=dict(landmark='eye'),
    ),
]
_ENTRY = dict(filename='a.png', size=99, regions=_REGIONS, file_attributes={})
VIA2 = json.dumps(
    dict(
        _via_settings=dict(project=dict(name='p')),
        _via_img_metadata={'a.png99': _ENTRY},
        _via_attributes=dict(region={}, file={}),
    )
)
# version 1 numbers the regions
VIA1 = json.dumps(
    {'a.png99': dict(_ENTRY, fileref='', regions=dict(enumerate(_REGIONS)))}
)
VIA_CSV = (
    '#filename,file_size,file_attributes,region_count,region_id,'
    'region_shape_attributes,region_attributes\n'
    'a.png,99,"{}",2,0,"{""name"":""point"",""cx"":11,""cy"":21}",'
    '"{""landmark"":""nose""}"\n'
    'a.png,99,"{}",2,1,"{""name"":""circle"",""cx"":1,""cy"":2,""r"":3}","{}"\n'
)

# points alone, as region_attributes {} of public exports
VIA_UNNAMED = json.dumps(
    {
        'a.png99': dict(
            _ENTRY, regions=[dict(r, region_attributes={}) for r in _REGIONS[:1]]
        )
    }
)

TEM = '3\n10.5\t20.25\n1\t2\n3\t4\n2\n0\n1\n0 \n1\n3\n0 1 2 \n'

_FACE = [0.0] * 210
_FACE[24:27] = [12.5, 7.25, 0.75]
_FACE[207:210] = [1.0, 2.0, 0.5]
OPENPOSE = json.dumps(
    dict(
        version=1.3,
        people=[
            dict(
                person_id=[-1],
                pose_keypoints_2d=[0.0] * 75,
                face_keypoints_2d=_FACE,
                hand_left_keypoints_2d=[],
                hand_right_keypoints_2d=[],
                pose_keypoints_3d=[],
                face_keypoints_3d=[],
                hand_left_keypoints_3d=[],
                hand_right_keypoints_3d=[],
            )
        ],
    )
)

# UMDFaces converted to VOC, and WIDER FACE as the training code of libfacedetection has it
_VOC = """<annotation>
	<folder>umdfaces</folder>
	<filename>a.jpg</filename>
	<size>
		<width>40</width>
		<height>30</height>
		<depth>3</depth>
	</size>
	<segmented>0</segmented>
	<object>
		<name>face</name>
		<pose>Unspecified</pose>
		<truncated>1</truncated>
		<difficult>0</difficult>
		<bndbox>
			<xmin>2</xmin>
			<ymin>3</ymin>
			<xmax>21</xmax>
			<ymax>26</ymax>
		</bndbox>
		{}
	</object>
	<object>
		<name>face</name>
		<bndbox><xmin>1</xmin><ymin>1</ymin><xmax>2</xmax><ymax>2</ymax></bndbox>
		<has_lm>0</has_lm>
	</object>
</annotation>
""".replace('a.jpg', 'a.png')
VOC = _VOC.format(
    '<landmarks><l0><x>10.5</x><y>20.25</y></l0><l2><x>3</x><y>4</y></l2></landmarks>'
)
VOC_NAMED = VOC.replace('l0>', 'nose>').replace('l2>', 'chin>')
VOC_LM = _VOC.format(
    '<lm><x1>10.5</x1><y1>20.25</y1><x2>-1</x2><y2>-1</y2><x3>3</x3><y3>4</y3>'
    '<visible>0</visible><blur>0.24</blur></lm><has_lm>1</has_lm>'
)

# the format, the file, its text, names of points, and their coordinates
LAYOUTS = {
    'tps': (
        *('tps', 'x.tps', TPS, ['point 1', 'point 2', 'point 3']),
        [(10, 10), (NAN, NAN), (39, 29.5)],
    ),
    'slicer': (
        *('slicer', 'a.mrk.json', SLICER, ['F-1', 'F-3']),
        [(10.5, 20.25), (3, 4)],
    ),
    'tps, bare': (
        *('tps', 'x.tps', TPS_BARE, ['point 1']), [(10, 10)],
    ),
    'slicer, least': (
        *('slicer', 'a.mrk.json', SLICER_LEAST, ['F-1', 'F-3']), [(10.5, 20.25), (3, 4)],
    ),
    'fcsv 4.10': (
        *('fcsv', 'a.fcsv', FCSV_410, ['F-1', 'F-3']), [(10.5, 20.25), (3, 4)],
    ),
    'deeplabcut, several animals': (
        *('deeplabcut', 'CollectedData_Ann.csv', MULTI_DLC, ['nose', 'nest']),
        [(NAN, NAN), (12.5, 7.25)],
    ),
    'slicer, RAS': (
        'slicer',
        'a.mrk.json',
        SLICER.replace('LPS', 'RAS').replace('10.5,', '-10.5,').replace('3.0,', '-3.0,')
        .replace('20.25', '-20.25').replace(' 4.0,', ' -4.0,'),
        ['F-1', 'F-3'],
        [(10.5, 20.25), (3, 4)],
    ),
    'fcsv, LPS': (
        *('fcsv', 'a.fcsv', FCSV.format('LPS', 10.5, 20.25, 3, 4), ['F-1', 'F-3']),
        [(10.5, 20.25), (3, 4)],
    ),
    'fcsv, 0 is RAS': (
        *('fcsv', 'a.fcsv', FCSV.format(0, -10.5, -20.25, -3, -4), ['F-1', 'F-3']),
        [(10.5, 20.25), (3, 4)],
    ),
    'deeplabcut': (
        *('deeplabcut', 'CollectedData_Ann.csv', DLC, ['nose', 'tail base']),
        [(12.5, 7.25), (NAN, NAN)],
    ),
    'deeplabcut, one column': (
        *('deeplabcut', 'CollectedData_Ann.csv', OLD_DLC, ['nose', 'tail base']),
        [(12.5, 7.25), (NAN, NAN)],
    ),
    'labelme': ('labelme', 'a.json', LABELME, ['nose'], [(10, 20)]),
    'via 2': ('via', 'p.json', VIA2, ['nose'], [(10.5, 20.5)]),
    'via 1': ('via', 'p.json', VIA1, ['nose'], [(10.5, 20.5)]),
    'via csv': ('via', 'p.csv', VIA_CSV, ['nose'], [(10.5, 20.5)]),
    'via, unnamed': ('via', 'p.json', VIA_UNNAMED, ['point 1'], [(10.5, 20.5)]),
    'voc': (
        *('voc', 'a.xml', VOC, ['point 1', 'point 2', 'point 3']),
        [(10.5, 20.25), (NAN, NAN), (3, 4)],
    ),
    'voc, names': (
        *('voc', 'a.xml', VOC_NAMED, ['nose', 'chin']), [(10.5, 20.25), (3, 4)],
    ),
    'voc, lm': (
        *('voc', 'a.xml', VOC_LM, ['point 1', 'point 2', 'point 3']),
        [(10.5, 20.25), (NAN, NAN), (3, 4)],
    ),
    'webmorph': (
        *('webmorph', 'a.tem', TEM, ['point 1', 'point 2', 'point 3']),
        [(10.5, 20.25), (1, 2), (3, 4)],
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ('fmt', 'file', 'text', 'names', 'points'), LAYOUTS.values(), ids=LAYOUTS
)
def test_a_file_of_the_tool(tmp_path, fmt, file, text, names, points):
    Image.new('L', SIZE).save(tmp_path / 'a.png')
    path = tmp_path / file
    path.write_text(text)
    found = detect(path)
    assert found.name == fmt
    scheme = found.scheme_of(path)
    assert list(scheme.points) == names
    report = ReadReport()
    (sample,) = found.read(path, scheme, report)
    assert not report.skipped
    assert sample.image == tmp_path / 'a.png'
    np.testing.assert_array_equal(sample.points, points)


def read(tmp_path, fmt, file, text, scheme=None):
    """The samples and the report of a file beside a.png."""
    Image.new('L', SIZE).save(tmp_path / 'a.png')
    (tmp_path / file).write_text(text)
    found = registry.FORMATS[fmt]
    report = ReadReport()
    points = scheme or found.scheme_of(tmp_path / file)
    return found.read(tmp_path / file, points, report), report


@pytest.mark.parametrize(
    ('text', 'box'), [(VOC, (1, 2, 20, 25)), (VOC_LM, (2, 3, 21, 26))]
)
def test_boxes_of_voc(tmp_path, text, box):
    (sample,), report = read(tmp_path, 'voc', 'a.xml', text)
    assert sample.box == box
    assert report.counts == {'objects left out, without points': 1}


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (('<x>10.5</x>', ''), 'a number of its points, box or size is None'),
        (('10.5', 'ten'), "<x> of its points, box or size is 'ten'"),
        (('10.5', 'nan'), "<x> of its points, box or size is 'nan'"),
        (('l2>', 'l0>'), 'two of its points have one number'),
        (('<width>40', '<width>50'), 'its labels are for an image of 50x30'),
        (('<xmax>21</xmax>', ''), 'a number of its points, box or size is None'),
    ],
)
def test_an_object_of_voc_that_is_skipped(tmp_path, change, message):
    samples, report = read(tmp_path, 'voc', 'a.xml', VOC.replace(*change), ISBI19)
    assert samples == []
    assert message in report.skipped[0][1]


def test_a_file_that_is_not_of_voc(tmp_path):
    with pytest.raises(InputError, match='its root is <list>, not <annotation>'):
        read(tmp_path, 'voc', 'a.xml', '<list/>')


def test_images_of_voc_beside_their_annotations(tmp_path):
    for name in ('Annotations', 'JPEGImages'):
        (tmp_path / name).mkdir()
    Image.new('L', SIZE).save(tmp_path / 'JPEGImages' / 'a.png')
    # some converters leave the suffix of the image out
    for number, text in enumerate((VOC, VOC.replace('a.png', 'a'))):
        (tmp_path / 'Annotations' / f'{number}.xml').write_text(text)
    fmt = detect(tmp_path)
    assert fmt.name == 'voc'
    samples = fmt.read(tmp_path, fmt.scheme_of(tmp_path), None)
    assert [s.image.name for s in samples] == ['a.png', 'a.png']


def test_scale_and_curves_of_tps(tmp_path):
    (sample,), report = read(tmp_path, 'tps', 'x.tps', TPS)
    assert sample.spacing.pair == (0.05, 0.05)
    assert report.counts == {SCALE: 1, CURVES: 1}


def test_three_dimensions_are_refused(tmp_path):
    with pytest.raises(InputError, match='line 1 has 3D landmarks'):
        read(tmp_path, 'tps', 'x.tps', TPS.replace('LM=3', 'LM3=3'))
    off = SLICER.replace('20.25,\n                        0.0', '20.25, 7')
    assert off != SLICER
    with pytest.raises(InputError, match='7 mm from the image'):
        read(tmp_path, 'slicer', 'a.mrk.json', off)


def test_an_image_with_a_place_in_space_is_refused(tmp_path):
    (tmp_path / 'b.mha').write_bytes(b'')
    samples, report = read(tmp_path, 'slicer', 'b.mrk.json', SLICER)
    assert samples == []
    assert 'has a position in space of its own' in report.skipped[0][1]


def test_shapes_that_are_no_points_are_counted(tmp_path):
    _, report = read(tmp_path, 'labelme', 'a.json', LABELME)
    assert report.counts == {"shapes left out, of type 'polygon'": 1}
    _, report = read(tmp_path, 'via', 'p.json', VIA2)
    assert report.counts == {"regions left out, of shape 'circle'": 1}


def test_frames_of_a_video_are_refused(tmp_path):
    text = DLC.replace('labeled-data,reach,a.png', ',,0').replace(',,,', ',,,')
    samples, report = read(tmp_path, 'deeplabcut', 'x.csv', text)
    assert samples == []
    assert 'is not an image but a frame of a video' in report.skipped[0][1]


def test_the_video_is_the_subject(tmp_path):
    (sample,), _ = read(tmp_path, 'deeplabcut', 'x.csv', DLC)
    assert sample.subject == 'reach'


def test_the_lines_of_a_template(tmp_path):
    (sample,), _ = read(tmp_path, 'webmorph', 'a.tem', TEM)
    assert sample.extra['lines'] == [(0, (0,)), (1, (0, 1, 2))]
    scheme = registry.FORMATS['webmorph'].scheme_of(tmp_path / 'a.tem')
    assert scheme.skeleton == ((0, 1), (1, 2), (2, 0))
    registry.FORMATS['webmorph'].write(tmp_path, [sample], scheme, 'head')
    words = (tmp_path / 'a.tem').read_text().split()
    assert list(map(float, words)) == list(map(float, TEM.split()))


def test_a_face_of_openpose(tmp_path):
    (sample,), _ = read(tmp_path, 'openpose', 'a_keypoints.json', OPENPOSE)
    # the ninth point of the jaw, and the left pupil
    there = np.flatnonzero(np.isfinite(sample.points[:, 0]))
    assert there.tolist() == [8, 69]
    assert sample.points[there].tolist() == [[12.5, 7.25], [1, 2]]
    assert sample.extra['scores'][there].tolist() == [0.75, 0.5]


@pytest.mark.parametrize('version', [1.0, 1.2])
def test_earlier_versions_of_openpose(tmp_path, version):
    """Before 1.1 the keys had no _2d, before 1.3 people had no person_id."""
    end = '_2d' if version > 1 else ''
    person = {f'face_keypoints{end}': _FACE, f'pose_keypoints{end}': []}
    text = json.dumps(dict(version=version, people=[person]))
    (sample,), _ = read(tmp_path, 'openpose', 'a_keypoints.json', text)
    assert sample.points[8].tolist() == [12.5, 7.25]


def test_unnamed_points_of_via_are_as_many_in_each_image(tmp_path):
    Image.new('L', SIZE).save(tmp_path / 'b.png')
    data = json.loads(VIA_UNNAMED)
    both = data['a.png99']['regions'] * 2
    data['b.png99'] = dict(data['a.png99'], filename='b.png', regions=both)
    samples, report = read(tmp_path, 'via', 'p.json', json.dumps(data))
    assert len(samples) == 1
    assert '2 points, scheme custom has 1' in report.skipped[0][1]


@pytest.fixture
def yolo(tmp_path):
    """A folder as Ultralytics publishes it, whose root was another machine's."""
    for folder in ('images/train', 'labels/train'):
        (tmp_path / folder).mkdir(parents=True)
    Image.new('L', SIZE).save(tmp_path / 'images/train/a.png')
    Image.new('L', SIZE, 9).save(tmp_path / 'images/train/empty.png')
    (tmp_path / 'data.yaml').write_text(YAML)
    line = '0 0.5 0.5 0.25 0.2 0.25 0.1 2 0.5 0.2 1 0 0 0\n'
    (tmp_path / 'labels/train/a.txt').write_text(line)
    return tmp_path


def test_a_folder_of_yolo(yolo):
    fmt = detect(yolo)
    scheme = fmt.scheme_of(yolo)
    assert scheme.points == ('nose', 'left_eye', 'right_eye')
    assert scheme.flip_pairs == ((1, 2),)
    report = ReadReport()
    (sample,) = fmt.read(yolo, scheme, report)
    np.testing.assert_array_equal(sample.points, [(10, 3), (20, 6), (NAN, NAN)])
    assert sample.occluded.tolist() == [False, True, False]
    # centre (20, 15), 10 wide and 6 high
    assert sample.box == (15, 12, 25, 18)
    assert sample.split == 'train'
    assert report.counts == {'images left out, without a label file': 1}


def test_a_list_of_images_of_yolo(yolo):
    """As coco-pose.yaml names its parts: text files, of paths below their folder."""
    (yolo / 'train2017.txt').write_text('./images/train/a.png\n./images/train/b.png\n')
    text = YAML.replace('train: images/train', 'train: train2017.txt')
    text = text.replace('val: images/train', 'val: val2017.txt')
    (yolo / 'data.yaml').write_text(text + 'test: # optional\n')
    fmt = detect(yolo)
    report = ReadReport()
    (sample,) = fmt.read(yolo, fmt.scheme_of(yolo), report)
    assert (sample.image, sample.split) == (yolo / 'images/train/a.png', 'train')
    assert report.counts == {
        'images left out, listed in train2017.txt and not there': 1
    }


def test_yolo_points_without_visibility(yolo):
    (yolo / 'data.yaml').write_text(YAML.replace('[3, 3]', '[3, 2]'))
    line = '0 0.5 0.5 0.25 0.2 0.25 0.1 -1 0.2 0 0\n'
    (yolo / 'labels/train/a.txt').write_text(line)
    fmt = detect(yolo)
    (sample,) = fmt.read(yolo, fmt.scheme_of(yolo), None)
    np.testing.assert_array_equal(sample.points, [(10, 3), (NAN, NAN), (NAN, NAN)])
    assert sample.occluded is None


def test_a_line_of_yolo_with_too_few_numbers(yolo):
    (yolo / 'labels/train/a.txt').write_text('0 0.5 0.5 0.25 0.2\n')
    fmt = detect(yolo)
    with pytest.raises(InputError, match=r'a\.txt line 1: 5 numbers, 14 are needed'):
        fmt.read(yolo, fmt.scheme_of(yolo), None)


def test_face_files_of_mmpose_name_no_points(tmp_path):
    """Its points are taken in the order of the scheme that is given."""
    Image.new('L', SIZE).save(tmp_path / 'a.png')
    keypoints = [v for i in range(68) for v in (i % 40, i % 30, 1)]
    image = dict(id=0, file_name='a.png', height=30, width=40)
    annotation = dict(
        id=0, image_id=0, category_id=1, iscrowd=0, keypoints=keypoints,
        num_keypoints=68, area=9.0, bbox=[1, 2, 3, 3], center=[2.5, 3.5], scale=0.02,
    )  # fmt: skip
    tables = dict(images=[image], annotations=[annotation])
    category = dict(id=1, name='person')
    path = tmp_path / 'face_landmarks_300w_valid.json'
    path.write_text(json.dumps(dict(tables, categories=[category])))
    fmt = detect(path)
    (sample,) = fmt.read(path, registry.IBUG68, ReadReport())
    assert sample.points[45].tolist() == [5, 15]
