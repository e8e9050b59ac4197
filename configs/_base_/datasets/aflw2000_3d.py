# AFLW2000-3D: 164 faces, split 60, 20 and 20 %. A config that uses it takes these for its
# data sets and evaluators.
aflw2000_3d = dict(
    type='FaceDataset',
    layout='aflw2000-3d',
    data_root='data/AFLW2000-3D',
    fractions=(0.2, 0.2),
)
aflw2000_3d_evaluator = dict(norm='box_sqrt', thresholds=(0.07,))
