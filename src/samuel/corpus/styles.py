"""The styles that the band knows. docs/styles.md tells how to add one."""

from __future__ import annotations

from samuel.corpus.song import Song
from samuel.corpus.style import Style
from samuel.corpus.styles_band import BALLAD, COUNTRY, FOLK, POP, REGGAE, ROCK
from samuel.corpus.styles_groove import BOSSA, DISCO, FUNK, HIPHOP, HOUSE, SWING

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
    """Styles that suit the metre, the swing and the tempo of a song; tempo, then swing, are waived if none does."""
    in_metre = tuple(name for name, style in STYLES.items() if song.beats_per_bar in style.metres)
    in_feel = tuple(name for name in in_metre if STYLES[name].swing[0] <= song.swing <= STYLES[name].swing[1])
    in_tempo = tuple(name for name in in_feel if STYLES[name].tempo[0] <= song.tempo <= STYLES[name].tempo[1])
    return in_tempo or in_feel or in_metre or tuple(STYLES)
