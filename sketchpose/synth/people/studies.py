# ruff: noqa: E501 (one recipe per row reads best as a table)
"""Poses that artists ask for by name: rows as in ``recipes``, with little noise, whose contacts are always closed.

They are no part of ``recipes.RECIPES``: what is drawn at random from that table, the pictures of ``generate`` and the
mannequins of the gallery, which are stored as seeds, would change with every row.
"""

from typing import Any, Final

from sketchpose.synth.people.recipes import Recipe

CARRIED: Final = "carried"
"""Family of those whom somebody carries, see ``pairs.PAIR_STUDIES``; alone they would hang in the air."""
_NOISE: Final = 3.0


def _stand(*contacts: tuple[str, str], fist: bool = False, **angles: Any) -> Recipe:
    return Recipe("standing", _NOISE, angles, contacts, grounded=True, fist=fist)


def _sit(*contacts: tuple[str, str], fist: bool = False, **angles: Any) -> Recipe:
    return Recipe("sitting", _NOISE, angles, contacts, fist=fist)


def _floor(*contacts: tuple[str, str], fist: bool = False, **angles: Any) -> Recipe:
    return Recipe("floor", _NOISE, angles, contacts, fist=fist)


def _lie(*contacts: tuple[str, str], **angles: Any) -> Recipe:
    return Recipe("lying", _NOISE, angles, contacts)


def _move(*contacts: tuple[str, str], fist: bool = False, **angles: Any) -> Recipe:
    return Recipe("moving", _NOISE, angles, contacts, fist=fist)


