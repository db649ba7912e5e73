"""Styles of the dance floor and the club: disco, funk, hip-hop, house, bossa and swing.

Programs and kits are General MIDI numbers counted from 0; patterns run from calm to full, see patterns.py.
"""

from __future__ import annotations

from samuel.corpus.style import BassLine, Comp, Style

_EIGHTHS = "x.x. x.x. x.x. x.x."
_SIXTEENTHS = "xoxo xoxo xoxo xoxo"
_BACKBEAT = ".... x... .... x..."
_HELD = "x--- ---- ---- ----"


DISCO = Style(
    tempo=(108, 128),
    metres=(4,),
    kits=(0, 25, 8),
    drums={
        "kick": ("X... X... X... X...", "X... X... X... X...", "X... X... X... X..o"),
        "snare": ("", _BACKBEAT, ".... x... .... x..o"),
        "hat": ("x.x. x.x. x.x. x.x.", "x... x... x... x...", "xo.o xo.o xo.o xo.o"),
        "open": ("", "..o. ..o. ..o. ..o.", "..o. ..o. ..o. ..o."),
    },
    bass=BassLine((33, 36, 38), ("R-.. R-.. R-.. R-..", "R-8- R-8- R-8- R-8-", "R.R8 .R8. R.R8 5.8a")),
    comps=(
        Comp("strings", (48, 50), (_HELD, _HELD, "x--- ---- ---- x-x-"), centre=67, velocity=68),
        Comp("guitar", (27, 28), ("", "x.o. x.o. x.o. x.o.", "x.oo x.o. x.oo x.o."), centre=64, strum=0.006),
        Comp("rhodes", (4, 5), ("x--- ---x ---- ----", "x--x --x- ---- x---", "x--x --x- ..x- x---"), centre=60),
        Comp("arpeggio", (90, 81), ("", "", "1234 5432 1234 5434"), stem="other", centre=72, velocity=56),
    ),
    answers=(61, 56),
    fill="snare",
    looseness=0.004,
    swing=(0.5, 0.54),
)


FUNK = Style(
    tempo=(88, 120),
    metres=(4,),
    kits=(0, 8),
    drums={
        "kick": ("x... .... ..x. ....", "x..x .... ..x. ....", "x.x. ...x ..x. .x..|x.x. ...x .x.. ..x."),
        "snare": (_BACKBEAT, ".... x..o .o.. x...", ".o.. X..o .o.o X..o"),
        "hat": (_EIGHTHS, _SIXTEENTHS, "xox. xoxo xoxo x.xo"),
        "open": ("", "", ".... .... .... .x.."),
    },
    bass=BassLine((36, 33), ("R--- .... ..R- ....", "R..R .... ..R5 .8..", "R.R. ..8R ..R. 5.8a|R.R. ..8R .R.. 5.8a")),
    comps=(
        Comp("clavinet", (7, 4), ("x--- .... ..x- ....", "x..x ..x. .x.. x...", "x..x .xx. .x.x x.x."), centre=61),
        Comp("guitar", (28, 27), ("", "x.o. xoo. x.o. xoo.", "x.oo xoo. x.oo xoxo"), centre=65, strum=0.004),
        Comp("brass", (61,), ("", "", "X-.. .... ...x x-..|.... ..x- .... x-x-"), stem="other", centre=66),
    ),
    answers=(65, 56, 16),
    fill="snare",
    looseness=0.004,
    swing=(0.5, 0.56),
)


HIPHOP = Style(
    tempo=(70, 100),
    metres=(4,),
    kits=(25, 24, 8),
    drums={
        "kick": (
            "x... .... ..x. ....",
            "x..x .... ..x. ...x|x... ...x ..x. ....",
            "x..x .... .xx. ...x|x... ..xx ..x. .x..",
        ),
        "snare": (_BACKBEAT, ".... X... .... X...", ".... X..o .... X..."),
        "clap": ("", "", _BACKBEAT),
        "hat": (_EIGHTHS, "x.xo x.x. x.xo xox.", "x.xo xoxo x.xo xxoo"),
    },
    bass=BassLine((38, 39, 33), ("R--- ---- ---- ----", "kick", "kick")),
    comps=(
        Comp("rhodes", (4, 5), (_HELD, "x--- ---x --x- ----", "x--- .x-- ..x- .x--"), centre=61),
        Comp(
            "keys",
            (8, 11, 24),
            ("1-.. 3-.. 2-.. 4-..", "1-3- ..4- 2-.. 3-..", "1-34 ..2- 1-3. 4-2-"),
            stem="other",
            centre=73,
        ),
        Comp("pad", (89, 91, 50), ("", _HELD, _HELD), stem="other", centre=64, voices=3, velocity=56),
    ),
    answers=(80, 11, 73),
    fill="soft",
    layback=0.01,
)


