# ruff: noqa: E501 (one recipe per row reads best as a table)
"""The recipes of poses: plain data, mean angles in degrees plus contacts that inverse kinematics closes.

``pelvis`` is (pitch, roll): pitch > 0 leans forward, roll > 0 leans to the person's left. ``chest`` and ``head`` are
(flexion, side bend, twist). ``uarm``, ``thigh`` and ``foot`` are (flexion, abduction, twist), ``farm`` and ``shin`` one
bend. A key without ``l_`` or ``r_`` holds for both sides. A contact is (hand side, target of ``contact.TARGETS``).
"""

from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True)
class Recipe:
    """One family member: mean angles, the noise around them and what the hands hold on to.

    Attributes:
        family: Group for weights and statistics.
        noise: Standard deviation in degrees that is added to every angle.
        angles: See the module's docstring.
        contacts: (hand side, target) pairs.
        weight: How often it is drawn, relative to 1.
        close: Whether the camera likes to come near and to the front, for strong foreshortening.
        grounded: Whether the figure stands on its feet and is kept in balance.
        fist: Whether the hands are closed.
    """

    family: str
    noise: float
    angles: dict[str, Any]
    contacts: tuple[tuple[str, str], ...] = ()
    weight: float = 1.0
    close: bool = False
    grounded: bool = False
    fist: bool = False


def _stand(noise: float, contacts: tuple[tuple[str, str], ...] = (), weight: float = 1.0, **angles: Any) -> Recipe:
    return Recipe("standing", noise, angles, contacts, weight, grounded=True)


def _sit(noise: float, contacts: tuple[tuple[str, str], ...] = (), weight: float = 1.0, **angles: Any) -> Recipe:
    return Recipe("sitting", noise, angles, contacts, weight)


def _floor(noise: float, contacts: tuple[tuple[str, str], ...] = (), weight: float = 1.0, **angles: Any) -> Recipe:
    return Recipe("floor", noise, angles, contacts, weight)


def _lie(noise: float, contacts: tuple[tuple[str, str], ...] = (), weight: float = 1.0, **angles: Any) -> Recipe:
    return Recipe("lying", noise, angles, contacts, weight)


def _move(noise: float, contacts: tuple[tuple[str, str], ...] = (), weight: float = 1.0, **angles: Any) -> Recipe:
    return Recipe("moving", noise, angles, contacts, weight)


def _dance(noise: float, contacts: tuple[tuple[str, str], ...] = (), **angles: Any) -> Recipe:
    return Recipe("dance", noise, angles, contacts)


def _fight(noise: float, contacts: tuple[tuple[str, str], ...] = (), **angles: Any) -> Recipe:
    return Recipe("combat", noise, angles, contacts, fist=True)


def _sport(noise: float, contacts: tuple[tuple[str, str], ...] = (), **angles: Any) -> Recipe:
    return Recipe("sport", noise, angles, contacts, fist=True)


def _deep(noise: float, contacts: tuple[tuple[str, str], ...] = (), **angles: Any) -> Recipe:
    return Recipe("foreshortened", noise, angles, contacts, 1.0, close=True)


BOTH_HIPS = (("l", "hip"), ("r", "hip"))
BOTH_KNEES = (("l", "knee"), ("r", "knee"))
BOTH_HEAD = (("l", "nape"), ("r", "nape"))
BOTH_FLOOR = (("l", "floor"), ("r", "floor"))
CROSSED = (("l", "other elbow"), ("r", "other elbow"))
CLASP = (("l", "belly"), ("r", "other wrist"))

