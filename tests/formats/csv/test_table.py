import numpy as np
import pytest
from PIL import Image

from mmlandmark import InputError
from mmlandmark.formats import read_csv
from mmlandmark.structures.sample import ReadReport

NAN = np.nan
AB = [[[1, 2], [3, 4]], [[5, 6.5], [NAN, NAN]]]  # two images, two points
EYES = ('left eye', 'nose')
COUNTED = ('point 0', 'point 1')


@pytest.fixture
def write(tmp_path):
    """Write a table beside the images a.png and b.png; returns its path."""

    def write(content: str | bytes | None):
        for name in 'ab':
            Image.new('L', (9, 9)).save(tmp_path / f'{name}.png')
        path = tmp_path / 'points.csv'
        if content is not None:
            raw = content if isinstance(content, bytes) else content.encode('utf-8')
            path.write_bytes(raw)
        return path

    return write


# what the table is, its text, the names of the points, a part of the layout's line
WIDE = [
    ('numbered', ',0,1,2,3\na.png,1,2,3,4\nb.png,5,6.5,,', COUNTED, 'alternating'),
    ('from 1', 'x,1,2,3,4\na.png,1,2,3,4\nb.png,5,6.5,,', COUNTED, 'alternating'),
    ('x and y', 'n,x,y,x,y\na.png,1,2,3,4\nb.png,5,6.5,,', COUNTED, 'first column'),
    ('no heading', 'a.png,1,2,3,4\nb.png,5,6.5,nan,NaN\n', COUNTED, '2 points x,y'),
    ('tabs', 'a.png\t1\t2\t3\t4\nb.png\t5\t6.5\t\t\n', COUNTED, 'alternating'),
    (
        'named',
        'image_name,left_eye_x,left_eye_y,nose_x,nose_y\na.png,1,2,3,4\nb.png,5,6.5,,',
        EYES,
        'wide, names in column A (image_name), 2 points by heading',
    ),
    (
        'another order, and spellings',
        'nose Y,Left_Eye .x,File,left eye_y,nose_x,\n'
        ' 4 ,1,a.png,2,3,0\nNA,5,./b.png,6.5,null,1\n',
        ('nose', 'Left Eye'),
        'names in column C (File)',
    ),
    (
        'dlib parts',
        'filename,part_0_x,part_0_y,part_1_x,part_1_y\r\na.png,1,2,3,4\r\n'
        'b.png,5,6.5,,\r\n,,,,\r\n',
        ('part 0', 'part 1'),
        '2 points by heading',
    ),
    (
        'x0, y0 and semicolons',
        'image;x0;y0;x1;y1\na.png;1;2;3;4\nb.png;5;6.5;;',
        COUNTED,
        'by heading',
    ),
    (
        'no heading of the name',
        'who,pic,l.x,l.y,n.x,n.y\nx,a.png,1,2,3,4\ny,b.png,5,6.5,,',
        ('l', 'n'),
        'column B (pic)',
    ),
    (
        'with BOM and an index',
        '\ufeff,image,ñ_x,ñ_y,鼻_x,鼻_y\n0,a.png,1,2,3,4\n1,b.png,5,6.5,,',
        ('ñ', '鼻'),
        'column B (image)',
    ),
    (
        'long',
        'image,landmark,x,y\na.png,nose,3,4\na.png,eye,1,2\nb.png,eye,5,6.5\n',
        ('nose', 'eye'),
        'long, names in column A (image), 2 points named in column B (landmark)',
    ),
    (
        'long, by number, with more columns',
        'Name,Y,X,File,who\n1,4,3,a.png,u\n0,6.5,5,b.png,u\n0,2,1,a.png,v\n1,,,b.png,v',
        COUNTED,
        'column D (File), 2 points named in column A (Name); not read as points: who',
    ),
]


@pytest.mark.parametrize(
    ('content', 'names', 'layout'), [w[1:] for w in WIDE], ids=[w[0] for w in WIDE]
)
def test_layouts(write, content, names, layout):
    table = read_csv(write(content))
    assert table.points == names
    assert layout in table.layout
    assert '\n' not in table.layout
    assert [s.id for s in table.samples] == ['a', 'b']
    assert [s.image.name for s in table.samples] == ['a.png', 'b.png']
    # these two name the second point first
    swapped = names[0].startswith('nose')
    expected = np.array(AB)[:, ::-1] if swapped else AB
    for sample, xy in zip(table.samples, expected, strict=True):
        np.testing.assert_array_equal(sample.points, xy)
        assert (sample.subject, sample.split, sample.spacing) == (None, None, None)


