"""Songs heard in the mind: the melodic features of a performance without its sound, and the truth beside them.

Sound costs a hundred times more than the features of it that a listener uses. Pitch curves, timing, consonants and the
mistakes of a pitch tracker are drawn as the singers' are; chords and beats are those of the composed song. Some of the
songs may be given a band that really plays: half the cost of a pair, for the autoencoder and for a denoiser, which
takes the voice from the features alone there.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from samuel.config import CLIP_FRAMES
from samuel.corpus.arranger import arrange
from samuel.corpus.band import find_soundfonts, render
from samuel.corpus.build import RECIPE, CorpusSettings, draw_soundfont
from samuel.corpus.errors import CorpusError
from samuel.corpus.excerpt import CLIP_SECONDS, cut_arrangement, cut_song, draw_start
from samuel.corpus.mixing import mix_stems
from samuel.corpus.performance import PERFORMANCE_VERSION, imagined_features
from samuel.corpus.prepare import save_array, spectral_maps
from samuel.corpus.song import Song
from samuel.corpus.sources import draw_song_of, examine_sources, paths_of
from samuel.corpus.styles import suitable_styles
from samuel.corpus.truth import frame_truth
from samuel.corpus.workers import mapped

Progress = Callable[[int, int], None]

DOMAIN = 1 << 40  # keeps these draws apart from those of the songs that are sung


def imagine_songs(
    data: Path,
    settings: CorpusSettings,
    progress: Progress | None = None,
    workers: int = 1,
    bands: int = 0,
    soundfont: str | None = None,
) -> int:
    """Write features and truth of 47.55 s of each song of the settings into data/imagined; returns how many are new.

    The songs are drawn from the sources of the settings, those of training alone. bands: so many of them, the first
    ones, also get the spectral maps of a band, played with the named soundfont or with any of training's. Songs that
    exist are left alone. Raises CorpusError where a source is of no use, or the folder holds other songs.
    """
    folder, songs = data / "imagined", settings.pairs
    examine_sources(settings, [False])
    for name in ("latents", "maps"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    _claim(folder / "origin.json", settings)
    missing = [n for n in range(songs) if not _is_whole(folder, n, n < bands)]
    jobs = [(folder, settings, number, number < bands, soundfont) for number in missing]
    for done, _ in enumerate(mapped(_imagine, jobs, workers), start=1):
        if progress:
            progress(songs - len(missing) + done, songs)
    rows = [
        {"identifier": _name(number), "split": "train", "frames": CLIP_FRAMES, "band": _is_whole(folder, number, True)}
        for number in range(songs)
    ]
    (folder / "manifest.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return len(missing)


def _is_whole(folder: Path, number: int, with_band: bool) -> bool:
    name = _name(number)
    heard = (folder / "latents" / f"{name}.truth.npy").is_file()
    return heard and (not with_band or (folder / "maps" / f"{name}.npy").is_file())


def _claim(note: Path, settings: CorpusSettings) -> None:
    """Note what the songs come from; those of another origin are refused, not mixed. Raises CorpusError.

    The sources are noted by name: that a collection is the same as before is for the caller to know.
    """
    composed = ["composed"] if settings.composed else []
    version = {"recipe": RECIPE, "performances": PERFORMANCE_VERSION}
    origin = {"seed": settings.seed, **version, "sources": [*composed, *paths_of(settings)]}
    before = _noted(note)
    if before is None and any((note.parent / "latents").glob("song-*")):
        raise CorpusError(f"{note.parent} holds songs of an unknown origin: take another folder.")
    if before is not None and any(before.get(name) != value for name, value in version.items()):
        raise CorpusError(
            f"{note.parent} holds songs imagined by another version, which this one cannot continue: "
            "take another folder or delete this one."
        )
    if before is not None and before != origin:
        differing = [name for name in origin if origin[name] != before.get(name)]
        told = "; ".join(f"{name} {before.get(name)}, not {origin[name]}" for name in differing)
        raise CorpusError(f"{note.parent} holds songs of {told}: take the same again or another folder.")
    note.write_text(json.dumps(origin), encoding="utf-8")


def _noted(note: Path) -> dict[str, Any] | None:
    """What a note says; None without one. Raises CorpusError for one that cannot be read."""
    if not note.is_file():
        return None
    try:
        noted = json.loads(note.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CorpusError(f"{note} cannot be read ({error}): take another folder.") from error
    if not isinstance(noted, dict):
        raise CorpusError(f"{note} is no note of an origin ({noted!r}): take another folder.")
    return noted


def _name(number: int) -> str:
    return f"song-{number:06d}"


def _imagine(job: tuple[Path, CorpusSettings, int, bool, str | None]) -> None:
    folder, settings, number, with_band, soundfont = job
    rng = np.random.default_rng([settings.seed, number, DOMAIN])
    song = draw_song_of(settings, False, rng)
    start = draw_start(song, rng)
    cut = cut_song(song, start, CLIP_SECONDS)
    latents = folder / "latents"
    save_array(latents / f"{_name(number)}.features.npy", imagined_features(cut.melody, CLIP_FRAMES, rng))
    if with_band:
        rng = np.random.default_rng([settings.seed, number, DOMAIN, 1])  # the features must not hang on it
        save_array(folder / "maps" / f"{_name(number)}.npy", spectral_maps(_play(song, start, soundfont, rng)))
    save_array(latents / f"{_name(number)}.truth.npy", frame_truth(cut, CLIP_FRAMES))  # last: it marks the song


def _play(song: Song, start: float, soundfont: str | None, rng: np.random.Generator) -> NDArray[np.float32]:
    """A band's master of 47.55 s of the song from start (s), (2, n)."""
    arrangement = cut_arrangement(arrange(song, str(rng.choice(suitable_styles(song))), rng), start, CLIP_SECONDS)
    path = find_soundfonts()[soundfont or draw_soundfont("train", rng)]
    return mix_stems(render(arrangement, path, CLIP_SECONDS, rng), rng)
