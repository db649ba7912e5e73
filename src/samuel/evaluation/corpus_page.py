"""A corpus to look at and listen to: one page with players, spectrograms, chords, beats and melody of some pairs."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from samuel.audio import Waveform, mix, read_audio
from samuel.audio.encoding import mp3_bytes
from samuel.audio.files import replacing
from samuel.audio.picture import draw_spectrogram
from samuel.config import SAMPLE_RATE
from samuel.corpus.errors import CorpusError
from samuel.corpus.harte import DEGREES
from samuel.corpus.song import Chord, Song, is_known, song_from_dict
from samuel.evaluation import page
from samuel.evaluation.key import NAMES
from samuel.features.melodic import QUARTER, track_pitch

Progress = Callable[[int, int], None]

PLAYER_RATE = 32_000  # Hz: half the bytes, and hardly a difference for a first listen
LEFT, RIGHT = 0.07, 0.995  # of the picture's width, where its time axis begins and ends
SIZE, DPI = (13.0, 7.5), 80  # inches, dots per inch
FACTS = ("split", "source", "licence", "style", "voice", "soundfont")

# the line over the picture follows whichever of the players plays; a click on the picture is a jump there
SCRIPT = """<script>
for (const pair of document.querySelectorAll("section.pair")) {
  const players = [...pair.querySelectorAll("audio")], line = pair.querySelector(".now");
  const seen = pair.querySelector(".seen"), left = +seen.dataset.left, right = +seen.dataset.right;
  let current = players[0];
  const follow = () => {
    line.style.left = 100 * (left + (right - left) * current.currentTime / +seen.dataset.seconds) + "%";
    if (!current.paused) requestAnimationFrame(follow);
  };
  for (const player of players) {
    player.onplay = () => {
      for (const other of document.querySelectorAll("audio")) if (other !== player) other.pause();
      if (current !== player && players.includes(current)) player.currentTime = current.currentTime;
      current = player; follow();
    };
    player.onseeked = follow;
  }
  seen.onclick = event => {
    const box = seen.getBoundingClientRect(), at = (event.clientX - box.left) / box.width;
    current.currentTime = Math.max(0, (at - left) / (right - left) * +seen.dataset.seconds);
    current.play();
  };
}
</script>"""
STYLE = """<style>.seen{position:relative;cursor:pointer}.seen img{width:100%;display:block}
.now{position:absolute;top:0;bottom:0;width:2px;left:7%;background:#3cf;pointer-events:none}</style>"""


def write_corpus_page(corpus: Path, out: Path, pairs: int = 6, progress: Progress | None = None) -> Path:
    """Write an HTML page that needs no other file: `pairs` pairs, spread evenly over the corpus; returns its path.

    A pair takes about 2 MB. Melody and chords are drawn from truth.json; a real recording, whose truth nobody knows,
    is shown without. Raises CorpusError where the corpus holds no pair, AudioError for a damaged recording.
    """
    folders = sorted(path.parent for path in (corpus / "pairs").glob("[!.]*/truth.json"))
    if not folders:
        raise CorpusError(f"{corpus} holds 0 pairs: build some with samuel corpus build.")
    chosen = sorted({int(index) for index in np.linspace(0, len(folders) - 1, min(pairs, len(folders)))})
    body = [
        STYLE,
        page.paragraph(
            f"{len(chosen)} of {len(folders)} pairs. "
            "Boxes: the melody as written; points: the pitch that a tracker hears. Dotted: beats; lines: downbeats."
        ),
    ]
    for done, index in enumerate(chosen, start=1):
        body += _pair(folders[index])
        if progress:
            progress(done, len(chosen))
    out.parent.mkdir(parents=True, exist_ok=True)
    with replacing(out) as temporary:
        temporary.write_text(page.page(f"Corpus {corpus.name}", [*body, SCRIPT]), encoding="utf-8")
    return out


def chord_name(chord: Chord) -> str:
    """A chord as Harte writes it, with the bass as a degree where it is not the root: 'G:7/3'."""
    name = f"{NAMES[chord.root]}:{chord.quality}"
    interval = (chord.bass - chord.root) % 12
    if interval == 0:
        return name
    return f"{name}/{DEGREES.index(interval) + 1 if interval in DEGREES else f'b{DEGREES.index(interval + 1) + 1}'}"


def draw_pair(vocal: Waveform, band: Waveform, song: Song | None) -> bytes:
    """A PNG on one axis of seconds: the vocal, its pitch as tracked and as written, the band with beats and chords."""
    figure = Figure(figsize=SIZE)
    places = ((0.71, 0.28), (0.385, 0.305), (0.065, 0.28))  # bottom and height
    above, middle, below = (figure.add_axes((LEFT, bottom, RIGHT - LEFT, height)) for bottom, height in places)
    draw_spectrogram(above, vocal, "vocal")
    _draw_pitch(middle, vocal, song)
    draw_spectrogram(below, band, "band")
    if song is not None:
        _draw_harmony(below, song)
    for axes in (above, middle, below):
        axes.set_xlim(0, vocal.seconds)
        axes.tick_params(labelbottom=axes is below, labelsize=7)
    buffer = io.BytesIO()
    figure.savefig(buffer, dpi=DPI)
    return buffer.getvalue()


def _pair(folder: Path) -> Iterator[str]:
    truth: dict[str, Any] = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    song = song_from_dict(truth) if is_known(truth) else None
    vocal, band = (read_audio(folder / f"{name}.flac") for name in ("vocal", "accompaniment"))
    facts = [f"{name}: {truth[name]}" for name in FACTS if truth.get(name)]
    if song:
        key = f"{NAMES[song.tonic]} {song.mode}"
        facts += [f"key: {key}", f"{song.beats_per_bar} beats a bar", f"{song.tempo:.0f} beats a minute"]
    yield '<section class="pair">'
    yield page.heading(folder.name)
    yield page.paragraph(", ".join(facts), muted=True)
    for name, sound in (("mix", mix(vocal, band)), ("vocal", vocal), ("band", band)):
        yield page.player(mp3_bytes(sound.resample(PLAYER_RATE)), name)
    picture = page.picture(draw_pair(vocal, band, song), f"spectrograms of {folder.name}")
    place = f'data-left="{LEFT}" data-right="{RIGHT}" data-seconds="{vocal.seconds:.3f}"'
    yield f'<div class="seen" {place}>{picture}<div class="now"></div></div>'
    if song:
        yield page.details("Chords and words", _listing(song))
    yield "</section>"


def _listing(song: Song) -> str:
    chords = " ".join(chord_name(chord) for chord in song.chords)
    words = " ".join(note.syllable for note in song.melody)
    return f"<p>{escape(chords)}</p><p>{escape(words)}</p>"


def _draw_pitch(axes: Any, vocal: Waveform, song: Song | None) -> None:
    """The tracked pitch as points; each written note as a box a semitone high."""
    samples = vocal.to_mono().resample(SAMPLE_RATE).samples[0]
    midi, voiced = track_pitch(samples, len(samples) // QUARTER)
    times = (np.arange(len(midi)) + 0.5) * QUARTER / SAMPLE_RATE
    axes.plot(times[voiced], midi[voiced], ".", markersize=1.5, color="tab:orange")
    for note in song.melody if song else ():
        axes.add_patch(Rectangle((note.start, note.pitch - 0.5), note.end - note.start, 1, fill=False, ec="tab:blue"))
    axes.set_ylabel("MIDI pitch")
    shown = [*midi[voiced], *(note.pitch for note in song.melody)] if song else midi[voiced]
    if len(shown):
        low, high = np.percentile(shown, (1, 99))
        axes.set_ylim(low - 3, high + 3)


def _draw_harmony(axes: Any, song: Song) -> None:
    for beat in song.beats:
        axes.axvline(beat, color="white", linewidth=0.6, linestyle=":", alpha=0.6)
    for bar in song.downbeats:
        axes.axvline(bar, color="white", linewidth=0.7, alpha=0.7)
    for chord in song.chords:
        axes.text(chord.start, 1.01, chord_name(chord), transform=axes.get_xaxis_transform(), fontsize=6, rotation=30)
