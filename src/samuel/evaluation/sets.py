"""A folder of accompaniments, judged: against pairs with their truth, beside their vocals, or alone.

In the folder each output lies as `<clip>.wav` (flac, mp3 ...), as `<clip>/accompaniment.wav`, as
`<clip>-band/accompaniment.wav`, which is how `samuel accompany` leaves it, or in `pairs/<clip>/` as in a corpus.
`<clip>` is the identifier of the pair, or the name of the vocal's file.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from samuel.audio import read_audio
from samuel.errors import ConfigError, SamuelError
from samuel.evaluation import coherence, diversity, frechet, key, percussion, timbre
from samuel.evaluation.coherence import Embedder
from samuel.evaluation.headline import headline
from samuel.evaluation.judging import NO_FAMILIES, Case, Families, Judged, Voice, judge_case, listen
from samuel.evaluation.pairs import Pair, Skipped
from samuel.evaluation.rhythm import Tracker
from samuel.evaluation.shuffle import hear, match, match_table, own_and_shuffled
from samuel.evaluation.statistics import Interval, bootstrap, normalised_gain
from samuel.evaluation.table import Table, summarise
from samuel.evaluation.transposition import movement, pooled_movements

Result = TypeVar("Result")

SUFFIXES = (".wav", ".flac", ".mp3", ".m4a", ".ogg", ".opus")


def find_audio(folder: Path | str, part: str = "accompaniment") -> dict[str, Path]:
    """The audio files in a folder by clip, in the order of their names; ConfigError where there is none.

    `part` is what a file is called where every clip has a folder. NAME-mix, which a run writes beside NAME, is no clip.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise ConfigError(f"{folder} is no folder: name one that holds audio files.")
    root = folder / "pairs" if (folder / "pairs").is_dir() else folder
    single = {path.stem: path for path in sorted(root.iterdir()) if path.suffix.lower() in SUFFIXES}
    single = {name: path for name, path in single.items() if name.removesuffix("-mix") not in single.keys() - {name}}
    inside = {
        path.name.removesuffix("-band"): path / f"{part}{suffix}"
        for path in sorted(root.iterdir())
        for suffix in SUFFIXES
        if (path / f"{part}{suffix}").is_file()
    }
    if not single and not inside:
        raise ConfigError(f"{folder} holds no {part}: give one audio file for each clip.")
    return {**single, **inside}


def evaluate_set(
    outputs: Path | str,
    pairs: Sequence[Pair] = (),
    *,
    vocals: Path | str | None = None,
    bands: Path | str | None = None,
    takes: Sequence[Path | str] = (),
    moved: Mapping[int, Path | str] | None = None,
    extra: Families = NO_FAMILIES,
    embed: Embedder | None = None,
    tracker: Tracker = "librosa",
    on_step: Callable[[int, int], None] | None = None,
) -> Table:
    """Rows per clip and a summary with 95 % intervals; `on_step` hears how many clips of how many are done.

    With pairs, their truth, real bands and vocals are used; a pair without an output is skipped and counted, as are
    files that cannot be read, and the settings say how many outputs belong to no pair. Without, `vocals` and `bands`
    may name folders of the vocals and of real bands whose truth is not known, such as an imported MUSDB18. `takes` are
    further folders of outputs, of other seeds: how much a clip's takes differ. `moved` are folders of outputs for the
    vocals so many semitones higher: does the band follow? `embed`, such as a samuel.evaluation.clap.Clap, adds the
    adherence of the outputs to their vocals, where two songs with vocals and real bands are known. The section
    'Headline' holds the figures to look at first, the section 'Incomplete' the clips that lack a vocal, a take or a
    moved output: what rests on it leaves them out. ConfigError where nothing can be judged, or where a folder holds
    none of the clips.
    """
    found = find_audio(outputs)
    by_name = {pair.identifier: pair for pair in pairs}
    sung = find_audio(vocals, "vocal") if vocals is not None else {}
    played = find_audio(bands) if bands is not None else None
    other_takes = [find_audio(folder) for folder in takes]
    transposed = {semitones: find_audio(folder) for semitones, folder in (moved or {}).items()}
    names = list(by_name or found)
    company = _company(vocals, sung, zip(takes, other_takes, strict=True), transposed, moved or {})
    incomplete = _incomplete(names, company)

    def judge_clip(name: str) -> Judged:
        if name not in found:
            raise ConfigError(f"{outputs} holds no accompaniment for {name}: generate it.")
        if played is not None and name not in played:
            raise ConfigError(f"{bands} holds no {name}: give the real band, or leave the folder out.")
        real = played[name] if played is not None else None
        case = _case(name, found[name], by_name.get(name), sung.get(name), real, tracker)
        judged = _beside_the_real_band(judge_case(case, extra=extra), case)
        if embed is not None:
            judged = _with_mixtures(judged, case, _band_of_another(name, names, by_name, played), embed)
        if all(name in files for files in other_takes):
            judged = _with_takes(judged, [files[name] for files in other_takes])
        return _with_movements(judged, {shift: files[name] for shift, files in transposed.items() if name in files})

    judged, skipped = for_each(names, judge_clip, on_step)
    settings = {"outputs": str(Path(outputs).resolve()), "clips": len(judged), "tracker": tracker}
    if pairs:
        settings["truth"] = str(pairs[0].folder.parent.resolve())
        settings["outputs without a pair"] = len(found.keys() - by_name.keys())
    rows, summary = assemble(judged)
    left_out = {family: reason for one in judged for family, reason in one.left_out.items()}
    known = {one.identifier for one in judged}
    sections = {
        "Headline": tuple(headline(summary)),
        "Incomplete": tuple(row for row in incomplete if row["clip"] in known),
    }
    return Table("set", {**settings, **left_out}, tuple(rows), summary, tuple(skipped), sections)


