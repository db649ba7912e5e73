"""The styles that the band knows. docs/styles.md tells how to add one.

Programs and kits are General MIDI numbers counted from 0. Patterns run from calm to full; see patterns.py.
"""

from __future__ import annotations

from samuel.corpus.song import Song
from samuel.corpus.style import BassLine, Comp, Style

_EIGHTHS = "x.x. x.x. x.x. x.x."
_SIXTEENTHS = "xoxo xoxo xoxo xoxo"
_BACKBEAT = ".... x... .... x..."
_HELD = "x--- ---- ---- ----"

POP = Style(
    tempo=(88, 126),
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
    tempo=(100, 156),
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
)

BALLAD = Style(
    tempo=(58, 84),
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

DISCO = Style(
    tempo=(108, 128),
    metres=(4,),
    kits=(0, 25, 8),
    drums={
        "kick": ("x... x... x... x...", "x... x... x... x...", "x... x... x... x..x"),
        "snare": ("", _BACKBEAT, ".... x... .... x..o"),
        "hat": ("x.x. x.x. x.x. x.x.", "x... x... x... x...", "xo.o xo.o xo.o xo.o"),
        "open": ("", "..x. ..x. ..x. ..x.", "..x. ..x. ..x. ..x."),
    },
    bass=BassLine((33, 36, 38), ("R-.. R-.. R-.. R-..", "R-8- R-8- R-8- R-8-", "R.R8 .R8. R.R8 5.8a")),
    comps=(
        Comp("strings", (48, 50), (_HELD, _HELD, "x--- ---- ---- x-x-"), centre=67, velocity=68),
        Comp("guitar", (27, 28), ("", "..x. ..x. ..x. ..x.", "x.xx .xx. x.xx .xx."), centre=64, strum=0.006),
        Comp("rhodes", (4, 5), ("x--- ---x ---- ----", "x--x --x- ---- x---", "x--x --x- ..x- x---"), centre=60),
        Comp("arpeggio", (90, 81), ("", "", "1234 5432 1234 5434"), stem="other", centre=72, velocity=56),
    ),
    answers=(61, 56),
    fill="snare",
    looseness=0.004,
)

FUNK = Style(
    tempo=(90, 116),
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
        Comp("guitar", (28, 27), ("", ".xx. .xx. .xx. .xx.", "x.xx .xx. x.xx .xxx"), centre=65, strum=0.004),
        Comp("brass", (61,), ("", "", "X-.. .... ...x x-..|.... ..x- .... x-x-"), stem="other", centre=66),
    ),
    answers=(65, 56, 16),
    fill="snare",
    looseness=0.004,
)

BOSSA = Style(
    tempo=(108, 144),
    metres=(4,),
    kits=(0, 40),
    drums={
        "kick": ("x... ..x. x... ..x.", "x... ..x. x... ..x.", "x..x ..xx x..x ..xx"),
        "rim": ("", "x... ..x. .... x...|..x. .... x... ..x.", "x..x ..x. ..x. .x..|x..x ..x. ...x ..x."),
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
    swing=0.5,
)

SWING = Style(
    tempo=(104, 176),
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
    swing=0.64,
    looseness=0.008,
)

REGGAE = Style(
    tempo=(66, 92),
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

COUNTRY = Style(
    tempo=(92, 138),
    metres=(4, 3),
    kits=(0, 40),
    drums={
        "kick": ("X... .... X... ....", "X... .... X... ....", "X... .... X... ..x."),
        "snare": ("", "..o. x.o. ..o. x.o.", "o.oo X.oo o.oo X.oo"),
        "hat": ("", "x... x... x... x...", "x.x. x.x. x.x. x.x."),
    },
    bass=BassLine((32, 33), ("R--- ---- 5--- ----", "R--- .... 5--- ....", "R--- ..R- 5--- 3-a-")),
    comps=(
        Comp(
            "guitar",
            (25,),
            ("x--- ---- x--- ----", "1-x- 2-x- 1-x- 2-xx", "1-xx 2-xx 1-xx 2-xx"),
            centre=59,
            strum=0.016,
        ),
        Comp("banjo", (105, 25), ("", "", "1324 1324 1325 1324"), stem="other", centre=67, velocity=62),
        Comp("piano", (0, 1), ("", "x-.. ..x. x-.. ..x.", "x.x. x.x. x.x. x.x."), centre=64, velocity=66),
    ),
    answers=(110, 22, 27),
    fill="snare",
)

HIPHOP = Style(
    tempo=(76, 98),
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
    swing=0.56,
    layback=0.01,
)

HOUSE = Style(
    tempo=(116, 128),
    metres=(4,),
    kits=(25, 24),
    drums={
        "kick": ("", "x... x... x... x...", "x... x... x... x..."),
        "clap": ("", _BACKBEAT, ".... x... .... x..x"),
        "hat": (_EIGHTHS, "", "xo.o xo.o xo.o xo.o"),
        "open": ("", "..x. ..x. ..x. ..x.", "..x. ..x. ..x. ..x."),
        "conga": ("", "", "...x ..x. ...x .x.."),
    },
    bass=BassLine((38, 39), ("R--- ---- ---- ----", "..R- ..R- ..R- ..R-", ".RR. .R8. .RR. .R8a")),
    comps=(
        Comp("piano", (0, 1, 90), (_HELD, "x--x --x- -x-- x---", "x..x ..x. .x.. x.x."), centre=63),
        Comp("pad", (89, 50, 95), (_HELD, _HELD, _HELD), stem="other", centre=65, voices=3, velocity=56),
        Comp("arpeggio", (81, 80), ("", "", "1.23 .42. 1.23 .45."), stem="other", centre=71, velocity=52),
    ),
    answers=(81, 90),
    fill="snare",
    looseness=0.002,
)

FOLK = Style(
    tempo=(76, 128),
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

STYLES: dict[str, Style] = {
    "pop": POP,
    "rock": ROCK,
    "ballad": BALLAD,
    "disco": DISCO,
    "funk": FUNK,
    "bossa": BOSSA,
    "swing": SWING,
    "reggae": REGGAE,
    "country": COUNTRY,
    "hip-hop": HIPHOP,
    "house": HOUSE,
    "folk": FOLK,
}


def suitable_styles(song: Song) -> tuple[str, ...]:
    """Names of the styles that suit the metre and the tempo of a song; all that suit the metre if none does."""
    in_metre = tuple(name for name, style in STYLES.items() if song.beats_per_bar in style.metres)
    in_tempo = tuple(name for name in in_metre if STYLES[name].tempo[0] <= song.tempo <= STYLES[name].tempo[1])
    return in_tempo or in_metre or tuple(STYLES)