RECIPES: Final[dict[str, Recipe]] = {
    # standing
    "stand": _stand(9, weight=5, uarm=(2, 10, 0), farm=15),
    "contrapposto": _stand(9, weight=4, pelvis=(0, -7), chest=(0, 12, 8), l_thigh=(2, 4, 0), r_thigh=(18, 14, 25), r_shin=28, l_uarm=(5, 12, 0), r_uarm=(-5, 18, 0), l_farm=25, r_farm=30),
    "wide stance": _stand(9, thigh=(3, 22, 10), uarm=(5, 22, 0), farm=20),
    "hands on hips": _stand(8, BOTH_HIPS, 2, thigh=(2, 9, 8)),
    "hand on hip": _stand(9, (("l", "hip"),), 2, pelvis=(0, -6), chest=(0, 10, 0), r_thigh=(12, 12, 15), r_shin=20, r_uarm=(0, 12, 0)),
    "arms crossed": _stand(6, CROSSED, 1.5, chest=(4, 0, 0)),
    "hands clasped": _stand(7, CLASP, 1.0, chest=(3, 0, 0)),
    "hands behind back": _stand(7, (("l", "small of back"), ("r", "small of back"))),
    "hands in pockets": _stand(7, (("l", "pocket"), ("r", "pocket")), 1.5, r_thigh=(10, 8, 10), r_shin=14),
    "hands behind head": _stand(7, BOTH_HEAD, 1.2, chest=(-6, 0, 0)),
    "thinking": _stand(8, (("l", "chin"), ("r", "other elbow")), 1.0, head=(12, 5, 0)),
    "phone": _stand(9, (("l", "ear"),), 1.0, r_uarm=(8, 14, 0), r_farm=40),
    "salute": _stand(6, (("l", "brow"),), 0.6),
    "shy": _stand(8, (("l", "other elbow"),), 1.0, r_uarm=(0, 8, 0), thigh=(3, -2, -6), head=(14, 8, 0)),
    "shrug": _stand(9, uarm=(15, 30, 0), farm=85, hand=(10, 0, 60)),
    "wave": _stand(10, l_uarm=(40, 100, 0), l_farm=90, r_uarm=(0, 12, 0)),
    "point": _stand(9, l_uarm=(85, 12, 0), l_farm=8, r_uarm=(0, 14, 0), head=(0, 0, 15)),
    "reach up": _stand(11, l_uarm=(165, 5, 0), l_farm=10, r_uarm=(5, 18, 0), r_farm=20, chest=(-10, -10, 0), head=(-30, 0, 0)),
    "arms up": _stand(12, weight=1.5, uarm=(160, 25, 0), farm=25, chest=(-8, 0, 0), head=(-10, 0, 0)),
    "arms out": _stand(8, uarm=(0, 88, 0), farm=6, thigh=(0, 8, 0)),
    "A pose": _stand(5, weight=1.5, uarm=(0, 40, 0), farm=10, thigh=(0, 10, 0)),
    "hold up": _stand(10, (), 1.0, uarm=(85, 8, 0), farm=70, chest=(-8, 0, 0)),
    "read": _stand(8, uarm=(35, 5, 0), farm=95, head=(28, 0, 0)),
    "drink": _stand(9, (("l", "mouth"),), 1.0, r_uarm=(2, 12, 0)),
    "look back": _stand(9, (), 1.0, chest=(0, 0, 30), head=(0, 0, 55), l_thigh=(12, 5, 0), r_thigh=(-8, 5, 0)),
    "lean back": _stand(8, (), 1.0, pelvis=(-10, 0), thigh=(18, 6, 0), shin=12, uarm=(-30, 20, 0), farm=40),
    "one leg": _stand(9, (), 1.0, l_thigh=(75, 8, 0), l_shin=95, uarm=(25, 50, 0)),
    "tree": _stand(6, (("l", "prayer"), ("r", "prayer")), 0.7, l_thigh=(60, 55, 30), l_shin=135, r_thigh=(0, 3, 0)),
    "quad stretch": _stand(7, (("l", "ankle"),), 0.7, l_thigh=(-10, 4, 0), l_shin=130, r_uarm=(80, 20, 0)),
    "side bend": _stand(8, (("l", "hip"),), 0.8, chest=(0, 28, 0), r_uarm=(10, 165, 0), r_farm=25, thigh=(0, 14, 0)),
    "bow": _stand(10, (), 1.0, pelvis=(30, 0), chest=(45, 0, 0), thigh=(30, 5, 0), uarm=(20, 8, 0), head=(20, 0, 0)),
    "touch toes": _stand(7, (("l", "shin"), ("r", "shin")), 0.7, pelvis=(60, 0), chest=(55, 0, 0), thigh=(65, 5, 0), uarm=(80, 5, 0), head=(20, 0, 0)),
    "pick up": _stand(9, (("l", "floor"),), 0.8, pelvis=(40, 0), chest=(40, 0, 0), thigh=(80, 12, 5), shin=70, r_uarm=(10, 10, 0)),
    # everyday movement
    "walk": _move(8, (), 3, l_thigh=(28, 3, 0), l_shin=12, r_thigh=(-15, 3, 0), r_shin=28, r_foot=(20, 0, 0), l_uarm=(-25, 8, 0), r_uarm=(28, 8, 0), l_farm=18, r_farm=30),
    "run": _move(10, (), 2.5, pelvis=(18, 0), chest=(8, 0, 12), l_thigh=(75, 3, 0), l_shin=95, r_thigh=(-18, 3, 0), r_shin=35, r_foot=(30, 0, 0), l_uarm=(-50, 12, 0), r_uarm=(55, 10, 0), farm=95, head=(-15, 0, 0)),
    "sneak": _move(9, (), 0.8, pelvis=(20, 0), chest=(25, 0, 0), l_thigh=(70, 5, 0), l_shin=80, r_thigh=(10, 5, 0), r_shin=35, uarm=(45, 15, 0), farm=95, head=(-25, 0, 0)),
    "climb stairs": _move(9, (), 0.8, pelvis=(10, 0), l_thigh=(75, 5, 0), l_shin=80, r_thigh=(0, 4, 0), r_shin=10, r_uarm=(60, 20, 0), r_farm=40),
    "climb": _move(11, (), 1.0, l_uarm=(160, 15, 0), l_farm=30, r_uarm=(120, 25, 0), r_farm=80, l_thigh=(60, 35, 10), l_shin=90, r_thigh=(20, 15, 0), r_shin=30),
    "hang": _move(8, (), 0.8, uarm=(165, 22, 0), farm=15, thigh=(8, 6, 0), shin=25, foot=(35, 0, 0)),
    "push": _move(8, (), 1.0, pelvis=(28, 0), uarm=(80, 10, 0), farm=25, hand=(-50, 0, 0), l_thigh=(60, 5, 0), l_shin=55, r_thigh=(-15, 5, 0), r_shin=12),
    "pull": _move(9, (), 1.0, pelvis=(-25, 0), uarm=(75, 5, 0), farm=20, l_thigh=(55, 10, 0), l_shin=30, r_thigh=(25, 10, 0), r_shin=55),
    "carry": _move(7, (), 1.0, uarm=(30, 12, 0), farm=90, l_thigh=(22, 4, 0), r_thigh=(-12, 4, 0), r_shin=22, chest=(-6, 0, 0)),
    "lunge": _move(11, (), 1.0, pelvis=(8, 0), l_thigh=(80, 8, 0), l_shin=80, r_thigh=(-22, 8, 0), r_shin=15, r_foot=(25, 0, 0), l_uarm=(75, 15, 0), r_uarm=(-30, 35, 0), l_farm=15, r_farm=40),
    "side lunge": _move(9, (), 0.8, l_thigh=(60, 45, 20), l_shin=85, r_thigh=(5, 50, 0), r_shin=5, chest=(15, 0, 0), uarm=(60, 15, 0), farm=60),
    "jump star": _move(12, (), 1.0, thigh=(10, 42, 0), shin=12, uarm=(20, 130, 0), farm=15, foot=(35, 0, 0), chest=(-10, 0, 0)),
    "jump tuck": _move(14, (), 1.0, l_thigh=(95, 12, 0), l_shin=110, r_thigh=(40, 10, 0), r_shin=85, l_uarm=(120, 30, 0), r_uarm=(60, 60, 0), l_farm=40, r_farm=50, chest=(5, 0, 10)),
    "fall": _move(18, (), 1.0, pelvis=(-50, 0), uarm=(90, 45, 0), farm=35, thigh=(60, 18, 0), shin=45, chest=(20, 0, 0)),
    "fly": _move(11, (), 1.0, pelvis=(65, 0), l_uarm=(170, 5, 0), l_farm=5, r_uarm=(10, 20, 0), r_farm=25, head=(-40, 0, 0), l_thigh=(0, 5, 0), r_thigh=(45, 8, 0), r_shin=85, foot=(40, 0, 0)),
    "swim": _move(11, (), 0.8, pelvis=(85, 0), l_uarm=(165, 8, 0), l_farm=10, r_uarm=(20, 40, 0), r_farm=60, head=(-20, 0, 30), l_thigh=(12, 4, 0), r_thigh=(-14, 4, 0), shin=12, foot=(40, 0, 0)),
    "handstand": _move(11, (), 1.0, pelvis=(178, 0), uarm=(172, 6, 0), farm=5, thigh=(5, 18, 0), shin=20, foot=(35, 0, 0), head=(-30, 0, 0)),
    "cartwheel": _move(10, (), 0.7, pelvis=(0, 150), uarm=(10, 160, 0), farm=6, thigh=(5, 60, 0), shin=5, foot=(35, 0, 0)),
    "back bridge": _move(9, (("l", "floor"), ("r", "floor")), 0.5, pelvis=(-95, 0), chest=(-25, 0, 0), head=(-45, 0, 0), uarm=(172, 10, 0), farm=10, thigh=(-22, 10, 0), shin=95),
    # sitting
    "sit chair": _sit(10, (), 2, thigh=(88, 10, 0), shin=88, uarm=(25, 8, 0), farm=55, chest=(8, 0, 0)),
    "sit hands on knees": _sit(8, BOTH_KNEES, 1.2, thigh=(88, 12, 0), shin=88, chest=(14, 0, 0)),
    "sit legs crossed": _sit(8, (("l", "knee"),), 1.5, l_thigh=(100, -14, 0), l_shin=75, r_thigh=(86, -2, 0), r_shin=86, chest=(10, 0, 0), r_uarm=(15, 15, 0), r_farm=60),
    "sit ankle on knee": _sit(7, (("l", "shin"),), 1.0, l_thigh=(85, 42, 45), l_shin=100, r_thigh=(86, 8, 0), r_shin=86, chest=(8, 0, 0)),
    "thinker": _sit(7, (("l", "chin"), ("r", "other knee")), 1.0, thigh=(95, 8, 0), shin=95, chest=(38, 0, -10), head=(10, 0, 0)),
    "sit slouch": _sit(10, (), 1.0, pelvis=(-25, 0), thigh=(70, 14, 0), shin=60, chest=(25, 0, 0), uarm=(5, 15, 0), farm=40),
    "sit lean forward": _sit(8, (("l", "other wrist"), ("r", "between knees")), 1.0, thigh=(90, 18, 0), shin=92, pelvis=(10, 0), chest=(30, 0, 0)),
    "sit sideways": _sit(10, (), 0.8, thigh=(85, 8, 0), shin=80, chest=(5, 0, 35), l_uarm=(-20, 30, 0), l_farm=50),
    "sit typing": _sit(7, (), 0.8, thigh=(88, 8, 0), shin=85, uarm=(35, 6, 0), farm=60, chest=(10, 0, 0), head=(12, 0, 0)),
    "cycle": _sit(8, (), 0.8, pelvis=(30, 0), chest=(20, 0, 0), l_thigh=(100, 5, 0), l_shin=85, r_thigh=(55, 5, 0), r_shin=40, uarm=(75, 8, 0), farm=25, head=(-30, 0, 0)),
    # on the floor
    "sit floor": _floor(11, (), 1.2, pelvis=(-20, 0), thigh=(100, 12, 0), shin=80, uarm=(-45, 18, 0), farm=8, chest=(15, 0, 0), foot=(20, 0, 0)),
    "sit cross-legged": _floor(7, BOTH_KNEES, 2, pelvis=(-8, 0), thigh=(85, 50, 38), shin=128, chest=(16, 0, 0)),
    "meditate": _floor(5, (("l", "belly"), ("r", "belly")), 0.8, pelvis=(-4, 0), thigh=(86, 52, 40), shin=132, chest=(8, 0, 0)),
    "cross-legged hands on ankles": _floor(6, (("l", "other ankle"), ("r", "other ankle")), 0.8, pelvis=(-10, 0), thigh=(85, 50, 40), shin=130, chest=(26, 0, 0)),
    "legs straight": _floor(8, (("l", "floor"), ("r", "floor")), 1.0, pelvis=(-12, 0), thigh=(82, 8, 0), shin=8, uarm=(-35, 15, 0), foot=(15, 0, 0)),
    "straddle": _floor(8, (), 0.8, pelvis=(5, 0), thigh=(85, 60, 10), shin=6, chest=(25, 0, 0), uarm=(70, 15, 0), farm=15),
    "one knee up": _floor(8, (("l", "knee"),), 1.5, pelvis=(-15, 0), l_thigh=(110, 8, 0), l_shin=105, r_thigh=(82, 15, 0), r_shin=15, r_uarm=(-35, 20, 0), chest=(14, 0, 0)),
    "hug knees": _floor(6, (("l", "other shin"), ("r", "other shin")), 1.3, pelvis=(-10, 0), thigh=(122, 5, 0), shin=125, chest=(38, 0, 0), head=(20, 0, 0)),
    "mermaid": _floor(8, (("l", "floor"),), 0.8, pelvis=(-5, 10), l_thigh=(70, 40, 30), l_shin=115, r_thigh=(70, 5, -30), r_shin=110, r_uarm=(25, 10, 0), r_farm=30, chest=(5, -15, 0)),
    "kneel": _floor(9, (), 1.0, thigh=(10, 10, 0), shin=105, foot=(45, 0, 0), uarm=(15, 12, 0), farm=40),
    "seiza": _floor(6, (("l", "knee"), ("r", "knee")), 1.2, thigh=(88, 10, 0), shin=142, foot=(45, 0, 0), chest=(6, 0, 0)),
    "kneel one": _floor(9, (("l", "knee"),), 1.2, l_thigh=(88, 12, 0), l_shin=90, r_thigh=(5, 8, 0), r_shin=95, r_foot=(35, 0, 0), r_uarm=(5, 15, 0), chest=(12, 0, 0)),
    "crouch": _floor(9, (), 1.2, pelvis=(25, 0), thigh=(115, 18, 5), shin=125, uarm=(50, 15, 0), farm=40, chest=(35, 0, 0), head=(-30, 0, 0), foot=(-15, 0, 0)),
    "crouch hand down": _floor(8, (("l", "floor"),), 1.0, pelvis=(30, 0), l_thigh=(110, 25, 10), l_shin=120, r_thigh=(85, 30, 0), r_shin=70, chest=(30, 0, 0), head=(-35, 0, 0), r_uarm=(10, 40, 0)),
    "tie shoe": _floor(7, (("l", "ankle"), ("r", "other ankle")), 0.8, pelvis=(15, 0), chest=(45, 0, 0), l_thigh=(105, 8, 0), l_shin=105, r_thigh=(15, 6, 0), r_shin=100, head=(15, 0, 0)),
    "all fours": _floor(7, BOTH_FLOOR, 1.2, pelvis=(82, 0), uarm=(85, 6, 0), farm=6, thigh=(85, 8, 0), shin=88, head=(-25, 0, 0), foot=(40, 0, 0)),
    "crawl": _floor(8, BOTH_FLOOR, 1.2, pelvis=(78, 0), l_uarm=(110, 8, 0), r_uarm=(65, 8, 0), l_thigh=(100, 8, 0), l_shin=95, r_thigh=(60, 8, 0), r_shin=75, head=(-35, 0, 0), foot=(40, 0, 0)),
    "bird dog": _floor(6, (("r", "floor"),), 0.7, pelvis=(85, 0), l_uarm=(165, 5, 0), l_farm=5, r_uarm=(88, 5, 0), r_farm=5, l_thigh=(88, 6, 0), l_shin=90, r_thigh=(-5, 4, 0), r_shin=6, head=(-20, 0, 0)),
    "donkey kick": _floor(8, BOTH_FLOOR, 0.6, pelvis=(85, 0), uarm=(88, 5, 0), l_thigh=(88, 6, 0), l_shin=90, r_thigh=(-15, 8, 0), r_shin=80, head=(-20, 0, 0)),
    "downward dog": _floor(6, BOTH_FLOOR, 0.6, pelvis=(135, 0), uarm=(165, 6, 0), farm=5, thigh=(95, 6, 0), shin=8, foot=(-20, 0, 0)),
    "child's pose": _floor(6, (), 0.6, pelvis=(55, 0), chest=(45, 0, 0), uarm=(160, 8, 0), farm=15, thigh=(120, 10, 0), shin=142, foot=(45, 0, 0)),
    "push-up": _floor(7, BOTH_FLOOR, 1.0, pelvis=(78, 0), uarm=(80, 15, 0), farm=10, thigh=(2, 5, 0), shin=5, foot=(-10, 0, 0), head=(-20, 0, 0)),
    "push-up low": _floor(7, (), 0.7, pelvis=(87, 0), uarm=(20, 50, 0), farm=100, thigh=(2, 5, 0), shin=5, foot=(-10, 0, 0), head=(-20, 0, 0)),
    "plank": _floor(6, (), 0.7, pelvis=(85, 0), uarm=(82, 6, 0), farm=88, thigh=(3, 5, 0), shin=4, foot=(-10, 0, 0), head=(-10, 0, 0)),
    "side plank": _floor(6, (("l", "floor"),), 0.6, pelvis=(0, 68), l_uarm=(5, 75, 0), l_farm=5, r_uarm=(5, 85, 0), thigh=(2, 4, 0), shin=4),
    # lying
    "lie back": _lie(14, (), 1.2, pelvis=(-88, 0), uarm=(5, 25, 0), thigh=(5, 8, 0), foot=(30, 0, 0)),
    "lie back knee": _lie(12, (), 1.0, pelvis=(-85, 0), l_thigh=(55, 8, 0), l_shin=95, r_thigh=(8, 8, 0), l_uarm=(150, 30, 0), l_farm=100, r_uarm=(10, 20, 0), r_farm=70),
    "lie hands behind head": _lie(8, BOTH_HEAD, 1.0, pelvis=(-86, 0), l_thigh=(50, 6, 0), l_shin=90, r_thigh=(60, 8, 0), r_shin=30, head=(12, 0, 0)),
    "leg raise": _lie(9, (), 1.0, pelvis=(-88, 0), thigh=(75, 4, 0), shin=10, uarm=(5, 15, 0), farm=8, foot=(25, 0, 0)),
    "crunch": _lie(7, BOTH_HEAD, 1.0, pelvis=(-80, 0), chest=(45, 0, 0), head=(25, 0, 0), thigh=(70, 8, 0), shin=95),
    "sit-up": _lie(8, BOTH_HEAD, 0.7, pelvis=(-45, 0), chest=(40, 0, 0), head=(15, 0, 0), thigh=(90, 8, 0), shin=90),
    "hip bridge": _lie(7, (), 0.8, pelvis=(-115, 0), chest=(-12, 0, 0), head=(35, 0, 0), thigh=(15, 8, 0), shin=105, uarm=(-20, 15, 0), farm=5),
    "bicycle": _lie(8, BOTH_HEAD, 0.7, pelvis=(-82, 0), chest=(35, 0, 20), l_thigh=(110, 5, 0), l_shin=110, r_thigh=(35, 5, 0), r_shin=10),
    "bench press": _lie(8, (), 0.8, pelvis=(-88, 0), uarm=(75, 25, 0), farm=30, thigh=(40, 18, 0), shin=110),
    "lie side": _lie(11, (), 1.0, pelvis=(0, 85), l_thigh=(35, 0, 0), l_shin=50, r_thigh=(60, 0, 0), r_shin=75, l_uarm=(120, 20, 0), l_farm=90, r_uarm=(40, 0, 0), r_farm=50, chest=(15, 10, 0)),
    "odalisque": _lie(9, (("l", "ear"), ("r", "hip")), 1.0, pelvis=(-5, 72), chest=(5, -22, 0), head=(0, -20, 0), l_thigh=(20, 2, 0), l_shin=30, r_thigh=(35, 2, 0), r_shin=55),
    "fetal": _lie(8, (("l", "chin"),), 0.8, pelvis=(0, 86), chest=(42, 0, 0), head=(25, 0, 0), thigh=(105, 3, 0), shin=115, r_uarm=(70, 10, 0), r_farm=70),
    "prone": _lie(11, (), 1.0, pelvis=(85, 0), chest=(-22, 0, 0), head=(-35, 0, 0), uarm=(70, 20, 0), farm=85, thigh=(-5, 8, 0), shin=25, foot=(40, 0, 0)),
    "prone feet up": _lie(8, (("l", "chin"), ("r", "chin")), 0.8, pelvis=(82, 0), chest=(-25, 0, 0), head=(-30, 0, 0), thigh=(-5, 6, 0), l_shin=95, r_shin=70, foot=(35, 0, 0)),
    "superman": _lie(7, (), 0.7, pelvis=(88, 0), chest=(-24, 0, 0), uarm=(165, 12, 0), farm=8, thigh=(-18, 8, 0), shin=8, foot=(40, 0, 0), head=(-35, 0, 0)),
    "sprawl": _lie(15, (), 0.8, pelvis=(-86, 0), l_uarm=(60, 110, 0), r_uarm=(20, 60, 0), l_farm=60, r_farm=40, l_thigh=(20, 35, 20), l_shin=60, r_thigh=(5, 15, 0), r_shin=12),
    "wounded": _lie(10, (("l", "belly"),), 0.7, pelvis=(-60, 10), chest=(30, 0, 0), head=(15, 10, 0), l_thigh=(70, 10, 0), l_shin=85, r_thigh=(35, 12, 0), r_shin=20, r_uarm=(-30, 30, 0)),
    # dance
    "ballet": _dance(12, (), l_thigh=(-25, 20, 30), l_shin=10, l_foot=(40, 0, 0), r_foot=(30, 0, 0), pelvis=(15, 0), chest=(-22, 0, 0), l_uarm=(60, 60, 0), r_uarm=(150, 20, 0), l_farm=25, r_farm=30),
    "arabesque": _dance(9, (), pelvis=(55, 0), chest=(-25, 0, 0), head=(-30, 0, 0), l_thigh=(-25, 5, 0), l_shin=10, l_foot=(45, 0, 0), r_thigh=(60, 3, 0), l_uarm=(140, 20, 0), r_uarm=(60, 70, 0)),
    "pirouette": _dance(7, (), l_thigh=(65, 60, 40), l_shin=115, l_foot=(40, 0, 0), r_foot=(40, 0, 0), uarm=(45, 45, 0), farm=70),
    "grand jeté": _dance(9, (), l_thigh=(92, 12, 0), l_shin=5, r_thigh=(-30, 15, 25), r_shin=8, foot=(42, 0, 0), l_uarm=(100, 25, 0), r_uarm=(10, 85, 0), farm=10, chest=(-12, 0, 0)),
    "plié": _dance(7, (), thigh=(35, 48, 45), shin=70, uarm=(30, 70, 0), farm=30),
    "fifth position": _dance(6, (), thigh=(3, 0, 35), uarm=(150, 35, 0), farm=45, foot=(40, 0, 0)),
    "flamenco": _dance(9, (("r", "hip"),), chest=(-16, 12, -15), l_uarm=(140, 40, 0), l_farm=60, head=(-10, 0, 30), l_thigh=(20, 8, 0), l_shin=30),
    "disco": _dance(10, (("r", "hip"),), l_uarm=(60, 135, 0), l_farm=5, l_thigh=(5, 25, 0), pelvis=(0, 10), r_thigh=(10, 15, 0), r_shin=25),
    "hip sway": _dance(10, (), pelvis=(0, 14), chest=(0, -22, 10), uarm=(60, 80, 0), farm=80, l_thigh=(25, 10, 0), l_shin=40, r_thigh=(5, 5, 0)),
    "kick line": _dance(9, (), l_thigh=(105, 8, 0), l_shin=12, l_foot=(35, 0, 0), uarm=(15, 85, 0), farm=15, chest=(-10, 0, 0)),
    "b-boy freeze": _dance(13, (("l", "floor"),), pelvis=(150, 30), l_uarm=(150, 20, 0), l_farm=30, r_uarm=(60, 60, 0), r_farm=60, l_thigh=(60, 40, 0), l_shin=100, r_thigh=(10, 50, 0), r_shin=30),
    "body wave": _dance(10, (), pelvis=(-12, 0), chest=(-22, 0, 0), head=(-35, 0, 0), thigh=(20, 12, 0), shin=45, uarm=(-20, 30, 0), farm=20),
    "twist": _dance(10, (), chest=(8, 0, 38), pelvis=(8, 0), thigh=(40, 8, 0), shin=60, l_uarm=(60, 20, 0), r_uarm=(-20, 25, 0), farm=85),
    # combat
    "punch": _fight(8, (), chest=(8, 0, -35), l_uarm=(80, 20, 0), l_farm=110, r_uarm=(90, -5, 0), r_farm=5, l_thigh=(35, 15, 0), l_shin=35, r_thigh=(-15, 15, 10), r_shin=12),
    "uppercut": _fight(9, (), chest=(-5, -12, -30), l_uarm=(45, 15, 0), l_farm=125, r_uarm=(120, 5, 0), r_farm=80, l_thigh=(40, 12, 0), l_shin=45, r_thigh=(-10, 12, 0), r_shin=20),
    "guard": _fight(8, (), chest=(14, 0, 20), l_uarm=(55, 15, 0), l_farm=115, r_uarm=(40, 20, 0), r_farm=130, l_thigh=(30, 14, 0), l_shin=35, r_thigh=(0, 18, 10), r_shin=25),
    "high kick": _fight(12, (), pelvis=(-12, 15), chest=(10, 10, 0), l_thigh=(95, 30, 0), l_shin=15, l_foot=(30, 0, 0), r_thigh=(-5, 8, 0), r_shin=10, l_uarm=(10, 45, 0), r_uarm=(30, 55, 0), l_farm=70, r_farm=80),
    "side kick": _fight(9, (), pelvis=(0, -35), l_thigh=(15, 75, 0), l_shin=6, r_thigh=(5, 20, 0), l_uarm=(20, 40, 0), r_uarm=(50, 20, 0), l_farm=60, r_farm=100, chest=(0, 20, 0)),
    "flying kick": _fight(10, (), pelvis=(-20, 25), l_thigh=(85, 15, 0), l_shin=5, r_thigh=(70, 35, 0), r_shin=125, l_uarm=(40, 30, 0), l_farm=60, r_uarm=(-30, 40, 0), r_farm=50),
    "sword overhead": _fight(11, (), chest=(5, 0, -20), l_uarm=(130, 5, 0), l_farm=55, r_uarm=(140, 5, 0), r_farm=60, l_thigh=(40, 14, 0), l_shin=40, r_thigh=(-18, 12, 0), r_shin=15),
    "fencing lunge": _fight(8, (), chest=(5, 0, 25), l_uarm=(50, 75, 0), l_farm=5, r_uarm=(-20, 70, 0), r_farm=70, l_thigh=(70, 35, 20), l_shin=80, r_thigh=(-5, 40, 10), r_shin=6, head=(0, 0, 30)),
    "spear thrust": _fight(9, (), pelvis=(15, 0), chest=(8, 0, -25), l_uarm=(60, 10, 0), l_farm=40, r_uarm=(30, 30, 0), r_farm=95, l_thigh=(65, 12, 0), l_shin=70, r_thigh=(-20, 12, 0), r_shin=12),
    "archer": _fight(6, (), chest=(0, 0, 40), l_uarm=(40, 85, 0), l_farm=3, r_uarm=(60, 80, 0), r_farm=135, head=(0, 0, 55), l_thigh=(5, 15, 0), r_thigh=(0, 15, 0)),
    "aim": _fight(6, (), l_uarm=(85, -8, 0), l_farm=12, r_uarm=(80, -12, 0), r_farm=25, l_thigh=(15, 12, 0), r_thigh=(-8, 12, 0), thigh=(8, 12, 0), shin=15),
    "block": _fight(9, (), chest=(18, 0, 10), uarm=(95, 10, 0), farm=115, head=(20, 0, 0), l_thigh=(25, 14, 0), l_shin=40, r_thigh=(5, 16, 0), r_shin=35),
    "recoil": _fight(11, (), pelvis=(-22, 0), chest=(15, 0, 15), head=(-25, 15, 0), uarm=(60, 40, 0), farm=45, l_thigh=(30, 8, 0), l_shin=20, r_thigh=(-5, 10, 0), r_shin=40),
    "hero landing": _fight(7, (("l", "floor"),), pelvis=(35, 0), chest=(30, 0, 0), head=(-35, 0, 0), l_thigh=(95, 35, 10), l_shin=120, r_thigh=(40, 55, 20), r_shin=60, r_uarm=(-30, 60, 0), r_farm=10),
    "charge": _fight(9, (), pelvis=(35, 0), chest=(15, 0, 0), head=(-40, 0, 0), l_thigh=(85, 8, 0), l_shin=80, r_thigh=(-20, 8, 0), r_shin=25, uarm=(-35, 25, 0), farm=60),
    # sport
    "throw": _sport(11, (), chest=(-12, 0, 35), l_uarm=(75, 30, 0), l_farm=20, r_uarm=(60, 110, 0), r_farm=95, l_thigh=(35, 10, 0), l_shin=15, r_thigh=(-10, 15, 0), r_shin=35),
    "sprint start": _sport(7, BOTH_FLOOR, pelvis=(75, 0), chest=(15, 0, 0), uarm=(80, 10, 0), farm=5, l_thigh=(105, 5, 0), l_shin=100, r_thigh=(65, 5, 0), r_shin=65, head=(-20, 0, 0), foot=(-5, 0, 0)),
    "serve": _sport(10, (), chest=(-18, -10, 25), l_uarm=(160, 10, 0), l_farm=10, r_uarm=(40, 100, 0), r_farm=120, head=(-40, 0, 0), thigh=(10, 10, 0), shin=25),
    "forehand": _sport(10, (), chest=(10, 0, -30), l_uarm=(45, 30, 0), l_farm=60, r_uarm=(40, 50, 0), r_farm=30, l_thigh=(45, 20, 0), l_shin=55, r_thigh=(20, 25, 0), r_shin=45),
    "golf": _sport(8, (("r", "other wrist"),), pelvis=(15, 0), chest=(20, 0, 30), l_uarm=(110, -25, 0), l_farm=10, thigh=(20, 12, 0), shin=25),
    "batting": _sport(8, (("r", "other wrist"),), pelvis=(10, 0), chest=(15, 0, -30), l_uarm=(80, 25, 0), l_farm=110, thigh=(30, 18, 0), shin=40, head=(0, 0, 40)),
    "jump shot": _sport(9, (), uarm=(145, 10, 0), farm=60, thigh=(10, 6, 0), shin=25, foot=(30, 0, 0), chest=(-8, 0, 0)),
    "football kick": _sport(10, (), pelvis=(-12, 0), chest=(10, 0, -20), l_thigh=(65, 8, 0), l_shin=20, l_foot=(30, 0, 0), r_thigh=(-5, 8, 0), r_shin=25, l_uarm=(-30, 30, 0), r_uarm=(40, 70, 0)),
    "spike": _sport(11, (), chest=(-18, 0, 20), l_uarm=(100, 20, 0), l_farm=20, r_uarm=(120, 60, 0), r_farm=95, thigh=(-8, 8, 0), shin=75, foot=(35, 0, 0)),
    "skate": _sport(10, (), pelvis=(40, 0), chest=(10, 0, 0), l_thigh=(85, 8, 0), l_shin=75, r_thigh=(10, 40, 0), r_shin=15, l_uarm=(-40, 20, 0), r_uarm=(60, 20, 0), head=(-35, 0, 0)),
    "ski": _sport(8, (), pelvis=(30, 0), chest=(20, 0, 0), thigh=(75, 6, 0), shin=80, uarm=(35, 15, 0), farm=70, head=(-25, 0, 0)),
    "row seated": _sport(7, (), pelvis=(-8, 0), thigh=(70, 8, 0), shin=35, uarm=(40, 6, 0), farm=40, foot=(0, 0, 0)),
    "squat": _sport(7, (), pelvis=(25, 0), thigh=(95, 20, 10), shin=100, uarm=(80, 8, 0), farm=8, chest=(-8, 0, 0), foot=(-15, 0, 0)),
    "barbell squat": _sport(6, (), pelvis=(20, 0), thigh=(80, 18, 12), shin=90, uarm=(-10, 45, 0), farm=135, chest=(-8, 0, 0), foot=(-10, 0, 0)),
    "deadlift": _sport(6, (), pelvis=(50, 0), thigh=(75, 8, 0), shin=45, uarm=(55, 5, 0), farm=4, chest=(5, 0, 0), head=(-25, 0, 0)),
    "bent row": _sport(7, (), pelvis=(60, 0), thigh=(65, 8, 0), shin=25, uarm=(10, 20, 0), farm=85, head=(-25, 0, 0)),
    "overhead press": _sport(7, (), uarm=(160, 25, 0), farm=20, chest=(-6, 0, 0), thigh=(2, 10, 0)),
    "shoulder press low": _sport(6, (), uarm=(25, 75, 0), farm=130, thigh=(2, 10, 0)),
    "lateral raise": _sport(6, (), uarm=(5, 85, 0), farm=12, thigh=(2, 8, 0)),
    "front raise": _sport(6, (), uarm=(88, 4, 0), farm=6, thigh=(2, 6, 0)),
    "curl": _sport(7, (), l_uarm=(8, 8, 0), l_farm=130, r_uarm=(2, 8, 0), r_farm=20, thigh=(2, 8, 0)),
    "triceps": _sport(6, (), uarm=(165, 10, 0), farm=120, thigh=(2, 8, 0)),
    "kickback": _sport(7, (), pelvis=(55, 0), thigh=(60, 6, 0), shin=30, uarm=(-5, 6, 0), farm=35, head=(-20, 0, 0)),
    "pull-up": _sport(6, (), uarm=(120, 45, 0), farm=95, thigh=(5, 4, 0), shin=55, chest=(-10, 0, 0), head=(-10, 0, 0)),
    "hanging": _sport(6, (), uarm=(160, 28, 0), farm=8, thigh=(5, 4, 0), shin=40),
    "pulldown": _sport(6, (), uarm=(150, 35, 0), farm=35, thigh=(88, 14, 0), shin=88),
    "dip": _sport(7, (), uarm=(-55, 8, 0), farm=75, thigh=(60, 5, 0), shin=20, chest=(5, 0, 0)),
    "leg extension": _sport(8, (("l", "hip"), ("r", "hip")), pelvis=(-10, 0), thigh=(88, 8, 0), l_shin=15, r_shin=60),
    "split squat": _sport(7, (), l_thigh=(85, 6, 0), l_shin=88, r_thigh=(-15, 5, 0), r_shin=85, uarm=(2, 10, 0), farm=8),
    "one leg deadlift": _sport(7, (), pelvis=(75, 0), l_thigh=(80, 4, 0), l_shin=12, r_thigh=(-5, 4, 0), r_shin=10, uarm=(80, 4, 0), farm=4, head=(-25, 0, 0)),
    "chest stretch": _sport(8, BOTH_HEAD, chest=(-15, 0, 0), thigh=(88, 14, 0), shin=88),
    "kneeling pull": _sport(7, (), thigh=(5, 10, 0), shin=95, uarm=(60, 10, 0), farm=110, chest=(25, 0, 0), foot=(35, 0, 0)),
    # towards the eye
    "point at viewer": _deep(8, (("r", "hip"),), l_uarm=(90, 2, 0), l_farm=4, chest=(5, 0, -10)),
    "reach to viewer": _deep(10, (), l_uarm=(85, 10, 0), l_farm=10, r_uarm=(60, 25, 0), r_farm=40, pelvis=(20, 0), l_thigh=(30, 8, 0), l_shin=30),
    "fly to viewer": _deep(10, (), pelvis=(70, 0), l_uarm=(165, 5, 0), l_farm=5, r_uarm=(30, 20, 0), r_farm=60, head=(-50, 0, 0), l_thigh=(5, 6, 0), r_thigh=(50, 10, 0), r_shin=95),
    "kick to viewer": _deep(9, (), pelvis=(-18, 0), l_thigh=(85, 8, 0), l_shin=6, l_foot=(-10, 0, 0), r_thigh=(5, 10, 0), r_shin=20, uarm=(30, 35, 0), farm=90),
    "lie towards viewer": _deep(10, (), pelvis=(-85, 0), thigh=(10, 12, 0), shin=10, uarm=(10, 30, 0), foot=(15, 0, 0)),
    "sit feet to viewer": _deep(9, BOTH_FLOOR, pelvis=(-20, 0), thigh=(85, 14, 0), shin=10, uarm=(-35, 18, 0), foot=(5, 0, 0)),
    "crawl to viewer": _deep(9, BOTH_FLOOR, pelvis=(78, 0), l_uarm=(110, 8, 0), r_uarm=(65, 8, 0), thigh=(85, 10, 0), shin=88, head=(-45, 0, 0)),
    "punch to viewer": _deep(8, (), chest=(5, 0, -30), l_uarm=(60, 15, 0), l_farm=115, r_uarm=(90, -5, 0), r_farm=4, l_thigh=(25, 15, 0), l_shin=30),
}  # fmt: skip
FAMILY_WEIGHT: Final[dict[str, float]] = {
    "standing": 0.26,
    "moving": 0.13,
    "sitting": 0.1,
    "floor": 0.13,
    "lying": 0.1,
    "dance": 0.07,
    "combat": 0.07,
    "sport": 0.11,
    "foreshortened": 0.03,
}
"""How often each family is drawn; drawings favour standing figures, the hard families are kept frequent on purpose."""

HELD_OUT: Final = frozenset(list(RECIPES)[3::6])
"""Every sixth recipe of the table: no network of bodies learns from it, so that a benchmark can tell poses of a new kind
apart."""


def is_held_out(name: str) -> bool:
    """Whether a pose, possibly of two recipes joined by `` + ``, has to do with a held-out recipe."""
    return any(part in HELD_OUT for part in name.split(" + "))
