"""A hymn in four parts, and an archive of some like the Open Hymnal's."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

FREE = """%OHCOMPOSER Nettleton, Asahel (1783-1844)
%OHARRANGER unknown
%OHAUTHOR Robinson, Robert (1735-1790);Latin
%OHTRANSLATOR none
X: 1
C: Music: 'Nettleton', 1812.  Setting: "The Evangelical Hymnal", 1921.
C: copyright: public domain.  This score is a part of the Open Hymnal Project, 2010 Revision.
"""
SCORE = "M: {}\nL: 1/4\nK: G\n"
# a pick-up and four bars: G, C, D with its third in the bass, G
BARS = {
    "S1V1": ("D", "G G A B | c B A G | A A B c | B2 G"),
    "S1V2": ("B,", "D D D D | E E E E | D D D D | D2 D"),
    "S2V1": ("G,", "B, B, A, G, | G, G, G, G, | A, A, A, A, | G,2 B,"),
    "S2V2": ("G,", "G, G, G, G, | C, C, C, C, | ^F, F, F, F, | G,2 G,"),
}


def hymn(head: str = FREE, metre: str = "4/4", voices: dict[str, tuple[str, str]] = BARS, times: int = 3) -> bytes:
    lines = [f"[V: {name}] {pickup} |" for name, (pickup, _) in voices.items()]
    for _ in range(times):
        for name, (pickup, bars) in voices.items():
            lines.append(f"[V: {name}] {bars} {pickup} |")
            if name == "S1V1":
                lines.append("w: Come, thou fount of ev- ery bless- ing, tune my * heart to sing thy")
    return "\n".join([head + SCORE.format(metre), *lines]).encode()


def archive(path: Path, count: int = 30) -> Path:
    with tarfile.open(path, "w:xz") as packed:
        for number in range(count):
            data = hymn() if number % 3 else b"bad"
            member = tarfile.TarInfo(f"openhymnal/Complete/Hymn_{number}/Hymn_{number}-Tune.abc")
            member.size = len(data)
            packed.addfile(member, io.BytesIO(data))
    return path