def test_gray_values_in_cells(write):
    table = read_csv(
        write('eye_x,eye_y,Image\n0.5,1,0 1 2 3 4 5 6 7 255\n,,9 9 9 9 9 9 9 9 9\n')
    )
    first, second = table.samples
    assert first.image.dtype == np.uint8
    assert first.image.tolist() == [[0, 1, 2], [3, 4, 5], [6, 7, 255]]
    assert first.points.tolist() == [[0.5, 1]]
    assert np.isnan(second.points).all()
    assert [first.id, second.id] == ['points_2', 'points_3']
    assert (
        table.layout == 'wide, 3x3 gray values in column C (Image), 1 points by heading'
    )


def test_a_large_picture_in_a_cell(write):
    # more letters than the csv module admits by itself
    cell = ' '.join(['200'] * 256 * 256)
    (sample,) = read_csv(write(f'eye_x,eye_y,Image\n1,2,{cell}')).samples
    assert sample.image.shape == (256, 256)


def test_counted_from_1(write):
    table = read_csv(write('a.png,1,2,3,4\nb.png,5,6.5,,'), index_base=1)
    np.testing.assert_array_equal(table.samples[0].points, [[0, 1], [2, 3]])


@pytest.mark.parametrize(
    'content',
    [
        'Person,set,class,image,eye_x,eye_y\nAnn,train,2,a.png,1,2\n,dev,3,b.png,,',
        'image,point,x,y,subject_id,Split\na.png,e,1,2,Ann,training\nb.png,e,,,,VAL',
    ],
)
def test_other_columns(write, content):
    first, second = read_csv(write(content)).samples
    assert (first.subject, first.split) == ('Ann', 'train')
    assert (second.subject, second.split) == (None, 'val')
    assert first.extra == ({'class': '2'} if 'class' in content else {})


def test_subject_from_the_name(write, tmp_path):
    for name in ('Ann_Lee_30.jpg', 'Bo_1.jpg'):
        (tmp_path / name).touch()
    path = write('Ann_Lee_30.jpg,1,2\nBo_1.jpg,3,4')
    samples = read_csv(path, subject_from=r'(.+)_\d+').samples
    assert [s.subject for s in samples] == ['Ann_Lee', 'Bo']


@pytest.mark.parametrize(
    ('pattern', 'message'),
    [
        ('(', r"'\(' is not a regular expression"),
        ('a', 'needs a group'),
        (r'(\d+)', r"row 1: subject_from '\(\\\\d\+\)' finds no subject in 'a.png'"),
        ('(a)', "row 2: .* finds no subject in 'b.png'"),
        ('(z?)', 'finds no subject'),
    ],
)
def test_subject_patterns_refused(write, pattern, message):
    with pytest.raises(InputError, match=message):
        read_csv(write('a.png,1,2\nb.png,1,2'), subject_from=pattern)


@pytest.mark.parametrize(
    ('content', 'why'),
    [
        ('image,person,e_x,e_y\na.png,Ann,1,2', 'a column of subjects'),
        ('Image,e_x,e_y\n1 2 3 4,1,2', 'images without names'),
    ],
)
def test_subject_pattern_not_needed(write, content, why):
    with pytest.raises(InputError, match=f'{why}: leave out subject_from'):
        read_csv(write(content), subject_from='(.+)')


