"""The page of an experiment: what was asked, what every arm measured, how it differs from the reference; pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from samuel.checkpoint.files import write_text
from samuel.evaluation.statistics import Interval
from samuel.evaluation.table import Table, to_json
from samuel.experiments.definition import Experiment
from samuel.experiments.effects import Effect, columns_of, effects_of
from samuel.experiments.plots import draw_course, draw_effects

Results = Mapping[str, Sequence[Mapping[str, Any]]]  # by arm, one result for each seed
Effects = Mapping[str, Sequence[Effect]]

_HEADLINE = ("v_loss", "harmony score", "beat_f1 score", "log_mel_db", "onset_f1")


def write_page(experiment: Experiment, results: Results, plan: Mapping[str, Any], out: Path) -> Path:
    """Write <name>.md, <name>.json and the pictures into the folder; returns the Markdown page."""
    effects = _effects(experiment, results)
    rows = [
        {"arm": arm, "seed": str(one["seed"]), **row}
        for arm, each in results.items()
        for one in each
        for row in one["rows"]
    ]
    summary = {f"{arm}: {effect.metric}": effect.value for arm, each in effects.items() for effect in each}
    differences = tuple(
        {"arm": arm, "metric": effect.metric, **_numbers(effect.difference), "by seed": list(effect.by_seed)}
        for arm, each in effects.items()
        for effect in each
        if effect.difference is not None
    )
    table = Table(experiment.name, plan, tuple(rows), summary, sections={"Effects": differences})
    write_text(out / f"{experiment.name}.json", to_json(table))
    pictures = [draw_effects(effects, _shown(effects), experiment.reference, out / "effects.png")]
    if experiment.trains:
        pictures.append(draw_course(results, out / "course.png"))
    page = out / f"{experiment.name}.md"
    write_text(page, _markdown(experiment, results, effects, plan, pictures))
    return page


def _effects(experiment: Experiment, results: Results) -> dict[str, list[Effect]]:
    columns = {arm: [columns_of(one["rows"]) for one in each] for arm, each in results.items()}
    reference = columns[experiment.reference]
    return {arm: effects_of(each, None if arm == experiment.reference else reference) for arm, each in columns.items()}


def _markdown(
    experiment: Experiment, results: Results, effects: Effects, plan: Mapping[str, Any], pictures: Sequence[Path]
) -> str:
    shown = _shown(effects)
    head = ["arm", *(["songs", "steps", "seconds a step"] if experiment.trains else []), *shown]
    levels = [[arm, *_training(experiment, plan, results[arm], arm), *_cells(effects[arm], shown)] for arm in results]
    others = [arm for arm in results if arm != experiment.reference]
    differences = [[arm, *_cells(effects[arm], shown, difference=True)] for arm in others]
    parts = [
        f"# Experiment: {experiment.name}",
        experiment.question,
        f"**Setting.** {_setting(experiment, results, plan)}",
        _grid(head, levels),
        f"## Difference from {experiment.reference}",
        "Arm minus reference, over the same songs and clips; an interval without 0 is marked \\*.",
        _grid(["arm", *shown], differences),
    ]
    if any(len(each) > 1 for each in results.values()):
        rows = [[arm, *_by_seed(effects[arm], shown)] for arm in others]
        parts += ["For each training seed alone:", _grid(["arm", *shown], rows)]
    parts += [f"![{path.stem}]({path.name})" for path in pictures]
    waiting = [arm for arm in plan["songs"] if arm not in results]
    unfinished = [f"Not finished: {', '.join(waiting)}."] if waiting else []
    notes = [*unfinished, *plan["left_out"], *([experiment.note] if experiment.note else [])]
    return "\n\n".join([*parts, *notes]) + "\n"


def _setting(experiment: Experiment, results: Results, plan: Mapping[str, Any]) -> str:
    settings, seeds = plan["settings"], len(results[experiment.reference])
    judged = (
        f"{plan['clips']} held-out clips; scores are (G − S) / (R − S), 0 for other songs' takes, 1 for the real band;"
        f" beats by {settings['tracker']}. Intervals are 95 % bootstrap over clips or songs."
    )
    if not experiment.trains:
        return f"No arm is trained. {judged}"
    start = f"the weights of {settings['initial']}" if settings["initial"] else "nothing"
    changed = "".join(f", {name} {value}" for name, value in settings["overrides"].items())
    return (
        f"Every arm: preset {settings['preset']}{changed}, {plan['steps']} steps from {start}, the same crops and"
        f" noise in the same order; training seeds: {seeds}. Takes by DPM-Solver++(2M) in"
        f" {settings['sampling_steps']} steps; v_loss is the squared error of v at five fixed noise levels. {judged}"
        " They say nothing of how another training seed would fall out."
    )


def _shown(effects: Effects) -> list[str]:
    metrics = dict.fromkeys(effect.metric for each in effects.values() for effect in each)
    return [metric for metric in metrics if metric.split(",")[0] in _HEADLINE]


def _training(
    experiment: Experiment, plan: Mapping[str, Any], each: Sequence[Mapping[str, Any]], arm: str
) -> list[str]:
    if not experiment.trains:
        return []
    seconds = np.mean([one["seconds"] / one["steps"] for one in each])
    return [str(plan["songs"][arm]), str(each[0]["steps"]), f"{seconds:.3f}"]


def _cells(effects: Sequence[Effect], shown: Sequence[str], difference: bool = False) -> list[str]:
    found = {effect.metric: effect.difference if difference else effect.value for effect in effects}
    return [_cell(found.get(metric), difference) for metric in shown]


def _cell(interval: Interval | None, signed: bool) -> str:
    if interval is None:
        return ""
    form = "+.3f" if signed else ".3f"
    sure = signed and not interval.low <= 0 <= interval.high
    return f"{interval.value:{form}} [{interval.low:{form}}, {interval.high:{form}}]{' *' * sure}".replace(" *", " \\*")


def _by_seed(effects: Sequence[Effect], shown: Sequence[str]) -> list[str]:
    found = {effect.metric: effect.by_seed for effect in effects}
    return [", ".join(f"{value:+.3f}" for value in found.get(metric, ())) for metric in shown]


def _numbers(interval: Interval) -> dict[str, Any]:
    return {"difference": interval.value, "low": interval.low, "high": interval.high, "count": interval.count}


def _grid(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
