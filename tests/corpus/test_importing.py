"""Real recordings come in as pairs, whatever their layout, and nothing bad among them ends the import."""

import json
import shutil
from pathlib import Path

import av
import numpy as np
import pytest
from tiny import sung

from samuel.audio import Waveform, read_audio, write_audio
from samuel.config import CLIP_FRAMES, HOP, SAMPLE_RATE
from samuel.corpus import importing, real_audio
from samuel.corpus.errors import CorpusError
from samuel.corpus.importing import ImportSettings, import_corpus
from samuel.corpus.prepare import prepare_corpus
from samuel.errors import ConfigError
from samuel.evaluation.pairs import read_pairs
from samuel.training.data import read_latents

FRAMES = 48  # of a clip here: 2.2 s
SECONDS = 5.0


@pytest.fixture(autouse=True)
def short_clips(monkeypatch):
    monkeypatch.setattr(real_audio, "CLIP_FRAMES", FRAMES)


def tone(frequency: float, rate: int = SAMPLE_RATE, seconds: float = SECONDS, level: float = 0.2) -> Waveform:
    time = np.arange(round(seconds * rate)) / rate
    return Waveform(np.tile(level * np.sin(2 * np.pi * frequency * time), (2, 1)).astype(np.float32), rate)


def write_stems(folder: Path, vocal: Waveform | None = None, **others: Waveform) -> Path:
    folder.mkdir(parents=True)
    write_audio(folder / "vocals.wav", vocal or sung(SECONDS))
    for name, waveform in (others or {"bass": tone(80.0), "drums": tone(300.0)}).items():
        write_audio(folder / f"{name}.wav", waveform)
    return folder


def rows(corpus: Path) -> list[dict]:
    return [json.loads(line) for line in (corpus / "manifest.jsonl").read_text().splitlines()]


def test_stems_become_clips_of_the_singer_and_of_the_sum_of_the_rest(tmp_path):
    write_stems(tmp_path / "songs" / "One", mixture=tone(50.0), bass=tone(80.0), drums=tone(300.0, 48_000))
    report = import_corpus(tmp_path / "songs", tmp_path / "corpus", ImportSettings(licence="mine"))
    assert (report.made, report.songs, report.left_out) == (2, 1, ())
    folders = sorted((tmp_path / "corpus" / "pairs").iterdir())
    truth = json.loads((folders[0] / "truth.json").read_text())
    start = round(truth["cut_from"] * SAMPLE_RATE)
    band = read_audio(folders[0] / "accompaniment.flac")
    expected = tone(80.0).samples + tone(300.0).samples
    assert band.samples.shape == (2, FRAMES * HOP)
    assert np.allclose(band.samples, expected[:, start : start + FRAMES * HOP], atol=2e-3)
    vocal = read_audio(folders[0] / "vocal.flac").samples
    assert np.allclose(vocal, sung(SECONDS).to_mono().samples[:, start : start + FRAMES * HOP], atol=1e-6)
    assert truth["beats"] is None
    assert truth["sung"] > 0.9
    row = rows(tmp_path / "corpus")[0]
    assert (row["licence"], row["source"], row["truth"], row["tempo"]) == ("mine", "songs", False, None)


def test_a_louder_sum_is_turned_down_and_its_balance_kept(tmp_path):
    write_stems(tmp_path / "songs" / "One", sung(SECONDS), a=tone(80.0, level=0.9), b=tone(80.0, level=0.9))
    import_corpus(tmp_path / "songs", tmp_path / "corpus", ImportSettings())
    folder = min((tmp_path / "corpus" / "pairs").iterdir())
    band = read_audio(folder / "accompaniment.flac")
    start = round(json.loads((folder / "truth.json").read_text())["cut_from"] * SAMPLE_RATE)
    gain = band.peak / 1.8
    vocal = sung(SECONDS).to_mono().samples[:, start : start + FRAMES * HOP]
    assert band.peak == pytest.approx(0.999, abs=1e-3)
    assert np.allclose(read_audio(folder / "vocal.flac").samples, gain * vocal, atol=1e-3)