# what is wrong, the table, what the message says
MISTAKES = [
    ('no file', None, 'no file'),
    ('empty', '', 'is empty'),
    ('blank', '\ufeff\n,,\n', 'is empty'),
    ('only headings', 'image,e_x,e_y\n', 'headings and no rows'),
    ('binary', b'\x89PNG\r\n\x00\x00', 'is not UTF-8 text'),
    ('a NUL', 'a\0.png,1,2', 'is binary'),
    ('half of UTF-16', 'a.png,1,2'.encode('utf-16')[:-1], 'is not UTF-16 text'),
    ('Latin-1', 'ä.png,1,2'.encode('latin-1'), 'is not UTF-8 text'),
    ('open quote', '"a.png,1,2\n', 'not a CSV file'),
    ('one column', 'a.png\nb.png', 'has 0 columns after the first'),
    ('odd', 'a.png,1,2,3', 'has 3 columns after the first'),
    ('short row', 'a.png,1,2\n\nb.png,1', 'row 3 has 2 cells, row 1 has 3'),
    ('text', ',0,1\na.png,1,2\nb.png,1,left', r"row 3, column C \(1\): 'left' is not"),
    ('text, no heading', 'a.png,1,x\n', "row 1, column C: 'x' is not a number"),
    ('far right', 'a.png' + ',1' * 27 + ',x', "row 1, column AC: 'x'"),
    ('one point at (0, 1)', 'c.gif,0,1\nd.gif,2,x', "row 2, column C: 'x'"),
    ('heading repeated', 'f,0,1\na.png,1,2\nf,zero,1', "row 3, column B .*'zero'"),
    ('decimal commas', 'a.png;1,5;2,5', "column B: '1,5' has a decimal comma"),
    ('quoted commas', 'a.png,"1,5",2', 'decimal comma: save the table'),
    ('infinite', 'a.png,1,inf', "column C: 'inf' is not a coordinate"),
    ('too large', 'a.png,1,1e999', 'is not a coordinate'),
    (
        'half a point',
        'image,e_x,e_y\na.png,1,',
        r'column C \(e_y\) is empty and column B',
    ),
    ('half, long', 'image,point,x,y\na.png,e,,2', r'column C \(x\) is empty'),
    ('x only', 'image,e_x,e_y,n_x\na.png,1,2,3', r'column D \(n_x\) has no y to its x'),
    ('y only', 'image,e_y\na.png,1', r'\(e_y\) has no x to its y'),
    ('twice', 'image,e_x,e_y,E x\na.png,1,2,3', "gives the x of 'E' a second time"),
    ('no points', 'image,class\na.png,1', 'no columns of coordinates'),
    ('named and x', 'image,e_x,e_y,x,y\na.png,1,2,3,4', "mixes layouts: .*also 'x'"),
    ('named and 0', 'image,e_x,e_y,0,1\na.png,1,2,3,4', "mixes layouts: .*also '0'"),
    (
        'x, no y',
        'image,point,x\na.png,e,1',
        'headed x and one headed y, and has 1 and 0',
    ),
    ('no landmark', 'image,x,y,who\na.png,1,2,3', 'no column to name the landmark'),
    ('two landmarks', 'image,part,point,x,y\na.png,1,2,3,4', 'columns B .* and C .*'),
    ('no name', 'e_x,e_y,class\n1,2,3', 'no column to name the image'),
    (
        'two names',
        'image,file,e_x,e_y\na.png,b.png,1,2',
        'columns A .* and B .* to name',
    ),
    ('numbers only', '1,2,3\n4,5,6', "row 1, column A: '1' is not a file name"),
    (
        'blank name',
        'image,e_x,e_y\na.png,1,2\n ,1,2',
        'row 3, column A .*: give an image name',
    ),
    ('two lines', 'image,"e\n_x",e_y\n"a\nb.png",1,2', 'in one line'),
    ('blank landmark', 'image,part,x,y\na.png,,1,2', 'row 2, column B .*: name the la'),
    ('same image', 'a.png,1,2\nb.png,1,2\na.png,1,2', 'row 3: a.png is in row 1'),
    ('case', 'a.png,1,2\nA.png,1,2', 'row 2: A.png is in row 1 already'),
    ('elsewhere', '../a.png,1,2', 'row 1: .*nothing outside is read'),
    (
        'same landmark',
        'image,part,x,y\na.png,Nose,1,2\na.png,nose,1,2',
        "row 3 gives 'nose' of a.png again, after row 2",
    ),
    (
        'two subjects of an image',
        'image,part,x,y,person\na.png,e,1,2,Ann\na.png,n,1,2,Bo',
        r'row 3, column E \(person\) differs from row 2',
    ),
    ('two persons', 'image,person,subject,e_x,e_y\na.png,1,2,3,4', 'for the subject'),
    ('split', 'image,set,e_x,e_y\na.png,exam,3,4', "column B .*'exam' is not 'train'"),
    (
        'reserved',
        'image,depth,e_x,e_y\na.png,5,3,4',
        r'column B \(depth\) cannot be kept',
    ),
    (
        'not square',
        'Image,e_x,e_y\n1 2 3 4 5,1,2',
        'row 2, .*5 gray values, not a square',
    ),
    ('above 255', 'Image,e_x,e_y\n1 2 3 256,1,2', 'is not gray values: give integers'),
    ('below 0', 'Image,e_x,e_y\n1 2 3 -4,1,2', 'is not gray values'),
    ('fractions', 'Image,e_x,e_y\n1 2 3 .4,1,2', 'is not gray values'),
    (
        'a name below',
        'Image,e_x,e_y\n1 2 3 4,1,2\na.png,1,2',
        "row 3, .*'a.png' is not",
    ),
    ('blank picture', 'Image,e_x,e_y\n1 2 3 4,1,2\n,1,2', 'row 3, .*has 0 gray'),
    (
        'another size',
        'Image,e_x,e_y\n1 2 3 4,1,2\n1 2 3 4 5 6 7 8 9,1,2',
        'row 3, .*has 9 gray values, the first row 4',
    ),
]


