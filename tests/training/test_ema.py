import pytest
import torch
from torch import nn

from samuel.training.ema import Ema


def test_the_average_follows_its_formula() -> None:
    module = nn.Linear(1, 1, bias=False)
    nn.init.zeros_(module.weight)
    ema = Ema(module, decay=0.5)
    expected = 0.0
    for step in range(6):
        with torch.no_grad():
            module.weight.fill_(float(step + 1))
        ema.update(step)
        decay = min(0.5, (1 + step) / (10 + step))
        expected = decay * expected + (1 - decay) * (step + 1)
    assert ema.tensors()["weight"].item() == pytest.approx(expected)


def test_averages_that_are_applied_give_the_live_weights_back() -> None:
    module = nn.Linear(2, 2)
    ema = Ema(module, decay=0.9)
    live = module.weight.detach().clone()
    with torch.no_grad():
        module.weight.add_(1.0)
    with ema.applied():
        assert torch.equal(module.weight, live)
    assert torch.equal(module.weight, live + 1.0)
    assert torch.equal(ema.tensors()["weight"], live)


def test_averages_restored_from_their_tensors_are_the_same() -> None:
    module, other = nn.Linear(3, 2), nn.Linear(3, 2)
    ema, restored = Ema(module, 0.9), Ema(other, 0.9)
    restored.restore(ema.tensors())
    assert all(torch.equal(a, b) for a, b in zip(ema.tensors().values(), restored.tensors().values(), strict=True))