STUDIES: Final[dict[str, Recipe]] = {
    # upside down
    "headstand": _floor(pelvis=(178, 0), head=(8, 0, 0), uarm=(150, 25, 0), farm=105, thigh=(4, 5, 0), shin=4, foot=(35, 0, 0)),
    "shoulder stand": _lie(pelvis=(-165, 0), chest=(45, 0, 0), head=(50, 0, 0), uarm=(-35, 12, 0), farm=115, thigh=(8, 4, 0), shin=6, foot=(35, 0, 0)),
    "forearm stand stag": _floor(pelvis=(172, 0), head=(-35, 0, 0), uarm=(165, 8, 0), farm=80, l_thigh=(75, 8, 0), l_shin=110, r_thigh=(-25, 6, 0), r_shin=35, foot=(35, 0, 0)),
    # standing
    "hands joined overhead": _stand(("l", "overhead"), ("r", "overhead"), chest=(-4, 0, 0), thigh=(2, 6, 0)),
    "hand on head and hip": _stand(("l", "crown"), ("r", "hip"), pelvis=(0, -7), chest=(0, 12, 6), l_thigh=(2, 4, 0), r_thigh=(18, 14, 25), r_shin=28, head=(0, 0, 25)),
    "selfie": _stand(("r", "hip"), l_uarm=(100, 25, 0), l_farm=18, chest=(-4, -8, -8), head=(-8, -10, 15), r_thigh=(12, 10, 15), r_shin=22),
    "back against a wall": _stand(("l", "small of back"), ("r", "small of back"), pelvis=(-9, 0), chest=(4, 0, 0), l_thigh=(14, 5, 0), l_shin=4, r_thigh=(55, 8, 5), r_shin=92, head=(8, 0, 12)),
    "sweep": _stand(("r", "mop low"), ("l", "mop high"), pelvis=(14, 0), chest=(24, 0, -10), head=(14, 0, -8), l_thigh=(32, 10, 0), l_shin=24, r_thigh=(0, 10, 0), r_shin=12, fist=True),
    "open a door": _stand(l_uarm=(55, 22, 0), l_farm=42, pelvis=(6, 0), chest=(4, 0, 12), l_thigh=(24, 4, 0), l_shin=14, r_thigh=(-8, 5, 0), r_shin=12, r_uarm=(-8, 14, 0), r_farm=22),
    "knock at a door": _stand(l_uarm=(60, 12, 0), l_farm=88, head=(4, 0, 8), r_uarm=(2, 10, 0), r_farm=20, fist=True),
    "aim a rifle": _stand(("l", "rifle barrel"), ("r", "rifle stock"), chest=(6, 0, -28), head=(10, 14, 22), l_thigh=(22, 12, 0), l_shin=18, r_thigh=(-10, 14, 15), r_shin=8, fist=True),
    "hands over the face": _stand(("l", "face"), ("r", "face"), chest=(16, 0, 0), head=(26, 0, 0), thigh=(6, 2, -6), shin=10),
    "carry on the shoulder": _move(("l", "shoulder load"), r_uarm=(-14, 14, 0), r_farm=22, chest=(2, -8, 0), head=(0, -14, -8), l_thigh=(24, 3, 0), l_shin=10, r_thigh=(-12, 3, 0), r_shin=24, r_foot=(18, 0, 0)),
    "carry on the back": _move(("l", "strap"), ("r", "strap"), pelvis=(28, 0), chest=(22, 0, 0), head=(-28, 0, 0), l_thigh=(50, 5, 0), l_shin=38, r_thigh=(10, 5, 0), r_shin=34, r_foot=(18, 0, 0), fist=True),
    "carry a heavy case": _move(l_uarm=(2, 4, 0), l_farm=4, r_uarm=(0, 48, 0), r_farm=14, pelvis=(2, -6), chest=(6, -20, 0), head=(0, -6, 0), l_thigh=(26, 4, 0), l_shin=14, r_thigh=(-12, 8, 0), r_shin=26, r_foot=(18, 0, 0), fist=True),
    # sitting
    "hands under the chin": _sit(("l", "under the chin"), ("r", "under the chin"), pelvis=(12, 0), chest=(42, 0, 0), head=(-22, 0, 0), thigh=(96, 10, 0), shin=96),
    "drive": _sit(pelvis=(-16, 0), chest=(10, 0, 0), uarm=(58, 10, 0), farm=38, hand=(0, 0, 0), l_thigh=(84, 10, 0), l_shin=62, r_thigh=(80, 6, 0), r_shin=46, foot=(-8, 0, 0), fist=True),
    "ride a horse": _sit(pelvis=(2, 0), chest=(6, 0, 0), thigh=(46, 46, 42), shin=76, foot=(-12, 0, 0), uarm=(22, 8, 0), farm=72, fist=True),
    "ride at a gallop": _sit(pelvis=(34, 0), chest=(16, 0, 0), head=(-36, 0, 0), thigh=(63, 60, 46), shin=82, foot=(-10, 0, 0), uarm=(62, 8, 0), farm=48, fist=True),
    # on the floor
    "recline on an elbow": _lie(("r", "hip"), pelvis=(0, 80), chest=(6, -30, 0), head=(0, -26, 0), l_uarm=(14, 58, 0), l_farm=96, l_thigh=(26, 0, 0), l_shin=40, r_thigh=(42, 28, 48), r_shin=84),
    "recline on both elbows": _lie(pelvis=(-86, 0), chest=(40, 0, 0), head=(10, 0, 0), uarm=(-44, 12, 0), farm=88, l_thigh=(52, 6, 0), l_shin=100, r_thigh=(2, 6, 0), r_shin=4, foot=(20, 0, 0)),
    "half-kneel arms raised": _floor(l_thigh=(88, 10, 0), l_shin=88, r_thigh=(2, 8, 0), r_shin=92, r_foot=(40, 0, 0), uarm=(12, 150, 0), farm=12, chest=(-8, 0, 0), head=(-16, 0, 0)),
    "cross-legged arms out": _floor(("l", "crossed near"), ("r", "crossed far"), pelvis=(-8, 0), foot=(30, 0, 0), chest=(12, 0, 0), uarm=(8, 84, 20), farm=10),
    "cross-legged hands on knees": _floor(("l", "crossed far"), ("r", "crossed near"), ("l", "knee"), ("r", "knee"), pelvis=(-8, 0), foot=(30, 0, 0), chest=(14, 0, 0)),
    "beg": _floor(("l", "plead"), ("r", "plead"), thigh=(8, 8, 0), shin=100, foot=(45, 0, 0), chest=(14, 0, 0), head=(-20, 0, 0), uarm=(40, 4, 0), farm=112),
    "aim kneeling": _floor(("l", "rifle barrel"), ("r", "rifle stock"), l_thigh=(88, 8, 0), l_shin=94, r_thigh=(20, 22, 0), r_shin=120, r_foot=(40, 0, 0), chest=(12, 0, -22), head=(8, 12, 18), fist=True),
    "cower": _floor(("l", "nape"), ("r", "nape"), pelvis=(40, 0), chest=(60, 0, 0), head=(35, 0, 0), thigh=(120, 12, 0), shin=140, foot=(30, 0, 0)),
    # carried by somebody
    "lie in arms": Recipe(CARRIED, _NOISE, {"pelvis": (-52, 0), "chest": (14, 0, 0), "head": (14, 0, 0), "thigh": (82, 5, 0), "shin": 76, "foot": (30, 0, 0), "uarm": (30, 5, 0), "farm": 50}),
    "hang over a shoulder": Recipe(CARRIED, _NOISE, {"pelvis": (128, 0), "chest": (20, 0, 0), "head": (5, 0, 0), "thigh": (95, 4, 0), "shin": 18, "foot": (30, 0, 0), "uarm": (150, 4, 0), "farm": 12}),
    # in the air
    "stag leap": _move(l_thigh=(86, 10, 0), l_shin=118, r_thigh=(-28, 10, 10), r_shin=16, foot=(42, 0, 0), l_uarm=(30, 84, 0), r_uarm=(145, 25, 0), farm=10, chest=(-14, 0, 0), head=(-12, 0, 0)),
    "leap with a folded leg": _move(pelvis=(8, 0), l_thigh=(68, 14, 0), l_shin=12, r_thigh=(30, 46, 10), r_shin=126, foot=(40, 0, 0), uarm=(40, 100, 0), farm=16, chest=(-8, 0, 0)),
    "dive": _move(("l", "overhead"), ("r", "overhead"), pelvis=(128, 0), chest=(14, 0, 0), head=(10, 0, 0), thigh=(8, 3, 0), shin=4, foot=(42, 0, 0)),
    "tuck": _move(("l", "shin"), ("r", "shin"), pelvis=(70, 0), chest=(55, 0, 0), head=(34, 0, 0), thigh=(122, 6, 0), shin=132, foot=(35, 0, 0)),
}  # fmt: skip
"""Name -> pose, beside ``recipes.RECIPES``; no name is in both."""
