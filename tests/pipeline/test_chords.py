"""The chord sheet: read, written, told to the band, and heard."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from chord_song import make_song
from tiny import sung, tiny_accompanist

from samuel.config import FRAME_RATE
from samuel.corpus.truth import frame_truth
from samuel.errors import ConfigError, SamuelError
from samuel.model.condition import Condition
from samuel.pipeline import Accompanist, editing
from samuel.pipeline.chords import (
    ChordSpan,
    before_end,
    in_order,
    name_triad,
    read_sheet,
    require_within,
    sheet_from_text,
    sheet_of,
    sheet_of_song,
    sheet_to_text,
    spliced,
    with_chords,
)


def condition(plan: torch.Tensor) -> Condition:
    """That of a vocal of which nothing else is known."""
    frames = plan.shape[-1]
    return Condition(torch.zeros(1, 64, frames), torch.zeros(1, 20, frames), plan)


SHEET = (ChordSpan(0.0, 0.5, "Am"), ChordSpan(0.5, 1.0, "F#m7/E"), ChordSpan(2.0, 2.5, "N"))


@pytest.fixture(scope="module")
def accompanist() -> Accompanist:
    return tiny_accompanist()


def test_a_sheet_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    (tmp_path / "chords.txt").write_text(sheet_to_text(SHEET), encoding="utf-8")
    assert read_sheet(tmp_path / "chords.txt") == SHEET


def test_remarks_minutes_sharps_and_any_order_are_read() -> None:
    text = "# my song\n\n1:02,5 1:04 C# # the bridge\n0\t1.5\tBb  \r\n"
    assert sheet_from_text(text) == (ChordSpan(0, 1.5, "Bb"), ChordSpan(62.5, 64, "C#"))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (" \n", "is empty"),
        ("0 2 C\n2 4\n", "line 2 of .* is '2 4'"),
        ("0 2 H", "line 1 of .*: chord 'H' cannot be read"),
        ("x 2 C", "time 'x' cannot be read"),
        ("2 2 C", "shorter than 0.05 s"),
        ("2 2.04 C", "shorter than 0.05 s"),
        ("3 2 C", "from 3 to 2 s ends before it has begun"),
        ("-1 2 C", "time '-1' cannot be read"),
        ("nan 2 C", "time 'nan' cannot be read"),
        ("0 1e9 C", "time '1e9' cannot be read"),
        ("1:75 2:00 C", "time '1:75' cannot be read"),
        ("\ud800", "line 1 of"),
        ("0 2 C\n1 3 Am", "the chord sheet: chords C .0-2 s. and Am .1-3 s. overlap"),
        ("0 1 C\n" * 20_000, "longer than 64 KiB"),
        (f"0 1 {'C' * 5000}", "longer than 24 letters"),
    ],
)
def test_what_is_no_sheet_is_refused_in_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(SamuelError, match=sentence):
        sheet_from_text(text)


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00\x00\x80"])
def test_a_file_that_is_missing_or_no_text_is_named(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "sheet").write_bytes(content)
    with pytest.raises(ConfigError, match=f"{tmp_path}/sheet"):
        read_sheet(tmp_path / "sheet")


def test_a_chord_beyond_the_end_is_refused() -> None:
    require_within(SHEET, 2.001)
    with pytest.raises(ConfigError, match=r"chord N starts at 2 s, and the song ends at 2\.0 s"):
        require_within(SHEET, 2.0)


def test_a_songs_own_chords_make_the_plan_that_training_saw() -> None:
    song = make_song()
    frames = int(song.duration * FRAME_RATE)
    truth = torch.from_numpy(frame_truth(song, frames))[None, :26]
    heard = torch.rand(1, 26, frames)
    told = with_chords(condition(heard), sheet_of_song(song)).plan
    torch.testing.assert_close(told[:, :24], truth[:, :24], rtol=0, atol=0)
    torch.testing.assert_close(told[:, 24:], heard[:, 24:], rtol=0, atol=0)


def test_moved_up_a_songs_chords_are_those_of_the_higher_song() -> None:
    song = make_song()
    higher = replace(
        song,
        chords=tuple(replace(each, root=(each.root + 3) % 12, bass=(each.bass + 3) % 12) for each in song.chords),
    )
    assert sheet_of_song(song, 3) == sheet_of_song(higher)


def test_where_a_sheet_has_gaps_the_plan_stays_as_heard() -> None:
    heard = torch.rand(1, 26, 64)
    before = heard.clone()
    told = with_chords(condition(heard), SHEET).plan
    gap = slice(round(1.0 * FRAME_RATE), round(2.0 * FRAME_RATE))
    torch.testing.assert_close(told[..., gap], heard[..., gap], rtol=0, atol=0)
    assert told[0, :24, round(2.0 * FRAME_RATE) : round(2.5 * FRAME_RATE)].any().item() is False
    assert torch.equal(heard, before)
    assert with_chords(condition(heard), ()).plan is heard


def test_a_model_without_a_plan_cannot_be_told_chords() -> None:
    paper = tiny_accompanist(with_listener=False, plan_channels=0)
    with pytest.raises(ConfigError, match="without a plan"):
        paper(sung(), chords=SHEET)
    assert paper(sung()).chords == ()


def test_the_chords_of_a_plan_are_those_told_and_between_them_those_heard() -> None:
    plan = torch.zeros(1, 26, 64)
    plan[0, [0, 4, 7]] = 0.9  # C throughout
    beats = (0.4, 0.9, 1.4, 1.9, 2.4)
    assert sheet_of(plan, beats, 2.95) == (ChordSpan(0, 2.95, "C"),)
    assert sheet_of(plan, (), 2.95, SHEET)[:2] == SHEET[:2]
    spans = sheet_of(plan, beats, 2.4, SHEET)
    assert [(span.start, span.name) for span in spans] == [(0.0, "Am"), (0.5, "F#m7/E"), (1.0, "C"), (2.0, "N")]
    assert spans[-1].stop == 2.4


@pytest.mark.parametrize("shift", [-0.06, -0.0004, 0.0, 0.0004, 0.03])
def test_told_edges_next_to_beats_leave_no_hairs(shift: float) -> None:
    plan = torch.zeros(1, 26, 400)
    plan[0, [0, 4, 7]] = 0.9
    beats = tuple(0.4137 + 0.5512 * n for n in range(30))
    told = (ChordSpan(round(beats[3] + shift, 3), round(beats[7] - shift, 3), "Dm7"),)
    sheet = sheet_of(plan, beats, 16.1, told)
    assert told[0] in sheet
    assert sheet_from_text(sheet_to_text(sheet)) == sheet
    assert [span.name for span in sheet] == ["C", "Dm7", "C"]
    assert sheet[0].stop == pytest.approx(told[0].start, abs=0.06)


def test_what_is_heard_and_told_again_line_by_line_is_always_a_sheet(accompanist: Accompanist) -> None:
    heard = accompanist(sung()).chords
    assert heard
    for line in sheet_from_text(sheet_to_text(heard)):
        assert replace(line, name="Dm7") in accompanist(sung(), chords=(replace(line, name="Dm7"),), steps=1).chords


def test_a_sheet_without_a_chord_is_written_and_read_as_a_remark() -> None:
    assert sheet_from_text(sheet_to_text(())) == ()


def test_a_triad_is_named_and_a_murmur_is_not() -> None:
    tones = np.zeros(12, np.float32)
    assert name_triad(tones) == ""
    tones[[9, 0, 4]] = 1
    assert name_triad(tones) == "Am"


def test_a_section_has_its_own_chords_and_the_rest_keeps_its_own() -> None:
    one, other = (ChordSpan(0, 4, "C"),), (ChordSpan(0, 2, "F"), ChordSpan(2, 4, "G"))
    assert spliced(one, other, 1, 3) == (
        ChordSpan(0, 1, "C"), ChordSpan(1, 2, "F"), ChordSpan(2, 3, "G"), ChordSpan(3, 4, "C"),
    )  # fmt: skip
    assert spliced(one, one, 1, 3) == one
    gap = (ChordSpan(0, 1, "C"), ChordSpan(3, 4, "C"))
    assert spliced(gap, (), 1, 3) == gap
    assert spliced(one, (), 1.0, 3.98) == (ChordSpan(0, 1, "C"),)  # no hair at the end
    assert before_end(other, 2.0) == other[:1]


def test_chords_that_are_told_decide_what_is_played_and_repeat_it(accompanist: Accompanist) -> None:
    heard, told, again = (accompanist(sung(), chords=chords) for chords in ((), SHEET, SHEET))
    assert np.abs(heard.audio - told.audio).max() > 1e-3
    np.testing.assert_array_equal(told.audio, again.audio)
    assert told.settings.chords == SHEET
    assert told.chords[:2] == SHEET[:2]


def test_telling_the_chords_of_a_take_in_another_order_is_the_same(accompanist: Accompanist) -> None:
    take = accompanist(sung(), chords=SHEET[::-1])
    np.testing.assert_array_equal(take.audio, accompanist(sung(), chords=SHEET).audio)
    assert take.settings.chords == in_order(SHEET) == SHEET


def test_a_section_made_anew_keeps_the_chords_of_its_take_unless_it_is_told_others(accompanist: Accompanist) -> None:
    take = accompanist(sung(), chords=SHEET)
    kept, other = (
        accompanist.regenerate(sung(), previous=take, section=(0.5, 1.5), seed=1, chords=chords)
        for chords in (None, (ChordSpan(0, 3, "E7"),))
    )
    assert kept.settings.edits[0].chords == SHEET
    assert np.abs(kept.audio - other.audio).max() > 1e-3
    names = [(span.start, span.name) for span in other.chords[:2]]
    assert names == [(0.0, "Am"), (0.5, "E7")]
    assert kept.chords[:2] == take.chords[:2]
    later = accompanist.regenerate(sung(), previous=other, section=(1.7, 2.2), seed=2)
    assert [(span.start, span.name) for span in later.settings.edits[1].chords] == [
        (0.0, "Am"), (0.5, "E7"), (2.0, "N"),
    ]  # fmt: skip
    assert later.settings.told == later.settings.edits[1].chords


def test_a_take_of_before_there_were_sheets_gets_a_whole_one(accompanist: Accompanist) -> None:
    take = accompanist(sung())
    edited = accompanist.regenerate(sung(), previous=replace(take, chords=()), section=(0.5, 1.5), seed=1)
    assert edited.chords == take.chords


def test_an_outro_leaves_the_chords_of_what_it_follows(
    accompanist: Accompanist, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = accompanist(sung())
    monkeypatch.setattr(editing, "sheet_of", lambda *_: (ChordSpan(0, 9, "E7"),))  # a longer vocal is heard otherwise
    end = take.audio.shape[1] / 44_100
    longer = accompanist.regenerate(sung(), previous=take, section=(end, end + 2), seed=1)
    assert longer.chords[:-1] == take.chords
    assert longer.chords[-1] == ChordSpan(round(end, 3), round(end + 2, 3), "E7")


def test_the_shortest_chord_stays_wherever_it_was_told() -> None:
    sheet = (ChordSpan(1, 1.05, "C"), ChordSpan(1.05, 2, "F"))
    assert spliced(sheet, sheet, 5, 6) == sheet
    assert sheet_of(torch.zeros(1, 26, 60), (0.5, 1.02, 1.5), 2.0, sheet)[-2:] == sheet


@pytest.mark.parametrize("chords", ["0 1 Am", ("Am",), ((0, 1, "Am"),)])
def test_chords_that_are_no_spans_are_refused_in_a_sentence(accompanist: Accompanist, chords: object) -> None:
    with pytest.raises(ConfigError, match="ChordSpan"):
        accompanist(sung(), chords=chords)  # type: ignore[arg-type]
