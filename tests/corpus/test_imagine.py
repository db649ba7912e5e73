"""Imagined songs: the same for a seed, kept where they exist, refused where they are others."""

import json

import numpy as np
import pytest
from hymnal import archive

from samuel.autoencoder.spectral import MAP_WIDTH
from samuel.config import CLIP_FRAMES
from samuel.corpus.band import SoundfontError, find_soundfonts
from samuel.corpus.build import CorpusSettings
from samuel.corpus.errors import CorpusError
from samuel.corpus.excerpt import hours_of
from samuel.corpus.imagine import DOMAIN, imagine_songs
from samuel.corpus.performance import PERFORMANCE_VERSION
from samuel.corpus.sources import draw_song_of


def installed():
    """Names of the soundfonts that are there."""
    try:
        return find_soundfonts()
    except SoundfontError:
        return {}


def settings(songs, **sources):
    return CorpusSettings(hours_of(songs), **sources)


def test_the_same_seed_imagines_the_same_songs_and_keeps_those_that_exist(tmp_path):
    assert imagine_songs(tmp_path / "a", settings(2)) == 2
    assert imagine_songs(tmp_path / "b", settings(1)) == 1
    assert imagine_songs(tmp_path / "b", settings(2)) == 1
    one, other = (
        {path.name: path.read_bytes() for path in (tmp_path / name / "imagined").rglob("*") if path.is_file()}
        for name in "ab"
    )
    assert one == other
    rows = [json.loads(line) for line in one["manifest.jsonl"].decode().splitlines()]
    assert [row["split"] for row in rows] == ["train", "train"]


@pytest.mark.skipif("fluid-mono" not in installed(), reason="needs the soundfont FluidR3Mono_GM.sf3")
def test_a_band_plays_what_was_imagined_and_changes_nothing_else(tmp_path):
    assert imagine_songs(tmp_path / "silent", settings(2)) == 2
    assert imagine_songs(tmp_path / "band", settings(2), bands=1, soundfont="fluid-mono") == 2
    silent, band = (tmp_path / name / "imagined" for name in ("silent", "band"))
    for path in sorted((silent / "latents").iterdir()):
        assert path.read_bytes() == (band / "latents" / path.name).read_bytes()
    maps = np.load(band / "maps" / "song-000000.npy")
    assert maps.shape == (CLIP_FRAMES, MAP_WIDTH)
    power = np.exp(2 * maps[:, : 4 * 288].astype(np.float32)).reshape(CLIP_FRAMES, 4, 288).sum(1)
    chroma = np.roll(power, 1, axis=1).reshape(CLIP_FRAMES, 8, 12, 3).sum((1, 3))  # bins start at A, three a semitone
    chord = np.load(band / "latents" / "song-000000.truth.npy").astype(np.float32)[:12].T
    inside = [(chroma * np.roll(chord, 3 + shift, axis=1)).sum() / chroma.sum() for shift in range(12)]
    assert np.argmax(inside) == 0
    rows = [json.loads(line) for line in (band / "manifest.jsonl").read_text().splitlines()]
    assert [row["band"] for row in rows] == [True, False]
    assert imagine_songs(tmp_path / "silent", settings(2), bands=1, soundfont="fluid-mono") == 1
    assert (silent / "maps" / "song-000000.npy").read_bytes() == (band / "maps" / "song-000000.npy").read_bytes()


def test_songs_are_imagined_from_the_sources_of_a_corpus_and_other_origins_are_refused(tmp_path):
    hymns = archive(tmp_path / "openhymnal.tar.xz", 12)
    alone = settings(2, openhymnal=hymns, composed=False)
    assert imagine_songs(tmp_path, alone) == 2
    for number in range(2):
        truth = np.load(tmp_path / "imagined" / "latents" / f"song-{number:06d}.truth.npy").astype(np.float32)
        song = draw_song_of(alone, False, np.random.default_rng([0, number, DOMAIN]))
        assert song.source == "openhymnal"
        assert {song.tonic + 12 * (song.mode == "minor")} == set(truth[26])
    with pytest.raises(CorpusError, match=r"sources \['openhymnal'\], not \['composed'\]: take the same"):
        imagine_songs(tmp_path, settings(2))
    with pytest.raises(CorpusError, match="seed 0, not 1: take the same again or another folder"):
        imagine_songs(tmp_path, settings(2, openhymnal=hymns, composed=False, seed=1))
    assert imagine_songs(tmp_path, alone) == 0


@pytest.mark.parametrize("performances", [None, PERFORMANCE_VERSION - 1])
def test_songs_imagined_by_another_version_are_not_continued(tmp_path, performances):
    assert imagine_songs(tmp_path, settings(1)) == 1
    note = tmp_path / "imagined" / "origin.json"
    origin = json.loads(note.read_text())
    del origin["performances"]
    note.write_text(json.dumps(origin if performances is None else {**origin, "performances": performances}))
    with pytest.raises(CorpusError, match="songs imagined by another version, which this one cannot continue: take"):
        imagine_songs(tmp_path, settings(2))


@pytest.mark.parametrize(
    ("note", "reason"),
    [(None, "songs of an unknown origin"), ("{", "cannot be read"), ("[1]", r"no note of an origin \(\[1\]\)")],
)
def test_songs_whose_origin_nobody_can_tell_are_not_continued(tmp_path, note, reason):
    latents = tmp_path / "imagined" / "latents"
    latents.mkdir(parents=True)
    (latents / "song-000000.truth.npy").write_bytes(b"")
    if note is not None:
        (tmp_path / "imagined" / "origin.json").write_text(note)
    with pytest.raises(CorpusError, match=reason):
        imagine_songs(tmp_path, settings(2))
    assert [path.name for path in latents.iterdir()] == ["song-000000.truth.npy"]