HOUSE = Style(
    tempo=(116, 128),
    metres=(4,),
    kits=(25, 24),
    drums={
        "kick": ("", "X... X... X... X...", "X... X... X... X..."),
        "clap": ("", _BACKBEAT, ".... x... .... x..x"),
        "hat": (_EIGHTHS, "", "xo.o xo.o xo.o xo.o"),
        "open": ("", "..o. ..o. ..o. ..o.", "..o. ..o. ..o. ..o."),
        "conga": ("", "", "...x ..x. ...x .x.."),
    },
    bass=BassLine((38, 39), ("R--- ---- ---- ----", "R.R- R.R- R.R- R.R-", "R.R. R.R. R.R. R.8a")),
    comps=(
        Comp("piano", (0, 1, 90), (_HELD, "x--x --x- -x-- x---", "x..x ..x. .x.. x.x."), centre=63),
        Comp("pad", (89, 50, 95), (_HELD, _HELD, _HELD), stem="other", centre=65, voices=3, velocity=56),
        Comp("arpeggio", (81, 80), ("", "", "1.23 .42. 1.23 .45."), stem="other", centre=71, velocity=52),
    ),
    answers=(81, 90),
    fill="snare",
    looseness=0.002,
    swing=(0.5, 0.54),
)


BOSSA = Style(
    tempo=(104, 150),
    metres=(4,),
    kits=(0, 40),
    drums={
        "kick": ("x... ..x. x... ..x.", "x... ..x. x... ..x.", "x..x ..xx x..x ..xx"),
        "rim": ("", "x... ..o. .... x...|..o. .... x... ..o.", "x..o ..o. ..o. .o..|x..o ..o. ...o ..o."),
        "shaker": (_EIGHTHS, _SIXTEENTHS, _SIXTEENTHS),
        "pedal": ("", ".... x... .... x...", ".... x... .... x..."),
    },
    bass=BassLine((32, 33), ("R--- ---- 5--- ----", "R--- --R- 5--- --5-", "R--- --R- 5--- --a-")),
    comps=(
        Comp(
            "guitar",
            (24,),
            ("x--- --x- --x- ----", "x--- x--- ..x- --p-|..x- x--- x--- --p-", "x-x- .xx- .x-x --p-"),
            centre=60,
        ),
        Comp("rhodes", (4, 11), ("", "x--- ---- ---- ----", "..x- --x- ---- x---"), centre=65, velocity=62),
        Comp("strings", (49, 89), ("", "", _HELD), stem="other", centre=69, voices=3, velocity=54),
    ),
    answers=(73, 65, 11),
    fill="soft",
    swing=(0.5, 0.52),
)


SWING = Style(
    tempo=(100, 196),
    metres=(4, 3),
    kits=(32, 40),
    drums={
        "ride": ("x... x... x... x...", "x... x.x. x... x.x.", "X... x.x. X... x.x."),
        "pedal": (".... x... .... x...", ".... x... .... x...", ".... x... .... x..."),
        "kick": ("", "o... .... o... ....", "o... o... o... o.x."),
        "snare": ("", ".... .... .... ..o.|.... ..o. .... ....", ".... ..o. .... ..x.|..o. .... ..o. ...."),
    },
    bass=BassLine((32,), ("R--- ---- 5--- ----", "R--- 3--- 5--- a---", "R--- 3--- 5--- a---|R--- 5--- 8--- a---")),
    comps=(
        Comp(
            "piano",
            (0,),
            (_HELD, "x-.. ..x- .... ....|..x- .... ..x- ....", "x-.. ..x- ..x- ..x-|..x- ..x- .... x-.."),
            centre=62,
        ),
        Comp("guitar", (26,), ("", "x-.. x-.. x-.. x-..", "x-.. X-.. x-.. X-.."), centre=58, velocity=62, strum=0.01),
        Comp("brass", (61, 66), ("", "", ".... .... ..X- ....|.... ..x- --.. x-.."), stem="other", centre=65),
    ),
    answers=(66, 56, 71, 11),
    fill="soft",
    swing=(0.56, 0.7),
    looseness=0.008,
)
