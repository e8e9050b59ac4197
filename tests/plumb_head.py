"""A head in mm that faces right, constructed so that its angles are known.

S lies at the origin, S-N and FH and the palate are level, N-A-B-Pog is plumb, the lower
border of the mandible falls 45 degrees, incisors lean by known angles.
"""

import numpy as np

PLUMB = {
    'Sella': (0, 0), 'Nasion': (70, 0), 'Porion': (-20, 20), 'Orbitale': (60, 20),
    'Subspinale': (70, 50), 'Supramentale': (70, 90), 'Pogonion': (70, 105),
    'Gnathion': (68, 110), 'Menton': (60, 110), 'Gonion': (0, 50),
    'Articulare': (0, 30), 'ANS': (75, 45), 'PNS': (25, 45),
    'Upper incisor tip': (75, 70), 'Upper incisor apex': (75, 50),
    'Lower incisor tip': (72, 68), 'Lower incisor apex': (52, 88),
    'Upper lip': (90, 65), 'Lower lip': (87, 78), 'Subnasale': (85, 50),
    'Soft-tissue pogonion': (85, 105), 'Soft-tissue nasion': (85, 0),
    'Pronasale': (100, 40), 'Columella': (95, 50), 'Condylion': (-10, 10),
    'Basion': (-10, 60), 'Pterygoid point': (20, 20), 'Xi point': (10, 55),
    'Protuberance menti': (70, 100),
    'Upper molar': (35, 70), 'Lower molar': (35, 70),
    'Upper premolar cusp tip': (55, 70), 'Lower premolar cusp tip': (55, 70),
}  # fmt: skip
NAMES = list(PLUMB)


def plumb(**moved) -> np.ndarray:
    """``(K, 2)`` of the head in mm; ``Subspinale=(76, 50)`` moves a point."""
    moved = {name.replace('_', ' '): place for name, place in moved.items()}
    assert set(moved) <= set(PLUMB)
    return np.array([moved.get(name, PLUMB[name]) for name in NAMES], float)