@pytest.mark.parametrize(
    ('content', 'message'), [m[1:] for m in MISTAKES], ids=[m[0] for m in MISTAKES]
)
def test_mistakes_are_told(write, content, message):
    path = write(content)
    with pytest.raises(InputError, match=message) as caught:
        read_csv(path)
    assert str(caught.value).startswith(('no file', str(path)))
    assert '\n' not in str(caught.value)


def test_neither_a_folder_nor_another_base(write, tmp_path):
    with pytest.raises(InputError, match='is a folder'):
        read_csv(tmp_path)
    with pytest.raises(InputError, match='index_base is 2'):
        read_csv(write('a.png,1,2'), index_base=2)


def test_where_images_are_looked_for(tmp_path):
    path = tmp_path / 'points.csv'
    path.write_text('a.png,1,2\nb.png,1,2')
    with pytest.raises(
        InputError, match=r"row 1: no image 'a.png' in .* or below it: add it"
    ):
        read_csv(path)
    with pytest.raises(InputError, match=r'no folder .*elsewhere'):
        read_csv(path, images=tmp_path / 'elsewhere')
    for folder in ('faces', 'others'):
        (tmp_path / folder).mkdir()
    for name in 'ab':
        (tmp_path / 'faces' / f'{name}.png').touch()
    for images in (None, tmp_path / 'faces'):
        samples = read_csv(path, images).samples
        assert [s.image for s in samples] == [tmp_path / f'faces/{n}.png' for n in 'ab']
    (tmp_path / 'others/a.png').write_text('another picture')
    with pytest.raises(InputError, match=r'in two places, .*faces.* and .*others'):
        read_csv(path)


def test_names_with_folders(tmp_path):
    (tmp_path / 'Ann').mkdir()
    (tmp_path / 'Ann/1.png').touch()
    path = tmp_path / 'points.csv'
    path.write_text('image,e_x,e_y\nAnn\\1.png,1,2')
    (sample,) = read_csv(path, subject_from='(.+)/').samples
    assert sample.image == tmp_path / 'Ann/1.png'
    assert (sample.id, sample.subject) == ('Ann_1', 'Ann')


@pytest.mark.parametrize('images', [None, 'given'])
def test_an_absent_image(write, tmp_path, images):
    path = write('c.png,1,2\na.png,3,4')
    folder = tmp_path if images else None
    with pytest.raises(InputError, match=r"row 1: no image 'c.png'"):
        read_csv(path, folder)
    report = ReadReport()
    (sample,) = read_csv(path, folder, report).samples
    assert sample.id == 'a'
    ((where, why),) = report.skipped
    assert where == f'{path}, row 1'
    assert why.startswith(f"no image 'c.png' in {tmp_path} or below it: add it")


def test_the_real_faces(youtube_faces):
    table = read_csv(
        youtube_faces / 'training_frames_keypoints.csv', subject_from=r'(.+)_\d+'
    )
    assert table.layout == 'wide, names in the first column, 68 points x,y alternating'
    assert len(table.samples) == 2007
    assert len({s.subject for s in table.samples}) == 201
    xy = np.stack([s.points for s in table.samples])
    assert xy.shape == (2007, 68, 2)
    assert np.isfinite(xy).all()
    np.testing.assert_array_equal(xy[0, :2], [[56, 69], [56, 77]])
    sizes = []
    for sample in table.samples:
        with Image.open(sample.image) as image:
            sizes.append(image.size)
    outside = ((xy < 0) | (xy > np.array(sizes)[:, None] - 1)).any(axis=2)
    # a chin is cut off by the edge in two frames
    assert (outside.sum(), outside.any(axis=1).sum()) == (4, 2)


