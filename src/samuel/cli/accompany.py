"""samuel accompany: a vocal recording in, accompaniment, mix, picture and settings out."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from samuel.cli.common import ProgressBar, add_threads, apply_threads
from samuel.config import DEFAULT_MODEL, SAMPLERS, Sampling
from samuel.errors import AudioError, ConfigError
from samuel.unwinding import unwinding

if TYPE_CHECKING:
    from samuel.cli.common import Commands
    from samuel.pipeline import Report, Request

# options that go into the request as they are; left out, they keep the value of the model or of --from's run
_PASSED_ON = (
    "output",
    "model",
    "seed",
    "variations",
    "vocal_gain_db",
    "audio_format",
    "mix_only",
    "picture",
)

_HEARD: Literal["heard"] = "heard"


def add_parser(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "accompany",
        help="make an accompaniment for a vocal recording",
        description="Make an accompaniment for a vocal recording of 1 s to 10 min (wav, flac, mp3, ogg, opus, m4a).",
        argument_default=None,
    )
    source = parser.add_argument_group("the vocal")
    source.add_argument("vocal", nargs="?", type=Path, metavar="VOCAL", help="the recording")
    source.add_argument("--example", action="store_true", help="use the bundled example vocal")
    source.add_argument(
        "--from",
        dest="settings",
        type=Path,
        metavar="RUN",
        help="go on from an earlier run, by its folder or settings.json: repeat it, "
        "with every other option as it was unless given, or change it with the next options",
    )
    source.add_argument(
        "--chords",
        metavar="FILE",
        help="play these chords: lines of FROM TO CHORD such as '0 2.5 Am7' or '1:02 1:04 F', as in the chords.txt "
        "that every run writes; 'heard' for those that are heard in the vocal (default)",
    )
    source.add_argument(
        "--tempo",
        metavar="BPM",
        help="look for the beats at so many a minute, 50 to 210, such as that of the click you sang to; 'heard' for "
        "the tempo that is heard in the vocal (default)",
    )
    source.add_argument(
        "--downbeat",
        metavar="S",
        help="a bar begins here: 1.4 or 0:01.4, at any bar of the song; 'heard' for the bars that are heard in "
        "the vocal (default)",
    )
    _add_editing(parser.add_argument_group("an earlier run, named by --from"))
    _add_output(parser.add_argument_group("output"))
    _add_generation(parser.add_argument_group("generation"))
    add_threads(parser)
    parser.set_defaults(run=run)


def _add_output(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "-o", "--output", type=Path, metavar="PLACE",
        help="folder, or audio file beside which the rest is put (default: ./<name of VOCAL>-band)",
    )  # fmt: skip
    group.add_argument("--format", dest="audio_format", choices=("wav", "flac", "mp3"), help="default: wav")
    group.add_argument(
        "--mix-only",
        action=argparse.BooleanOptionalAction,
        help="write the mix without the accompaniment (default: no)",
    )
    group.add_argument(
        "--vocal-gain", dest="vocal_gain_db", type=float, metavar="DB", help="vocal over band (default: 0)"
    )
    group.add_argument("--picture", action=argparse.BooleanOptionalAction, help="draw a picture (default: yes)")


def _add_editing(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--regenerate", metavar="FROM-TO", help="make only this part (seconds, such as 12.5-24) anew, by the next seed"
    )
    group.add_argument(
        "--extend", type=float, metavar="S", help="add an outro of S seconds; without --from to a new accompaniment"
    )
    group.add_argument("--take", type=int, metavar="N", help="which take of that run, where it made several")


def _add_generation(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--style",
        metavar="NAME",
        help="the band: pop, rock, ballad, ... as samuel info lists them, or any (default: any)",
    )
    group.add_argument(
        "--style-guidance",
        type=float,
        metavar="X",
        help="pull towards the style that --style names; 1 = none (default: the model's)",
    )
    group.add_argument("--seed", type=int, metavar="N", help="another seed, another band (default: 0)")
    group.add_argument(
        "--variations", type=int, metavar="N", help="make N takes, of seeds SEED, SEED + 1 ... (default: 1)"
    )
    group.add_argument(
        "--steps", type=int, metavar="N", help="sampling steps: more is slower and finer (default: the model's)"
    )
    group.add_argument("--sampler", choices=SAMPLERS, help="default: the model's")
    group.add_argument(
        "--guidance", type=float, metavar="X", help="pull towards the vocal; 1 = none (default: the model's)"
    )
    group.add_argument(
        "--guidance-interval",
        metavar="LOW-HIGH",
        help="guide only at these noise levels: 0 clean, 1 noise (default: the model's)",
    )
    group.add_argument(
        "--guidance-rescale",
        type=float,
        metavar="X",
        help="undo X of what guidance adds in spread (default: the model's)",
    )
    group.add_argument("--model", metavar="NAME", help=f"bundled model or checkpoint folder (default: {DEFAULT_MODEL})")


def run(arguments: argparse.Namespace) -> None:
    """Make the accompaniment, showing how far it is, and say what was made."""
    _require_one_source(arguments)
    from samuel.pipeline import accompany_file

    apply_threads(arguments)
    request = build_request(arguments)
    with unwinding(), ProgressBar() as bar:
        report = accompany_file(request, lambda progress: bar.move(progress.fraction))
    print_report(report)


def build_request(arguments: argparse.Namespace) -> Request:
    """The request of --from's run or of the defaults, with every option that was given in its place."""
    from samuel.pipeline import EXAMPLE, Request, read_sheet

    given = {name: value for name in _PASSED_ON if (value := getattr(arguments, name)) is not None}
    if arguments.chords is not None:
        given["chords"] = () if arguments.chords == _HEARD else read_sheet(Path(arguments.chords))
    if arguments.tempo is not None:
        given["tempo"] = parse_tempo(arguments.tempo)
    if arguments.downbeat is not None:
        given["downbeat"] = parse_downbeat(arguments.downbeat)
    sampling = _sampling(arguments)
    vocal = EXAMPLE if arguments.example else arguments.vocal
    if arguments.settings is None:
        for option in ("regenerate", "take"):
            if getattr(arguments, option) is not None:
                raise ConfigError(f"--{option} needs an earlier run: name its folder or settings.json with --from.")
        return Request(vocal, extend=arguments.extend or 0.0, sampling=sampling, **given)
    request = _going_on(arguments)
    if "output" in given and "audio_format" not in given:
        given["audio_format"] = _format_for(given["output"], request)
    given["sampling"] = request.sampling | sampling
    return replace(request, **given) if vocal is None else replace(request, vocal=vocal, **given)


