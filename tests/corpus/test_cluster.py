"""Work on a local Ray: the same results as by processes, and a clear word where there is no Ray."""

import sys

import pytest

from samuel.cli.main import main
from samuel.corpus.build import CorpusSettings, build_corpus
from samuel.corpus.errors import CorpusError
from samuel.corpus.workers import mapped
from samuel.errors import MissingExtraError, SamuelError


def test_without_the_package_the_extra_is_named(monkeypatch, capsys, tmp_path):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingExtraError, match=r"'\.\[ray\]'"):
        next(mapped(abs, [1, 2], 1, ray="local"))
    assert main(["corpus", "build", str(tmp_path / "corpus"), "--hours", "0.01", "--ray", "local"]) == 1
    assert "'.[ray]'" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # Ray's own
class TestLocalRay:
    """One start of Ray takes five to ten seconds."""

    @pytest.fixture(autouse=True)
    def ray(self, monkeypatch):
        monkeypatch.setenv("RAY_DISABLE_MEMORY_MONITOR", "1")
        monkeypatch.setenv("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
        return pytest.importorskip("ray", reason="ray is not installed: it comes with extra ray")

    def test_results_come_in_order_where_asked(self):
        jobs = list(range(-40, 0))
        assert list(mapped(abs, jobs, 1, ordered=True, ray="local")) == [-job for job in jobs]
        assert sorted(mapped(abs, jobs, 1, ray="local")) == list(range(1, 41))

    def test_an_error_arrives_as_it_was_raised(self):
        with pytest.raises(ValueError, match="invalid literal"):
            list(mapped(int, ["1", "x"], 1, ray="local"))

    def test_a_pair_built_on_ray_is_the_pair_built_here(self, tmp_path):
        """By the real band and singers, where they are installed."""
        settings = CorpusSettings(hours=0.026, seed=3)
        try:
            build_corpus(tmp_path / "here", settings)
        except SamuelError as error:
            pytest.skip(str(error))
        assert build_corpus(tmp_path / "ray", settings, ray="local") == 2
        for path in sorted((tmp_path / "here").rglob("*.*")):
            assert path.read_bytes() == (tmp_path / "ray" / path.relative_to(tmp_path / "here")).read_bytes(), path

    def test_an_address_where_nothing_answers_is_one_sentence(self):
        with pytest.raises(CorpusError, match=r"no Ray cluster answers at '127\.0\.0\.1:1'"):
            next(mapped(abs, [1], 1, ray="127.0.0.1:1"))
