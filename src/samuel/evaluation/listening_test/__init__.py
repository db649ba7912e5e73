"""A blind listening test after ITU-R BS.1534 (MUSHRA): a page that runs without a server, and what its answers say."""

from samuel.evaluation.listening_test.design import BuiltTest, ListeningTestConfig, build_listening_test
from samuel.evaluation.listening_test.results import evaluate_answers

__all__ = ["BuiltTest", "ListeningTestConfig", "build_listening_test", "evaluate_answers"]
