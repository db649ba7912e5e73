"""Building the corpus: every pair is a function of the seed and its number, whoever makes it and in whatever order."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import count, islice
from pathlib import Path
from typing import Any, Literal

import numpy as np

from samuel.audio import Waveform, write_audio
from samuel.config import SAMPLE_RATE
from samuel.corpus.arranger import arrange
from samuel.corpus.band import SOUNDFONTS, SoundfontError, find_soundfonts, render
from samuel.corpus.capture import capture
from samuel.corpus.errors import CorpusError
from samuel.corpus.excerpt import CLIP_SECONDS, cut_arrangement, cut_song, draw_start
from samuel.corpus.midi_folder import describe, examine_midi, folder_digest
from samuel.corpus.mixing import mix_stems
from samuel.corpus.public_domain import UNSTATED
from samuel.corpus.singer import sing
from samuel.corpus.song import STEMS, Arrangement, Song, is_known
from samuel.corpus.sources import SOURCES, draw_song_of, examine_sources, paths_of
from samuel.corpus.styles import suitable_styles
from samuel.corpus.voices import VOICES, Voice, shift_to_voice
from samuel.corpus.workers import mapped

Split = Literal["train", "valid"]
Progress = Callable[[int, int], None]  # pairs done, pairs in all
Report = Callable[[str], None]

HELD_OUT_SOUNDFONT = "musescore"
VALIDATION_EVERY = 20  # every twentieth pair: unseen song, voice and soundfont
RECIPE = 3  # what a seed gives: raise it with every change that is heard in composer, band, mix or singers
BYTES_PER_PAIR = 13.6e6  # 24-bit FLAC of 47.55 s, mono and stereo: the mean of a corpus of 1,376 pairs
BYTES_OF_STEMS = 15.8e6  # the same of their stems, a mean of 20 pairs
SHARED = "samuel.corpus.shared_soundfonts"  # what many workers load but once
REAL = "real-"  # starts the names of imported pairs, which the manifest keeps


@dataclass(frozen=True)
class CorpusSettings:
    """What to build: hours of pairs, the seed, the sources, one split alone if so wished.

    lead_sheets, lieder, openhymnal: OpenEWLD, OpenScore Lieder and the Open Hymnal, each a folder or archive. midi: a
    folder of the user's own MIDI files, with their licence. composed: whether our composer makes the rest. stems: keep
    each stem as the band played it, before the mix; the other files are the same bytes with and without.
    """

    hours: float
    seed: int = 0
    lead_sheets: Path | None = None
    min_sung: float = 0.5
    split: Split | None = None
    midi: Path | None = None
    midi_licence: str = UNSTATED
    lieder: Path | None = None
    openhymnal: Path | None = None
    composed: bool = True
    stems: bool = False

    def __post_init__(self) -> None:
        if not self.composed and not paths_of(self):
            raise CorpusError(f"a corpus needs a source: name some of {', '.join(SOURCES)}.")
        if not 0 < self.hours <= 100_000:
            raise CorpusError(f"hours {self.hours} is out of range: choose a value above 0 and at most 100000.")

    @property
    def pairs(self) -> int:
        """Number of pairs of 47.55 s."""
        return max(1, round(self.hours * 3600 / CLIP_SECONDS))

    @property
    def numbers(self) -> list[int]:
        """Numbers of the pairs to build, ascending."""
        wanted = (number for number in count() if self.split in (None, split_of(number)))
        return list(islice(wanted, self.pairs))


def build_corpus(
    out: Path,
    settings: CorpusSettings,
    workers: int = 1,
    progress: Progress | None = None,
    ray: str | None = None,
    report: Report = lambda line: None,
) -> int:
    """Build the pairs that are not there yet, then write the manifest; returns the number of pairs made now.

    Every pair is made in a hidden folder and renamed when whole, so a killed build leaves no broken pair. ray: the
    address of a cluster that does it instead of workers on this machine. report gets a line about the space that is
    needed, and one for each MIDI file that cannot be used.

    Raises CorpusError where there is too little space, or the folder holds another corpus; SoundfontError where a
    soundfont is missing.
    """
    pairs = out / "pairs"
    if settings.midi is not None:  # before the folder is claimed: a source may turn out to be of no use
        for line in describe(examine_midi(settings.midi, workers)):
            report(line)
    examine_sources(settings, sorted({split_of(number) == "valid" for number in settings.numbers}))
    pairs.mkdir(parents=True, exist_ok=True)
    claim(out, settings)
    for leftover in pairs.glob(".*"):
        shutil.rmtree(leftover)
    missing = [number for number in settings.numbers if not (pairs / name_of(number)).is_dir()]
    if missing:
        report(announce_space(out, len(missing), settings.stems))
    sources = replace(
        settings,
        lead_sheets=settings.lead_sheets and settings.lead_sheets.resolve(),
        midi=settings.midi and settings.midi.resolve(),
        lieder=settings.lieder and settings.lieder.resolve(),
        openhymnal=settings.openhymnal and settings.openhymnal.resolve(),
    )
    jobs = [(out.resolve(), sources, number) for number in missing]  # a cluster works in folders of its own
    for done, _ in enumerate(mapped(_make, jobs, workers, ray=ray, shared=SHARED), start=1):
        if progress:
            progress(settings.pairs - len(missing) + done, settings.pairs)
    write_manifest(out, settings)
    return len(missing)


def announce_space(out: Path, pairs: int, stems: bool = False) -> str:
    """A sentence about the disk that so many pairs need. Raises CorpusError where that is not there."""
    need = pairs * (BYTES_PER_PAIR + stems * BYTES_OF_STEMS) / 1e9
    free = shutil.disk_usage(out).free / 1e9
    if need > free:
        raise CorpusError(
            f"{pairs} pairs need about {need:.1f} GB and {out} has {free:.1f} GB free: free some space, or build fewer"
            " --hours."
        )
    return f"{pairs} pairs to make, about {need:.1f} GB; {free:.1f} GB are free in {out}"


def claim(out: Path, settings: CorpusSettings) -> None:
    """Note what the corpus is drawn from; a folder of another seed or of other sources is refused, not mixed."""
    source = settings.lead_sheets.name if settings.lead_sheets else None
    drawn_from = {
        "recipe": RECIPE,
        "seed": settings.seed,
        "min_sung": settings.min_sung,
        "lead_sheets": source,
        "split": settings.split,
    }
    if settings.midi is not None:
        drawn_from |= {"midi": folder_digest(settings.midi), "midi_licence": settings.midi_licence}
    if settings.lieder is not None:
        drawn_from |= {"lieder": settings.lieder.name}
    if settings.openhymnal is not None:
        drawn_from |= {"openhymnal": settings.openhymnal.name}
    if not settings.composed:
        drawn_from |= {"composed": False}
    if settings.stems:
        drawn_from |= {"stems": True}
    note = out / "corpus.json"
    if note.is_file() and (before := json.loads(note.read_text(encoding="utf-8"))) != drawn_from:
        raise CorpusError(f"{out} holds a corpus drawn from {before}, not {drawn_from}: choose another folder.")
    note.write_text(json.dumps(drawn_from), encoding="utf-8")


def name_of(number: int) -> str:
    """Identifier and folder name of a pair."""
    return f"pair-{number:06d}"


def split_of(number: int) -> Split:
    """The split that pair `number` belongs to."""
    return "valid" if number % VALIDATION_EVERY == VALIDATION_EVERY - 1 else "train"


def _make(job: tuple[Path, CorpusSettings, int]) -> None:
    out, settings, number = job
    make_pair(out / "pairs", settings, number)


def make_pair(folder: Path, settings: CorpusSettings, number: int) -> None:
    """Make pair `number` in folder, as a function of the settings and the number alone."""
    split = split_of(number)
    rng = np.random.default_rng([settings.seed, number])
    perform_pair(
        folder, name_of(number), draw_song(settings, number, rng), split, rng, settings.min_sung, settings.stems
    )


@dataclass(frozen=True)
class PlannedPair:
    """A pair before it sounds: 47.55 s of song and arrangement, and who performs them. cut_from is in seconds."""

    song: Song
    arrangement: Arrangement
    voice: Voice
    soundfont: str
    split: Split
    cut_from: float

    @property
    def truth(self) -> dict[str, Any]:
        """What truth.json holds."""
        played = {part.stem for part in self.arrangement.parts}
        performed = {
            "style": self.arrangement.style,
            "voice": self.voice.name,
            "soundfont": self.soundfont,
            "stems": [stem for stem in STEMS if stem in played],
        }
        return {**asdict(self.song), **performed, "split": self.split, "cut_from": self.cut_from}


def plan_pair(song: Song, split: Split, rng: np.random.Generator, min_sung: float = 0.5) -> PlannedPair:
    """Draw excerpt, style, band and singer of a pair; the first draws that perform_pair makes of rng."""
    start = draw_start(song, rng, min_sung)
    style = str(rng.choice(suitable_styles(song)))
    arrangement = cut_arrangement(arrange(song, style, rng), start, CLIP_SECONDS)
    soundfont = draw_soundfont(split, rng)
    voice = VOICES[str(rng.choice([name for name, v in sorted(VOICES.items()) if v.held_out == (split == "valid")]))]
    cut = cut_song(song, start, CLIP_SECONDS)
    return PlannedPair(
        replace(cut, melody=shift_to_voice(cut.melody, voice)), arrangement, voice, soundfont, split, start
    )


def perform_pair(
    folder: Path,
    name: str,
    song: Song,
    split: Split,
    rng: np.random.Generator,
    min_sung: float = 0.5,
    keep_stems: bool = False,
) -> None:
    """Write folder/name with 47.55 s of the song: vocal.flac (mono), accompaniment.flac (stereo), truth.json.

    keep_stems: and stems/NAME.flac (stereo), each stem that plays as the band played it, before any mixing.
    """
    plan = plan_pair(song, split, rng, min_sung)
    duration = plan.song.duration
    stems = render(plan.arrangement, find_soundfonts()[plan.soundfont], duration, rng)
    band = mix_stems(stems, rng)
    vocal = capture(sing(plan.song.melody, plan.voice, duration, rng), rng)
    hidden = folder / f".{name}-{os.getpid()}"
    hidden.mkdir()
    write_audio(hidden / "vocal.flac", Waveform(np.atleast_2d(vocal).astype(np.float32), SAMPLE_RATE))
    write_audio(hidden / "accompaniment.flac", Waveform(band.astype(np.float32), SAMPLE_RATE))
    if keep_stems:
        (hidden / "stems").mkdir()
        for stem in plan.truth["stems"]:
            write_audio(hidden / "stems" / f"{stem}.flac", Waveform(stems[stem].astype(np.float32), SAMPLE_RATE))
    (hidden / "truth.json").write_text(json.dumps(plan.truth), encoding="utf-8")
    hidden.rename(folder / name)


def draw_song(settings: CorpusSettings, number: int, rng: np.random.Generator) -> Song:
    """The song of pair `number`, from one of the sources of the settings."""
    return draw_song_of(settings, split_of(number) == "valid", rng)


def draw_soundfont(split: Split, rng: np.random.Generator) -> str:
    """Name of a soundfont: the held-out one for validation, one of the others for training."""
    installed = sorted(find_soundfonts())
    missing = [SOUNDFONTS[name][1] for name in SOUNDFONTS if name not in installed]
    if missing:  # what a pair sounds like must not hang on what happens to be installed
        raise SoundfontError(
            f"{len(missing)} of {len(SOUNDFONTS)} soundfonts are missing: install {' '.join(missing)}."
        )
    if split == "valid":
        return HELD_OUT_SOUNDFONT
    return str(rng.choice([name for name in installed if name != HELD_OUT_SOUNDFONT]))


def write_manifest(out: Path, settings: CorpusSettings) -> None:
    """One line per pair, by number, then the imported ones: what it is, where it came from, under which licence."""
    imported = sorted(folder.name for folder in (out / "pairs").glob(f"{REAL}*"))
    write_rows(out, [*map(name_of, settings.numbers), *imported])


def write_rows(out: Path, names: Sequence[str]) -> None:
    """The manifest of the named pairs, in this order."""
    keys = ("source", "licence", "split", "style", "voice", "soundfont", "tempo", "tonic", "mode", "duration")
    lines = []
    for name in names:
        truth: dict[str, Any] = json.loads((out / "pairs" / name / "truth.json").read_text(encoding="utf-8"))
        row = {"identifier": name, "song": truth["identifier"], **{key: truth[key] for key in keys}}
        lines.append(json.dumps(row if is_known(truth) else {**row, "truth": False}) + "\n")
    temporary = out / ".manifest.jsonl"
    temporary.write_text("".join(lines), encoding="utf-8")
    temporary.replace(out / "manifest.jsonl")
