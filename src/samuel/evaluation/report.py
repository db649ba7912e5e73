"""Results as one page that needs nothing else: tables with intervals, and for sets of audio players and pictures."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from samuel.audio import Waveform, read_audio
from samuel.audio.encoding import mp3_bytes
from samuel.audio.files import replacing
from samuel.errors import ConfigError, MissingExtraError, SamuelError
from samuel.evaluation import page
from samuel.evaluation.comparison import compare, is_comparable
from samuel.evaluation.pictures import picture_of
from samuel.evaluation.sets import find_audio
from samuel.evaluation.table import Table, read_table, to_json, to_markdown

PLAYERS = 4  # clips of a set that can be heard and seen
EXCERPT = 15.0  # s
PLAYER_RATE = 32_000  # Hz


def write_report(
    results: Sequence[Path | str], out: Path | str, *, players: int = PLAYERS, title: str = "Evaluation"
) -> tuple[Path, Path, Path]:
    """Write OUT.html, OUT.json and OUT.md from results, files or folders of files that `samuel evaluate` wrote.

    Two results of one kind are compared pair by pair, and a result of controls marks the metrics of the others.
    Returns the three paths. ConfigError for what is no result, or a place that cannot be written.
    """
    tables = read_results(results)
    named = _named(tables)
    controls = next((table for table in tables if table.name == "controls"), None)
    marks = _marks(controls) if controls else {}
    others = {name: table for name, table in named.items() if table.name != "controls"}
    comparison = []
    if is_comparable(list(others.values())):
        first, second = others
        comparison = [compare(others[first], others[second], (first, second))]
    body = [part for table in comparison for part in _section("comparison", table, {}, 0)]
    body += [part for name, table in named.items() for part in _section(name, table, marks, players)]
    documents = {
        ".html": page.page(title, body),
        ".json": "[\n" + ",\n".join(to_json(table) for table in [*comparison, *tables]) + "\n]\n",
        ".md": "\n".join(to_markdown(table) for table in [*comparison, *tables]),
    }
    return _write(Path(out), documents)


def read_results(paths: Sequence[Path | str]) -> list[Table]:
    """The tables in files, and in folders of files; ConfigError where a folder holds none."""
    files: list[Path] = []
    for path in map(Path, paths):
        inside = sorted(file for file in path.glob("*.json") if _is_result(file)) if path.is_dir() else [path]
        if not inside:
            raise ConfigError(f"{path} holds no result: name a folder that `samuel evaluate` wrote to.")
        files += inside
    return [read_table(file) for file in files]


def _is_result(file: Path) -> bool:
    """Other files may lie beside results: a report's own JSON among them."""
    try:
        fields = json.loads(file.read_text())
    except (OSError, ValueError):
        return False
    return isinstance(fields, Mapping) and {"name", "rows", "summary"} <= fields.keys()


def _named(tables: Sequence[Table]) -> dict[str, Table]:
    """Tables by a name of their own: their kind, and the outputs they judge where there are several of a kind."""
    named: dict[str, Table] = {}
    for table in tables:
        several = sum(other.name == table.name for other in tables) > 1
        outputs = Path(str(table.settings.get("outputs", ""))).name
        name = outputs if several and outputs else table.name
        while name in named:
            name += " (again)"
        named[name] = table
    return named


def _marks(controls: Table) -> dict[str, str]:
    """What the controls say of each metric."""
    return {str(row["metric"]): str(row["verdict"]) for row in controls.sections.get("Controls", ())}


def _section(name: str, table: Table, marks: Mapping[str, str], players: int) -> list[str]:
    parts = [page.heading(name), page.paragraph(", ".join(f"{k}: {v}" for k, v in table.settings.items()), muted=True)]
    parts += [part for heading, rows in table.sections.items() for part in (page.heading(heading, 3), page.table(rows))]
    if table.summary:
        drawn = page.summary(table.summary, marks)
        parts.append(page.details("All values with intervals", drawn) if table.sections else drawn)
    if table.rows:
        parts.append(page.details(f"Clips ({len(table.rows)})", page.table(table.rows)))
    if table.skipped:
        rows = [{"clip": item.identifier, "reason": item.reason} for item in table.skipped]
        parts.append(page.details(f"Skipped ({len(rows)})", page.table(rows)))
    return parts + (_media(table, players) if table.name == "set" and players else [])


def _media(table: Table, players: int) -> list[str]:
    """Players of output and real band and a picture, for the first clips; a sentence where the audio is gone."""
    try:
        outputs = find_audio(str(table.settings["outputs"]))
        bands = find_audio(str(table.settings["truth"])) if "truth" in table.settings else {}
        clips = [str(row["clip"]) for row in table.rows][:players]
        return [part for clip in clips for part in _clip(clip, outputs[clip], bands.get(clip))]
    except MissingExtraError:
        raise
    except (KeyError, SamuelError):
        return [page.paragraph("The audio that was judged is no longer where it was, so it cannot be heard here.")]


def _clip(clip: str, output: Path, band: Path | None) -> list[str]:
    excerpt = _excerpt(read_audio(output))
    parts = [page.heading(clip, 3), page.player(mp3_bytes(excerpt), "output")]
    if band is not None:
        parts.append(page.player(mp3_bytes(_excerpt(read_audio(band))), "real band"))
    return [*parts, page.picture(picture_of(excerpt), f"mel spectrogram and chroma of {clip}")]


def _excerpt(audio: Waveform) -> Waveform:
    """The first seconds, stereo, at a rate that keeps them small."""
    samples = audio.to_stereo().samples[:, : round(EXCERPT * audio.sample_rate)]
    return Waveform(samples, audio.sample_rate).resample(PLAYER_RATE)


def _write(out: Path, documents: Mapping[str, str]) -> tuple[Path, Path, Path]:
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        for suffix, text in documents.items():
            with replacing(out.with_suffix(suffix)) as temporary:
                temporary.write_text(text)
    except OSError as error:
        raise ConfigError(f"{out} cannot be written ({error.strerror}): name another file.") from error
    return out.with_suffix(".html"), out.with_suffix(".json"), out.with_suffix(".md")
