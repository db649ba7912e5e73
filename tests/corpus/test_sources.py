"""Which sources make a corpus, where they are found, and how much of it each makes."""

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import stand_ins
from hymnal import archive

from samuel.cli import song_sources
from samuel.cli.main import main
from samuel.corpus.build import CorpusSettings, build_corpus, draw_song
from samuel.corpus.errors import CorpusError
from samuel.corpus.sources import SOURCES, choose_sources, find_collection


def test_the_composer_and_what_is_given_make_a_corpus_where_no_source_is_named():
    assert choose_sources(None, {"openewld": None, "lieder": None}) == {"composed": None}
    assert choose_sources(None, {"openewld": Path("a")}) == {"composed": None, "openewld": Path("a")}


def test_a_fetched_collection_is_found_by_itself_and_a_path_comes_first(tmp_path):
    (tmp_path / "lieder").mkdir()
    packed = archive(tmp_path / "openhymnal.tar.xz", 1)
    chosen = choose_sources(["lieder", "openhymnal"], {}, tmp_path)
    assert chosen == {"lieder": tmp_path / "lieder", "openhymnal": packed}
    assert choose_sources(["lieder"], {"lieder": Path("mine")}, tmp_path) == {"lieder": Path("mine")}
    (tmp_path / "openhymnal").mkdir()
    assert find_collection("openhymnal", tmp_path) == tmp_path / "openhymnal"


@pytest.mark.parametrize(
    ("names", "given", "reason"),
    [
        (["jazz"], {}, "no source 'jazz': name some of composed, openewld"),
        (["composed", "midi"], {}, "--midi DIR"),
        (["lieder"], {}, r"holds no lieder: fetch it with samuel corpus fetch lieder --out "),
        (["composed"], {"lieder": Path("x")}, "given for lieder, which is not among the sources"),
        ([], {}, "needs a source"),
    ],
)
def test_what_does_not_fit_together_is_told_with_the_remedy(names, given, reason, tmp_path):
    with pytest.raises(CorpusError, match=reason):
        choose_sources(names, given, tmp_path)


def test_without_the_composer_the_others_fill_the_corpus_in_the_same_proportions(monkeypatch):
    from samuel.corpus import sources

    song = draw_song(CorpusSettings(1), 0, np.random.default_rng(0))
    counts: Counter[str] = Counter()

    def counting(name):
        return lambda path, held_out, rng: counts.update([name]) or song

    monkeypatch.setattr(sources, "_DRAWS", {name: counting(name) for name in sources._DRAWS})
    monkeypatch.setattr(sources, "compose", lambda seed: counts.update(["composed"]) or song)
    place = Path("x")
    everything = CorpusSettings(1, lead_sheets=place, lieder=place, openhymnal=place)
    rng = np.random.default_rng(0)
    for settings in (everything, CorpusSettings(1, lead_sheets=place, lieder=place, openhymnal=place, composed=False)):
        counts.clear()
        for _ in range(3000):
            draw_song(settings, 0, rng)
        parts = np.array([counts[name] for name in ("lieder", "openhymnal", "openewld")]) / 3000
        assert counts["composed"] / 3000 == pytest.approx(0.512 if settings.composed else 0, abs=0.03)
        assert parts / parts.sum() == pytest.approx(np.array([0.2, 0.16, 0.128]) / 0.488, abs=0.03)


def test_a_corpus_of_hymns_alone_is_built_noted_and_kept_from_other_sources(tmp_path, monkeypatch):
    stand_ins.install(monkeypatch.setattr)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "scores").mkdir()
    archive(tmp_path / "scores" / "openhymnal.tar.xz")
    assert main(["corpus", "build", "--out", "corpus", "--hours", "0.03", "--sources", "openhymnal"]) == 0
    rows = [json.loads(line) for line in Path("corpus/manifest.jsonl").read_text().splitlines()]
    assert [row["source"] for row in rows] == ["openhymnal"] * 2
    note = json.loads(Path("corpus/corpus.json").read_text())
    assert (note["openhymnal"], note["composed"], note["lead_sheets"]) == ("openhymnal.tar.xz", False, None)
    assert main(["corpus", "build", "corpus", "--hours", "0.03", "--sources", "composed,openhymnal"]) == 1


def test_a_source_without_a_score_is_told_before_the_folder_is_claimed(tmp_path):
    (tmp_path / "a.abc").write_bytes(b"bad")
    with pytest.raises(CorpusError, match="holds no hymn"):
        build_corpus(tmp_path / "corpus", CorpusSettings(0.01, openhymnal=tmp_path))
    assert not (tmp_path / "corpus" / "corpus.json").exists()


def test_the_command_line_names_the_sources_of_the_package(capsys):
    assert song_sources.SOURCES == SOURCES
    for place in ("corpus build", "corpus build here --out there"):
        assert main(place.split()) == 1
        assert "one of CORPUS and --out DIR" in capsys.readouterr().err


def test_no_source_at_all_is_refused():
    with pytest.raises(CorpusError, match="needs a source"):
        CorpusSettings(1, composed=False)
