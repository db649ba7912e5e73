"""Styles of the song: pop, rock, ballad, country, folk and reggae.

Programs and kits are General MIDI numbers counted from 0; patterns run from calm to full, see patterns.py.
"""

from __future__ import annotations

from samuel.corpus.style import BassLine, Comp, Style

_EIGHTHS = "x.x. x.x. x.x. x.x."
_SIXTEENTHS = "xoxo xoxo xoxo xoxo"
_BACKBEAT = ".... x... .... x..."
_HELD = "x--- ---- ---- ----"


POP = Style(
    tempo=(84, 140),
    metres=(4, 3, 2),
    kits=(0, 8),
    drums={
        "kick": ("x... .... x... ....", "x... ..x. x... ....", "x... ..x. x.x. ....|x... ..x. x... ..x."),
        "snare": ("", _BACKBEAT, ".... x... .... x..o"),
        "rim": (_BACKBEAT, "", ""),
        "hat": ("x... x... x... x...", _EIGHTHS, _EIGHTHS),
        "tambourine": ("", "", ".... x... .... x..."),
    },
    bass=BassLine((33, 34), ("R--- ---- R--- ----", "R--- --R- R--- --5-", "R-R- --R- R-R- 5-a-")),
    comps=(
        Comp("piano", (0, 1), (_HELD, "x--- x--- x--- x---", "x--- x-x- x--x --x-|x--- x-x- x-x- x-x-"), centre=62),
        Comp("guitar", (25, 27), ("", "1-3- 2-4- 3-2- 4-3-", "x-xx x-xx x-xx x-xx"), centre=60, strum=0.018),
        Comp("strings", (48, 49, 89), ("", _HELD, _HELD), stem="other", centre=67, voices=3, velocity=62),
    ),
    answers=(27, 73, 80),
)


ROCK = Style(
    tempo=(96, 184),
    metres=(4,),
    kits=(16, 0),
    drums={
        "kick": ("x... .... x... ....", "x... .... x.x. ....", "x.x. ..x. x.x. ....|x... ..x. x.x. ..x."),
        "snare": (_BACKBEAT, ".... X... .... X...", ".... X... .... X..o"),
        "hat": (_EIGHTHS, _EIGHTHS, ""),
        "ride": ("", "", _EIGHTHS),
    },
    bass=BassLine((34, 33), ("R--- ---- R--- ----", "R-R- R-R- R-R- R-R-", "R-R- R-R- R-R- 5-a-")),
    comps=(
        Comp("guitar", (29, 27), (_HELD, "x-x- x-x- x-x- x-x-", "X--- x-x- X--x x-x-"), centre=57, strum=0.008),
        Comp("organ", (18, 16), ("", _HELD, _HELD), centre=64, velocity=66),
        Comp("clean guitar", (27,), ("1-2- 3-4- 3-2- 3-2-", "", "x--- ---- x--- ----"), stem="other", centre=66),
    ),
    answers=(29, 30),
    swing=(0.5, 0.6),
)


BALLAD = Style(
    tempo=(44, 88),
    metres=(4, 3, 2),
    kits=(0, 8, 40),
    drums={
        "kick": ("", "x... .... x... ....", "x... ...x x... ...."),
        "rim": ("", _BACKBEAT, ""),
        "snare": ("", "", _BACKBEAT),
        "hat": ("", _EIGHTHS, "x.xo x.xo x.xo x.xo"),
    },
    bass=BassLine((33, 35, 32), ("R--- ---- ---- ----", "R--- ---- R--- --5-", "R--- --R- R--- 5-a-")),
    comps=(
        Comp("piano", (0, 4), ("1-2- 3-4- 3-4- 3-2-", "1-3- 2-4- 1-3- 2-5-", "x-3- 4-3- x-4- 5-4-"), centre=60),
        Comp("strings", (49, 48), ("", _HELD, _HELD), stem="other", centre=67, velocity=60),
        Comp("guitar", (24, 25), ("", "", "1-34 23-4 1-34 23-4"), centre=62, velocity=66),
    ),
    answers=(73, 68, 60),
    fill="soft",
    looseness=0.009,
)