def write_musdb18(path: Path) -> None:
    path.parent.mkdir(parents=True)
    tracks = [tone(50.0), tone(300.0), tone(80.0), tone(500.0), sung(SECONDS)]
    with av.open(str(path), "w", format="mp4") as container:
        streams = [container.add_stream("aac", rate=SAMPLE_RATE, layout="stereo") for _ in tracks]
        for stream, track in zip(streams, tracks, strict=True):
            samples = np.ascontiguousarray(track.to_stereo().resample(SAMPLE_RATE).samples)
            frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="stereo")
            frame.sample_rate = SAMPLE_RATE
            for packet in [*stream.encode(frame), *stream.encode(None)]:
                container.mux(packet)


def test_musdb18_is_read_by_the_order_of_its_tracks(tmp_path):
    write_musdb18(tmp_path / "musdb" / "test" / "Artist - Song.stem.mp4")
    report = import_corpus(tmp_path / "musdb", tmp_path / "corpus", ImportSettings())
    assert report.made >= 1
    row = rows(tmp_path / "corpus")[0]
    assert (row["source"], row["split"]) == ("musdb18", "valid")
    assert "education" in row["licence"]
    folder = min((tmp_path / "corpus" / "pairs").iterdir())
    spectrum = np.abs(np.fft.rfft(read_audio(folder / "accompaniment.flac").samples[0][:SAMPLE_RATE]))
    assert {80, 300, 500} == set(np.argsort(spectrum)[-3:])  # bins of 1 Hz: bass, drums, other, and no mixture


def write_moisesdb(folder: Path) -> Path:
    tracks = {
        "vocals": [("lead female singer", sung(SECONDS)), ("background vocals", tone(700.0))],
        "bass": [("bass guitar", tone(80.0)), ("bass synthesizer (moog etc)", tone(60.0, seconds=2.0))],
        "other": [("click track", tone(1000.0))],
    }
    stems = []
    for stem, parts in tracks.items():
        (folder / stem).mkdir(parents=True)
        stems.append({"stemName": stem, "tracks": []})
        for number, (kind, waveform) in enumerate(parts):
            write_audio(folder / stem / f"{stem}-{number}.wav", waveform)
            stems[-1]["tracks"].append({"id": f"{stem}-{number}", "extension": "wav", "trackType": kind})
    (folder / "data.json").write_text(json.dumps({"song": "A", "artist": "B", "stems": stems}))
    return folder


def test_moisesdb_gives_the_lead_singer_and_all_instruments_but_the_click(tmp_path):
    write_moisesdb(tmp_path / "moisesdb" / "0001")
    import_corpus(tmp_path / "moisesdb", tmp_path / "corpus", ImportSettings())
    assert rows(tmp_path / "corpus")[0]["licence"] == "CC BY-NC-SA 4.0"
    folder = min((tmp_path / "corpus" / "pairs").iterdir())
    spectrum = np.abs(np.fft.rfft(read_audio(folder / "accompaniment.flac").samples[0][:SAMPLE_RATE]))
    assert spectrum[80] > 100 * max(spectrum[700], spectrum[1000])
    assert spectrum[60] > 100 * spectrum[700]


def test_what_cannot_be_used_is_reported_and_the_rest_is_imported(tmp_path):
    songs = tmp_path / "songs"
    write_stems(songs / "fine")
    write_stems(songs / "silent", Waveform(np.zeros((1, 5 * SAMPLE_RATE), np.float32), SAMPLE_RATE))
    write_stems(songs / "short", sung(1.0), bass=tone(80.0, seconds=1.0))
    write_stems(songs / "unlike", bass=tone(80.0, seconds=2.0))
    (write_stems(songs / "broken") / "bass.wav").write_text("no audio")
    (write_stems(songs / "nameless") / "vocals.wav").rename(songs / "nameless" / "take.wav")
    (write_stems(songs / "two") / "drums.wav").rename(songs / "two" / "voice 2.wav")
    report = import_corpus(songs, tmp_path / "corpus", ImportSettings())
    reasons = {left.song: left.reason for left in report.left_out}
    assert report.made == len(rows(tmp_path / "corpus")) == 2
    assert "0% of a clip is sung" in reasons["silent"]
    assert "it lasts 1.0 s" in reasons["short"]
    assert "last 2.0 to 5.0 s" in reasons["unlike"]
    assert "bass.wav" in reasons["broken"]
    assert "--vocal-stem" in reasons["nameless"]
    assert "which of them is the singer" in reasons["two"]
    assert not list((tmp_path / "corpus" / "pairs").glob(".*"))


