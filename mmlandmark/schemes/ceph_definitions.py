"""Written definitions of cephalometric points.

Each is worded here after the definition that the source gives, and not a quotation. The
sources are the books and papers in which the point is commonly looked up; page numbers are
not given, and the wording was not compared with the page. Those of CL-Detection 2023 are
translated from the Chinese definitions in the organisers' README.
"""

from __future__ import annotations

from typing import NamedTuple

from .ceph_names import POINTS, symbols_of

JACOBSON = 'Jacobson and Jacobson, Radiographic Cephalometry, 2nd ed., 2006'
RIOLO = 'Riolo et al., An Atlas of Craniofacial Growth, 1974'
BROADBENT = (
    'Broadbent et al., Bolton Standards of Dentofacial Developmental Growth, 1975'
)
DOWNS = 'Downs, American Journal of Orthodontics 34, 1948'
RICKETTS = 'Ricketts, American Journal of Orthodontics 81, 1982'
CL_DETECTION = 'CL-Detection 2023, README of github.com/cwwang1979/CL-detection2023'
PROJECT = 'this project: its name in the data set, no published definition was found'


class Definition(NamedTuple):
    """One sentence that defines a point, and the work it follows."""

    text: str
    source: str


#: Symbol of a point to its definition.
DEFINITIONS: dict[str, Definition] = {
    'S': Definition(
        'The centre of the pituitary fossa (sella turcica), found by eye.', RIOLO
    ),
    'N': Definition(
        'The most anterior point of the frontonasal suture in the midsagittal plane.',
        JACOBSON,
    ),
    'Or': Definition(
        'The lowest point of the lower margin of the orbit, midway between both sides.',
        JACOBSON,
    ),
    'Po': Definition(
        'The highest point of the external auditory meatus (anatomical porion).',
        JACOBSON,
    ),
    'A': Definition(
        'The deepest midline point of the anterior contour of the maxilla between the '
        'anterior nasal spine and the alveolar crest of the upper incisors.',
        DOWNS,
    ),
    'B': Definition(
        'The deepest midline point of the anterior contour of the mandible between the '
        'alveolar crest of the lower incisors and pogonion.',
        DOWNS,
    ),
    'Pog': Definition('The most anterior point of the bony chin.', JACOBSON),
    'Me': Definition('The lowest point of the mandibular symphysis.', JACOBSON),
    'Gn': Definition(
        'The most anterior and inferior point of the bony chin, midway between pogonion '
        'and menton along its outline.',
        JACOBSON,
    ),
    'Go': Definition(
        'The point of the angle of the mandible that is most posterior and inferior, where '
        'the bisector of the tangents to ramus and body meets the outline.',
        JACOBSON,
    ),
    'U1T': Definition(
        'The tip of the crown of the most anterior upper central incisor.', RIOLO
    ),
    'U1A': Definition(
        'The tip of the root of the most anterior upper central incisor.', RIOLO
    ),
    'L1T': Definition(
        'The tip of the crown of the most anterior lower central incisor.', RIOLO
    ),
    'L1A': Definition(
        'The tip of the root of the most anterior lower central incisor.', RIOLO
    ),
    'U6T': Definition('The tip of the mesial cusp of the upper first molar.', RIOLO),
    'L6T': Definition('The tip of the mesial cusp of the lower first molar.', RIOLO),
    'U5T': Definition('The tip of the cusp of the upper second premolar.', PROJECT),
    'L5T': Definition('The tip of the cusp of the lower second premolar.', PROJECT),
    'Ls': Definition(
        'The most anterior point of the upper lip in the midsagittal plane; some authors '
        'take its mucocutaneous border.',
        JACOBSON,
    ),
    'Li': Definition(
        'The most anterior point of the lower lip in the midsagittal plane; some authors '
        'take its mucocutaneous border.',
        JACOBSON,
    ),
    'Sn': Definition(
        'The midsagittal point where the nasal septum (columella) meets the upper lip.',
        JACOBSON,
    ),
    "Pog'": Definition(
        'The most anterior point of the soft-tissue chin in the midsagittal plane.',
        JACOBSON,
    ),
    "N'": Definition(
        'The deepest midsagittal point of the soft-tissue outline between forehead and '
        'nose.',
        JACOBSON,
    ),
    'Prn': Definition('The most anterior point of the nose.', JACOBSON),
    'Cm': Definition('The most anterior point of the columella of the nose.', JACOBSON),
    'PNS': Definition(
        'The tip of the posterior nasal spine, the end of the hard palate in the '
        'midsagittal plane.',
        JACOBSON,
    ),
    'ANS': Definition(
        'The tip of the anterior nasal spine of the maxilla in the midsagittal plane.',
        JACOBSON,
    ),
    'Ar': Definition(
        'The intersection of the posterior outline of the ramus with the lower outline of '
        'the cranial base.',
        JACOBSON,
    ),
    'Co': Definition('The most posterior and superior point of the condyle.', RIOLO),
    'Ba': Definition(
        'The lowest point of the anterior margin of the foramen magnum in the midsagittal '
        'plane.',
        BROADBENT,
    ),
    'R': Definition('A point of the ramus of the mandible.', PROJECT),
    'Pt': Definition(
        'The lower border of the foramen rotundum, at the posterior and superior outline '
        'of the pterygopalatine fossa.',
        RICKETTS,
    ),
    'Xi': Definition(
        'The centre of the ramus of the mandible, constructed from its borders.',
        RICKETTS,
    ),
    'PM': Definition(
        'The point of the symphysis above pogonion where its outline changes from concave '
        'to convex.',
        RICKETTS,
    ),
    'D': Definition('The centre of the mandibular symphysis.', CL_DETECTION),
    'Ptm': Definition(
        'The lowest point of the outline of the pterygomaxillary fissure.', CL_DETECTION
    ),
    'Bo': Definition(
        'The deepest point of the notch behind the occipital condyle.', CL_DETECTION
    ),
    "UL'": Definition('The border of mucosa and skin of the upper lip.', CL_DETECTION),
    "LL'": Definition('The border of mucosa and skin of the lower lip.', CL_DETECTION),
    "Gn'": Definition(
        'The point of the soft-tissue chin midway between soft-tissue pogonion and '
        'soft-tissue menton.',
        CL_DETECTION,
    ),
    "Me'": Definition('The lowest point of the soft-tissue chin.', CL_DETECTION),
    'G': Definition('The most anterior point of the forehead.', CL_DETECTION),
    'C': Definition(
        'The deepest point where the soft tissue below the chin meets the neck.',
        CL_DETECTION,
    ),
    'U6M': Definition(
        'The mesial contact point of the upper first molar, midway between both sides '
        'where they do not coincide.',
        CL_DETECTION,
    ),
    'L6M': Definition(
        'The mesial contact point of the lower first molar, midway between both sides '
        'where they do not coincide.',
        CL_DETECTION,
    ),
}


def definition_of(name: str) -> Definition | None:
    """The definition of a point by its name, symbol or synonym; None if there is none."""
    symbol = symbols_of([name])[0]
    return DEFINITIONS.get(symbol) if symbol else None


def definitions_table() -> str:
    """All definitions as a Markdown table."""
    rows = [['symbol', 'names', 'definition', 'source'], ['---'] * 4]
    for symbol, names in POINTS.items():
        text, source = DEFINITIONS[symbol]
        rows.append([symbol, ', '.join(names), text, source])
    return '\n'.join('| ' + ' | '.join(row) + ' |' for row in rows) + '\n'