def for_each(
    names: Sequence[str], act: Callable[[str], Result], on_step: Callable[[int, int], None] | None
) -> tuple[list[Result], list[Skipped]]:
    """What act returns for each name; a name at which it raises a SamuelError is skipped, with the reason.

    ConfigError where no name is left.
    """
    done: list[Result] = []
    skipped: list[Skipped] = []
    for number, name in enumerate(names, 1):
        try:
            done.append(act(name))
        except SamuelError as error:
            skipped.append(Skipped(name, str(error)))
        if on_step is not None:
            on_step(number, len(names))
    if skipped and not done:
        raise ConfigError(f"None of {len(names)} clips could be judged; the first: {skipped[0].reason}")
    return done, skipped


def assemble(judged: Sequence[Judged]) -> tuple[list[dict[str, Any]], dict[str, Interval]]:
    """Rows per clip with what can only be told within a set, and the summary: of the set first, then the means."""
    per_clip, summary = within_set(judged)
    rows = [
        {"clip": one.identifier, **one.values, **{name: float(column[k]) for name, column in per_clip.items()}}
        for k, one in enumerate(judged)
    ]
    known = [one.mixtures for one in judged if one.mixtures is not None]
    adherence = {"adherence": coherence.evaluate(known)} if known else {}
    parts = (scores(judged), summary, adherence, summarise(rows), pooled_movements(rows), _beyond_seeds(rows))
    return rows, {name: interval for part in parts for name, interval in part.items()}


def within_set(judged: Sequence[Judged]) -> tuple[dict[str, np.ndarray], dict[str, Interval]]:
    """Columns (clips,) and intervals of the metrics that compare clips with each other, or with the real bands."""
    embeddings = [one.output.embedding for one in judged if one.output is not None]
    if len(embeddings) < len(judged):
        return {}, {}
    songs = [one.song.identifier if one.song else one.identifier for one in judged]
    vectors = np.stack([timbre.clip_vector(embedding) for embedding in embeddings])
    summary = {"vendi": timbre.vendi_interval(vectors)}
    references = [one.real.embedding for one in judged if one.real is not None]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a silent output is far from every band, not an accident
        columns = _over_vocals(judged, songs)
        if len(references) == len(judged):
            columns["frechet_song"] = frechet.song_distances(references, embeddings, songs)
            summary["frechet"] = frechet.set_distance(references, embeddings)
            summary["frechet_infinity"] = frechet.infinity_interval(references, embeddings)
    return columns, summary


def scores(judged: Sequence[Judged]) -> dict[str, Interval]:
    """'harmony score' and the beats' (0 other songs' outputs, 1 the real bands); nothing unless two songs are known."""
    known = [(one.song, one.output, one.real) for one in judged if one.song and one.output and one.real]
    songs = [song for song, _, _ in known]
    if len({song.identifier for song in songs}) < 2:
        return {}
    own, shuffled = own_and_shuffled(match_table([output.heard for _, output, _ in known], songs), songs)
    found = [match(band.heard, song) for song, _, band in known]
    real = np.array([(one.chords, one.beat_f1, one.beat_amlt) for one in found])
    triples = np.stack([own, real, shuffled], axis=-1)
    names = ("harmony", "beat_f1", "beat_amlt")
    return {f"{name} score": bootstrap(triples[:, k], normalised_gain) for k, name in enumerate(names)}


def _case(name: str, path: Path, pair: Pair | None, vocal: Path | None, band: Path | None, tracker: Tracker) -> Case:
    output = read_audio(path)
    if pair is None:
        reference, sung = (read_audio(place) if place else None for place in (band, vocal))
        return Case(name, output, reference=reference, vocal=Voice(sung) if sung else None, tracker=tracker)
    return Case(name, output, pair.song, pair.accompaniment(), Voice(pair.vocal()), tracker)


