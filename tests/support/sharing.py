"""A program whose workers share a module: it prints how often they say it was loaded."""

from __future__ import annotations

import os
import sys

LOADED_BY = os.getpid()


def tell(_: int) -> tuple[int, int]:
    """Who imported this module, and who runs this."""
    return LOADED_BY, os.getpid()


if __name__ == "__main__":
    import sharing

    from samuel.corpus.workers import WORTH_SHARING, mapped

    told = set(mapped(sharing.tell, range(WORTH_SHARING), 2, shared="sharing"))
    loaders, workers = ({each[place] for each in told} for place in (0, 1))
    sys.stdout.write(f"loaded {len(loaders)} times, by a worker {len(loaders & workers)} times")