@pytest.mark.parametrize(
    'content',
    [
        'sep=;\na.png;1;2;3;4\nb.png;5;6.5;;',
        '"sep=;"\r\nname;0;1;2;3\r\na.png;1;2;3;4\r\nb.png;5;6.5;;',
        'sep=|\na.png|1|2|3|4\nb.png|5|6.5||',
        'image\t0\t1\t2\t3\na.png\t1\t2\t3\t4\nb.png\t5\t6.5\t\t'.encode('utf-16'),
        '\ufeffsep=,\na.png,1,2,3,4\nb.png,5,6.5,,',
    ],
)
def test_what_spreadsheets_write(write, content):
    table = read_csv(write(content))
    np.testing.assert_array_equal([s.points for s in table.samples], AB)


def test_a_row_is_counted_as_a_spreadsheet_does(write):
    with pytest.raises(InputError, match="row 3, column B: 'x'"):
        read_csv(write('sep=;\na.png;1;2\nb.png;x;2'))


BOXES = [
    ('bbox_x,bbox_y,bbox_w,bbox_h', '5,5,30,30'),
    ('box x,box y', '1,2'),
    ('x_min,y_min,x_max,y_max', '1,2,3,4'),
    ('min_x,min_y,max_x,max_y', '1,2,3,4'),
    ('face rect_x,face rect_y', '1,2'),
    ('pixel_spacing_x,pixel_spacing_y', '.1,.1'),
]


@pytest.mark.parametrize(('headings', 'cells'), BOXES)
def test_a_box_is_no_landmark(write, headings, cells):
    table = read_csv(write(f'image,{headings},e_x,e_y\na.png,{cells},3,4'))
    assert table.points == ('e',)
    assert table.samples[0].points.tolist() == [[3, 4]]
    assert table.layout.endswith(
        f'not read as points: {", ".join(headings.split(","))}'
    )


def test_corners_beside_named_points_are_refused(write):
    with pytest.raises(InputError, match=r'mixes layouts: .* which may be a box'):
        read_csv(write('image,x1,y1,x2,y2,e_x,e_y\na.png,1,2,3,4,5,6'))


@pytest.mark.parametrize(
    'content',
    [
        'image,face,landmark,x,y,score\na.png,1,e,1,2,.5\na.png,2,e,3,4,.5\n'
        'b.png,1,e,5,6,.5',
        'image,face,e_x,e_y\na.png,1,1,2\na.png,2,3,4\nb.png,1,5,6',
    ],
)
def test_several_faces_of_an_image(write, content):
    samples = read_csv(write(content)).samples
    assert [s.id for s in samples] == ['a', 'a_2', 'b']
    assert [s.image.name for s in samples] == ['a.png', 'a.png', 'b.png']
    assert [s.points.tolist() for s in samples] == [[[1, 2]], [[3, 4]], [[5, 6]]]


@pytest.mark.parametrize(
    'content',
    [
        'image,e_x,e_y,e_v,n_x,n_y,n_v\na.png,1,2,0,3,4,2',
        'image,landmark,x,y,visible\na.png,e,1,2,0\na.png,n,3,4,1',
        'image,e_x,e_y,n_x,n_y\na.png,,,3,4',
        'image,e_x,e_y,n_x,n_y\na.png,nan,NaN,3,4',
    ],
)
def test_points_that_are_missing(write, content):
    (sample,) = read_csv(write(content)).samples
    np.testing.assert_array_equal(sample.points, [[NAN, NAN], [3, 4]])


@pytest.mark.parametrize(
    ('name', 'there'),
    [
        ('C:\\faces\\c.png', 'c.png'),
        ('/home/else/faces/sub/c.png', 'sub/c.png'),
        ('sub\\c.png', 'sub/c.png'),
        ('c.png', 'deep/er/c.png'),
        ("'=c.png", '=c.png'),
    ],
)
@pytest.mark.parametrize('given', [True, False])
def test_names_of_other_machines(write, tmp_path, name, there, given):
    path = write(f'image,e_x,e_y\n{name},1,2')
    (tmp_path / there).parent.mkdir(parents=True, exist_ok=True)
    Image.new('L', (9, 9), 7).save(tmp_path / there)
    (sample,) = read_csv(path, tmp_path if given else None).samples
    assert sample.image == tmp_path / there


def test_two_formats_of_one_name_are_two_images(write, tmp_path):
    Image.new('L', (9, 9), 7).save(tmp_path / 'a.jpg')
    samples = read_csv(write('a.png,1,2\na.jpg,3,4')).samples
    assert [s.id for s in samples] == ['a_png', 'a_jpg']