def _beside_the_real_band(judged: Judged, case: Case) -> Judged:
    """The same with sharpness and key of the real band, without which those of the output say little."""
    if judged.real is None or case.reference is None:
        return judged
    real = percussion.evaluate(case.reference.samples, case.reference.sample_rate)
    if case.song is not None:
        real |= key.evaluate_chroma(judged.real.heard.chroma, (case.song.tonic, case.song.mode))
    return replace(judged, values={**judged.values, **{f"{name}_real": value for name, value in real.items()}})


def _with_takes(judged: Judged, takes: Sequence[Path]) -> Judged:
    """The same with how unlike each other its takes are: nothing of a single take, or without the embedding."""
    if judged.output is None or not takes:
        return judged
    others = tuple(listen(read_audio(path), None) for path in takes)
    return replace(judged, values={**judged.values, **diversity.over_seeds([judged.output, *others])}, takes=others)


def _band_of_another(
    name: str, names: Sequence[str], pairs: Mapping[str, Pair], played: Mapping[str, Path] | None
) -> Path | None:
    """The real band of the next clip of another song; None where there is none."""
    start = names.index(name) + 1
    for other in (*names[start:], *names[: start - 1]):
        if name in pairs and pairs[other].song.identifier != pairs[name].song.identifier:
            return pairs[other].folder / "accompaniment.flac"
        if played is not None and other in played:
            return played[other]
    return None


def _with_mixtures(judged: Judged, case: Case, other: Path | None, embed: Embedder) -> Judged:
    """The same with the embeddings of voice and band together; nothing where voice, real band or another is missing."""
    if case.vocal is None or case.reference is None or other is None:
        return judged
    found = coherence.mixtures(case.vocal.audio, case.output, case.reference, read_audio(other), embed)
    return replace(judged, mixtures=found)


def _over_vocals(judged: Sequence[Judged], songs: Sequence[str]) -> dict[str, np.ndarray]:
    """Columns (clips,) of diversity.over_vocals over the clips that have all takes, the others NaN; of one take, all.

    A clip with fewer takes than the others could only be compared within a seed, where all outputs are more alike.
    """
    whole = [k for k, one in enumerate(judged) if one.takes] or list(range(len(judged)))
    takes = [[one.output, *one.takes] for one in judged if one.output is not None]
    found = diversity.over_vocals([takes[k] for k in whole], [songs[k] for k in whole])
    columns = {name: np.full(len(judged), np.nan) for name in found}
    for name, values in found.items():
        columns[name][whole] = values
    return columns


def _company(
    vocals: Path | str | None,
    sung: Mapping[str, Path],
    takes: Iterable[tuple[Path | str, Mapping[str, Path]]],
    transposed: Mapping[int, Mapping[str, Path]],
    moved: Mapping[int, Path | str],
) -> dict[str, Mapping[str, Path]]:
    """What every clip should have beside it, in words, and the files by clip."""
    return {
        **({f"a vocal in {vocals}": sung} if vocals is not None else {}),
        **{f"a take in {folder}": files for folder, files in takes},
        **{f"an output moved by {shift} in {moved[shift]}": files for shift, files in transposed.items()},
    }


def _incomplete(names: Sequence[str], company: Mapping[str, Mapping[str, Path]]) -> list[dict[str, str]]:
    """A row for each clip and what it lacks; ConfigError where all clips lack it: the folder must be another's."""
    rows = [{"clip": name, "lacks": what} for what, files in company.items() for name in names if name not in files]
    for what in company:
        if sum(row["lacks"] == what for row in rows) == len(names):
            raise ConfigError(f"None of {len(names)} clips has {what}: name the folder that belongs to these outputs.")
    return rows


def _with_movements(judged: Judged, moved: Mapping[int, Path]) -> Judged:
    """The same with whether it moved with the vocal; nothing where the song's beats are not known."""
    if judged.output is None or judged.song is None:
        return judged
    found = {}
    for semitones, path in moved.items():
        after = hear(read_audio(path), None)
        found.update(movement(judged.output.heard, after, judged.song, semitones).columns)
    return replace(judged, values={**judged.values, **found})


def _beyond_seeds(rows: Sequence[Mapping[str, Any]]) -> dict[str, Interval]:
    names = ("take_distance", "take_chroma", "timbre_distance", "chroma_distance")
    known = {name: np.array([row.get(name, np.nan) for row in rows]) for name in names}
    return diversity.beyond_seeds({name: column for name, column in known.items() if np.isfinite(column).any()})