def _sampling(arguments: argparse.Namespace) -> Sampling:
    """The sampler's settings that were given."""
    names = Sampling.__annotations__
    sampling: Any = {name: value for name in names if (value := getattr(arguments, name, None)) is not None}
    if arguments.guidance_interval is not None:
        sampling["guidance_interval"] = parse_range("guidance interval", arguments.guidance_interval)
    return cast("Sampling", sampling)


def _going_on(arguments: argparse.Namespace) -> Request:
    """The request that --from, --regenerate, --extend and --take make together."""
    from samuel.pipeline import Request, RunSettings, find_settings

    settings = find_settings(arguments.settings)
    if arguments.regenerate is None and not arguments.extend:
        if arguments.take is not None:
            raise ConfigError("--take chooses what to change: give --regenerate or --extend with it.")
        return Request.repeating(RunSettings.from_file(settings))
    section = None if arguments.regenerate is None else parse_range("section", arguments.regenerate)
    return Request.editing(settings, section, arguments.extend or 0.0, arguments.take)


def parse_range(name: str, text: str) -> tuple[float, float]:
    """ "12.5-24" -> (12.5, 24.0). Raises ConfigError if it is not two numbers and a hyphen."""
    low, _, high = text.partition("-")
    try:
        return float(low), float(high)
    except ValueError as error:
        raise ConfigError(f"{name} {text!r} is no range: give two numbers and a hyphen, such as 12.5-24.") from error


def parse_tempo(text: str) -> float:
    """Beats per minute, 0 for "heard". Raises ConfigError if it is neither."""
    from samuel.pipeline.settings import TEMPO_REMEDY

    if text.strip().lower() == _HEARD:
        return 0.0
    try:
        tempo = float(text.replace(",", "."))
    except ValueError as error:
        raise ConfigError(f"tempo {text!r} is no number: {TEMPO_REMEDY}") from error
    if tempo == 0:  # it stands for "heard" further on
        raise ConfigError(f"tempo {text} is out of range: {TEMPO_REMEDY}")
    return tempo


def parse_downbeat(text: str) -> float | Literal["heard"]:
    """Seconds, also as m:ss, or "heard". Raises ConfigError if it is neither."""
    from samuel.pipeline.chords import read_time
    from samuel.pipeline.settings import DOWNBEAT_REMEDY

    if text.strip().lower() == _HEARD:
        return _HEARD
    try:
        return float(text) if (time := read_time(text.strip())) is None else time
    except ValueError as error:
        raise ConfigError(f"downbeat {text!r} is no number: {DOWNBEAT_REMEDY}") from error


def _format_for(output: Path, request: Request) -> Any:
    """A named audio file decides its own format; a folder keeps the earlier run's."""
    return None if output.suffix.lower() in (".wav", ".flac", ".mp3") else request.audio_format


def _require_one_source(arguments: argparse.Namespace) -> None:
    if arguments.vocal is not None and arguments.example:
        raise ConfigError(f"VOCAL {arguments.vocal} and --example exclude each other: leave one out.")
    if arguments.vocal is None and not arguments.example and arguments.settings is None:
        raise AudioError("VOCAL is missing: give a recording, or --example for the bundled one.")


def print_report(report: Report) -> None:
    """The files, and the figures in one line."""
    for file in report.files:
        print(file)
    seeds = ", ".join(str(seed) for seed in report.seeds)
    style = f"{report.style}, " if report.style else ""
    print(f"{style}seed {seeds}; {report.elapsed:.1f} s for {report.vocal_seconds:.1f} s of vocal, ", end="")
    beats = f"; {report.tempo:.1f} beats a minute" if report.tempo else ""
    print(f"real-time factor {report.real_time_factor:.2f}{beats}")
    for note in report.notes:
        print(f"note: {note}")