COUNTRY = Style(
    tempo=(84, 150),
    metres=(4, 3),
    kits=(0, 40),
    drums={
        "kick": ("X... .... X... ....", "X... .... X... ....", "X... .... X... ..x."),
        "snare": ("", ".... x... .... x...", "o.oo X.oo o.oo X.oo"),
        "hat": ("", "x... x... x... x...", "x.x. x.x. x.x. x.x."),
    },
    bass=BassLine((32, 33), ("R--- ---- 5--- ----", "R--- .... 5--- ....", "R--- ..R- 5--- 3-a-")),
    comps=(
        Comp(
            "guitar",
            (25,),
            ("x--- ---- x--- ----", "1-o- x-o- 1-o- x-oo", "1-oo X-oo 1-oo X-oo"),
            centre=59,
            strum=0.016,
        ),
        Comp("banjo", (105, 25), ("", "", "1324 1324 1325 1324"), stem="other", centre=67, velocity=62),
        Comp("piano", (0, 1), ("", "x-.. x-.. x-.. x-..", "x-.. x-.. x-.. x-o."), centre=64, velocity=66),
    ),
    answers=(110, 22, 27),
    fill="snare",
    swing=(0.5, 0.6),
)


FOLK = Style(
    tempo=(76, 144),
    metres=(4, 3, 2),
    kits=(40, 0),
    drums={
        "kick": ("", "o... .... o... ....", "x... .... x... ...."),
        "tambourine": ("", "o... x... o... x...", "x.o. x.o. x.o. x.o."),
    },
    bass=BassLine((32,), ("R--- ---- ---- ----", "R--- ---- 5--- ----", "R--- ---- 5--- --a-")),
    comps=(
        Comp(
            "guitar",
            (25, 24),
            ("1-3- 2-4- 1-3- 2-4-", "1-32 4-32 1-32 4-32", "x--- x-xx --x- x-xx"),
            centre=58,
            strum=0.02,
        ),
        Comp(
            "accordion",
            (21, 48, 20),
            ("", _HELD, "x--- ---- x--- ----"),
            stem="other",
            centre=65,
            voices=3,
            velocity=58,
        ),
        Comp("mandolin", (46, 24, 15), ("", "", "x.x. x.xx x.x. x.xx"), centre=70, velocity=60, strum=0.01),
    ),
    answers=(110, 73, 22, 40),
    fill="none",
    looseness=0.01,
)


REGGAE = Style(
    tempo=(60, 96),
    metres=(4,),
    kits=(0, 8),
    drums={
        "kick": (".... .... x... ....", ".... .... x... ....", "x... x... x... x..."),
        "rim": (".... .... x... ....", ".... .... x... ..o.", ""),
        "snare": ("", "", ".... .... X... ...o"),
        "hat": (_EIGHTHS, "x.xo x.x. x.xo x.x.", _SIXTEENTHS),
    },
    bass=BassLine((33, 35), ("R--- ---- 5-R- ----", "R-.. R-3- 5--- ..R-", "R-.R R-3- 5-.5 3-a-|..R- R-3- 5-5- 8-a-")),
    comps=(
        Comp(
            "guitar",
            (28, 27),
            (".... x-.. .... x-..", ".... x-.. .... x-..", "..x. x-.. ..x. x-.."),
            centre=63,
            strum=0.008,
        ),
        Comp("organ", (16, 17), ("", "..x. ..x. ..x. ..x.", "..xx ..x. ..xx ..x."), centre=60, velocity=68),
        Comp("piano", (0,), ("", "", ".... x... .... x..."), stem="other", centre=66, velocity=64),
    ),
    answers=(22, 57, 16),
    layback=0.008,
)
