"""The page: Gradio's form for the settings, between two blocks of our own for sound and takes."""

from __future__ import annotations

import warnings
from typing import Any

import gradio as gr
from fastapi import FastAPI
from gradio.events import api as gradio_api

from samuel.config import SAMPLERS
from samuel.pipeline.settings import MAX_VARIATIONS
from samuel.studio.api import Api
from samuel.studio.routes import read_static
from samuel.studio.studio import Studio

_TITLE = "SAMUeL studio"
_HEAD = """
<link rel="stylesheet" href="/studio/static/studio.css">
<script type="module" src="/studio/static/studio.js"></script>
"""
# what only the page knows goes in front of what the form holds
_FILL_IN = """(_visitor, _recording, _chords, _tempo, _downbeat, ...form) => {
  const { visitor, recordingId, chordSheet } = window.samuel;
  return [visitor, recordingId, chordSheet, ...window.samuel.tellBeat(), ...form];
}"""
_FOLLOW = "(refusal) => window.samuel.answered(refusal)"


def mount_page(app: FastAPI, studio: Studio) -> FastAPI:
    """Mount the page and the functions of the API at the root of an application."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Gradio's own use of what its dependencies deprecate
        mounted: FastAPI = gr.mount_gradio_app(
            app,
            _make_page(studio),
            path="/",
            footer_links=[],
            run_history=False,
            ssr_mode=False,
            mcp_server=False,
            enable_monitoring=False,
            pwa=False,
            max_file_size=0,
            theme=_theme(),
            head=_HEAD,
        )
    return mounted


def _theme() -> Any:
    """Gradio's plain theme in the system's own fonts, so that none is loaded."""
    fonts = ["system-ui", "Segoe UI", "Roboto", "Helvetica", "Arial", "sans-serif"]
    return gr.themes.Default(primary_hue="indigo", font=fonts, font_mono=["ui-monospace", "Consolas", "monospace"])


class _Page(gr.Blocks):
    """Gradio's page, whose functions say in a sentence that inputs are missing: its own answer repeats those given."""

    def validate_inputs(self, block_fn: Any, inputs: list[Any]) -> None:
        """Raise gr.Error for too few inputs."""
        if len(inputs) < len(block_fn.inputs):
            name, wanted = block_fn.api_name, len(block_fn.inputs)
            raise gr.Error(
                f"{name} takes {wanted} inputs, not {len(inputs)}: give all in order.", print_exception=False
            )


def _make_page(studio: Studio) -> Any:
    api = Api(studio)
    functions = api.functions()
    with _Page(title=_TITLE, analytics_enabled=False, fill_width=True) as page:
        gr.HTML(read_static("top.html"), apply_default_css=False)
        _add_form(functions["accompany"], studio)
        gr.HTML(read_static("bottom.html"), apply_default_css=False)
        for name, function in functions.items():
            gradio_api(function, api_name=name, queue=False)
    return page.queue(max_size=studio.limits.queue * 10)


def _add_form(accompany: Any, studio: Studio) -> None:
    """Style, takes, steps, guidance, seed and sampler, at the model's own values."""
    own = studio.accompanist.denoiser.sampler

    def make(
        visitor: str,
        recording: str,
        chords: str,
        tempo: float,
        downbeat: float,
        takes: int,
        steps: int,
        guidance: float,
        seed: int,
        sampler: str,
        style: str,
    ) -> tuple[int, str]:
        """Queue the takes, and go on to the seed after theirs; or say why not, which Gradio itself hardly shows."""
        first = int(seed or 0)
        try:
            accompany(visitor, recording, takes, steps, guidance, first, sampler, style, chords, tempo, downbeat)
        except gr.Error as error:
            return first, str(error.message)
        return first + int(takes), ""

    visitor, recording, chords, refusal = (gr.Textbox(visible=False) for _ in range(4))
    tempo, downbeat = (gr.Number(visible=False) for _ in range(2))
    play = gr.Button("Make the band play", variant="primary", elem_id="make")  # in sight of the recording
    with gr.Row(elem_id="form"):
        style = gr.Dropdown(
            ["any", *studio.accompanist.styles], value=own.style or "any", label="Style", info="the band", min_width=130
        )
        takes = gr.Slider(1, MAX_VARIATIONS, 2, step=1, label="Takes", info="each of another seed")
        steps = gr.Slider(1, 100, own.steps, step=1, label="Steps", info="more: slower and finer")
        guidance = gr.Slider(0, 10, own.guidance, step=0.5, label="Guidance", info="hold on to the voice")
        seed = gr.Number(0, label="Seed", info="another one, another band", precision=0, minimum=0, min_width=130)
        sampler = gr.Dropdown(
            list(SAMPLERS), value=own.sampler, label="Sampler", info="dpm++: fewest steps", min_width=130
        )
    inputs = [visitor, recording, chords, tempo, downbeat, takes, steps, guidance, seed, sampler, style]
    made = play.click(
        make,
        inputs,
        [seed, refusal],
        js=_FILL_IN,
        api_visibility="private",
        queue=False,
        show_progress="hidden",
    )
    made.then(None, refusal, None, js=_FOLLOW, api_visibility="private", queue=False)