def test_where_nothing_can_be_imported_the_first_reason_is_the_error(tmp_path):
    (write_stems(tmp_path / "songs" / "A") / "vocals.wav").rename(tmp_path / "songs" / "A" / "take.wav")
    with pytest.raises(CorpusError, match=r"none of 1 songs.*--vocal-stem"):
        import_corpus(tmp_path / "songs", tmp_path / "corpus", ImportSettings())
    report = import_corpus(tmp_path / "songs", tmp_path / "corpus", ImportSettings(vocal_stems=("take",)))
    assert report.made == 2


def test_an_import_that_was_killed_ends_as_an_undisturbed_one(tmp_path, monkeypatch):
    for name in ("A", "B"):
        write_stems(tmp_path / "songs" / name)
    import_corpus(tmp_path / "songs", tmp_path / "whole", ImportSettings())
    write_json = importing._write_json

    def dies_at_the_second_record(path: Path, content: dict) -> None:
        if path.parent.name == "imports" and list(path.parent.iterdir()):
            raise KeyboardInterrupt
        write_json(path, content)

    with monkeypatch.context() as patch:
        patch.setattr(importing, "_write_json", dies_at_the_second_record)
        with pytest.raises(KeyboardInterrupt):
            import_corpus(tmp_path / "songs", tmp_path / "killed", ImportSettings())
    report = import_corpus(tmp_path / "songs", tmp_path / "killed", ImportSettings())
    assert (report.made, report.pairs) == (2, 4)
    whole, killed = (
        {p.relative_to(tmp_path / name): p.read_bytes() for p in (tmp_path / name).rglob("*") if p.is_file()}
        for name in ("whole", "killed")
    )
    assert whole == killed
    assert import_corpus(tmp_path / "songs", tmp_path / "killed", ImportSettings()).made == 0
    with pytest.raises(CorpusError, match="another folder"):
        import_corpus(tmp_path / "songs", tmp_path / "killed", ImportSettings(min_sung=0.1))


@pytest.mark.slow
def test_two_processes_import_what_one_does(tmp_path, monkeypatch):
    monkeypatch.setattr(real_audio, "CLIP_FRAMES", CLIP_FRAMES)  # as a new process has it
    for name in ("A", "B"):
        write_stems(tmp_path / "songs" / name, sung(48.0), bass=tone(80.0, seconds=48.0))
    for workers, name in enumerate(("one", "two"), start=1):
        import_corpus(tmp_path / "songs", tmp_path / name, ImportSettings(), workers=workers)
    one, two = (
        {p.relative_to(tmp_path / name): p.read_bytes() for p in (tmp_path / name).rglob("*") if p.is_file()}
        for name in ("one", "two")
    )
    assert len(rows(tmp_path / "two")) == 2
    assert one == two


def test_training_takes_what_has_no_truth_only_where_none_is_needed(tmp_path):
    write_stems(tmp_path / "songs" / "A")
    import_corpus(tmp_path / "songs", tmp_path / "corpus", ImportSettings())
    data = tmp_path / "data"
    assert prepare_corpus(tmp_path / "corpus", data) == 2
    assert prepare_corpus(tmp_path / "corpus", data) == 0
    row = json.loads((data / "manifest.jsonl").read_text().splitlines()[0])
    assert (row["frames"], row["truth"]) == (FRAMES, False)
    assert len(read_latents(data, row["split"], ["features"])) == 2
    with pytest.raises(ConfigError, match="whose truth is known"):
        read_latents(data, row["split"], ["features", "truth"])
    for identifier in (json.loads(line)["identifier"] for line in (data / "manifest.jsonl").read_text().splitlines()):
        np.save(data / "latents" / f"{identifier}.plan.npy", np.full((26, FRAMES), 0.5, np.float16))
    song = read_latents(data, row["split"], ["truth", "plan"])[0]
    assert song.arrays["truth"].shape == (27, FRAMES)
    assert (song.arrays["truth"][:26] == song.arrays["plan"]).all()
    assert (song.arrays["truth"][26] == -1).all()  # nobody knows the key
    with pytest.raises(ConfigError, match="no pair"):
        read_pairs(tmp_path / "corpus")


def test_a_place_without_songs_is_refused(tmp_path):
    for place in (tmp_path, tmp_path / "missing"):
        with pytest.raises(CorpusError):
            import_corpus(place, tmp_path / "corpus", ImportSettings())
    shutil.rmtree(tmp_path / "corpus", ignore_errors=True)
