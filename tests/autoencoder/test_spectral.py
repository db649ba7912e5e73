"""The bundled autoencoder: maps that keep what matters, synthesis that gives it back, pieces that equal the whole."""

import math

import pytest
import torch
import torch.nn.functional as F

from samuel.autoencoder.spectral import MAP_WIDTH, SpectralAutoencoder, SpectralConfig, SpectralMaps, spectral_loss
from samuel.autoencoder.spectral.analysis import analyse, mel_bands, noise_filters, power_of, spectra
from samuel.autoencoder.spectral.envelopes import as_analysed, sharpen
from samuel.autoencoder.spectral.maps import (
    BINS,
    BINS_PER_OCTAVE,
    LOWEST,
    NOISE_BANDS,
    NOISE_FLOOR,
    STEREO_BANDS,
    TONAL_FLOOR,
    transpose_maps,
)
from samuel.autoencoder.spectral.mel import MEL_BANDS, MEL_WINDOW, MelEnergies
from samuel.autoencoder.spectral.synthesis import Synthesiser, find_peaks, overlap_add
from samuel.config import HOP, SAMPLE_RATE

TINY = SpectralConfig(width=16, encoder_depth=1, decoder_depth=1)


def tone(hertz: float, frames: int = 20, amplitude: float = 0.3) -> torch.Tensor:
    t = torch.arange(frames * HOP, dtype=torch.float64) / SAMPLE_RATE
    return (amplitude * torch.sin(2 * math.pi * hertz * t)).float().expand(1, 2, -1).clone()


def resynthesise(audio: torch.Tensor) -> torch.Tensor:
    filters = noise_filters()
    maps = analyse(audio, filters)
    return Synthesiser()(maps.tonal, maps.noise, maps.stereo)


def hits(frames: int = 40, every: int = 10) -> torch.Tensor:
    """Bursts of noise of 40 ms, one every `every` latent frames, in the middle of a frame."""
    generator = torch.Generator().manual_seed(3)
    audio = torch.zeros(1, 2, frames * HOP)
    burst = torch.randn(1764, generator=generator) * torch.linspace(1, 0, 1764) ** 2 * 0.3
    for start in range(every * HOP // 2, frames * HOP - 2000, every * HOP):
        audio[..., start : start + 1764] += burst
    return audio


@pytest.mark.parametrize("hertz", [60.0, 110.0, 261.6, 440.0, 987.8, 2093.0, 4186.0])
def test_a_sinusoid_keeps_its_frequency_and_level(hertz):
    audio = tone(hertz)
    middle = resynthesise(audio)[0, 0, 5 * HOP : 15 * HOP]
    spectrum = torch.fft.rfft(middle * torch.hann_window(len(middle)), n=2**18).abs()
    found = spectrum.argmax().item() * SAMPLE_RATE / 2**18
    assert abs(1200 * math.log2(found / hertz)) < 7  # cents: a dictionary atom is at most a sixth of a bin away
    assert abs(20 * math.log10(middle.std() / audio[0, 0, 5 * HOP : 15 * HOP].std())) < 1.5  # dB


def test_noise_keeps_its_level():
    audio = 0.1 * torch.randn(1, 2, 40 * HOP, generator=torch.Generator().manual_seed(1))
    restored = resynthesise(audio)
    assert abs(20 * math.log10(restored.std() / audio.std())) < 3


def test_a_hit_is_a_hit_where_it_was():
    audio = hits()
    original, restored = (x[0].mean(0).unfold(0, 256, 256).square().mean(-1) for x in (audio, resynthesise(audio)))
    threshold = original.max() / 20
    quiet_before = [original[i - 4 : i].max() < threshold / 10 for i in range(4, len(original))]
    starts = [i for i, quiet in enumerate(quiet_before, start=4) if quiet and original[i] > threshold]
    assert len(starts) == 4
    for start in starts:
        assert restored[start - 3 : start + 4].max() > original[start : start + 4].max() / 4
        assert restored[start - 12 : start - 4].max() < restored[start - 3 : start + 4].max() / 20


def test_a_hit_rises_by_30_db_within_six_frames_of_3_ms():
    audio = hits()
    original, restored = (x[0].mean(0).unfold(0, 128, 128).square().mean(-1) for x in (audio, resynthesise(audio)))
    loud = original > original.max() / 20
    starts = [i for i in range(8, len(loud)) if loud[i] and not loud[i - 8 : i].any()]
    assert len(starts) == 4
    for start in starts:  # 43 dB; of envelopes as the map blurs them 21 dB
        assert restored[start : start + 4].max() > 1000 * restored[start - 4 : start - 2].mean()


def test_pan_survives():
    audio = tone(440.0)
    audio[:, 1] *= 0.2
    left, right = resynthesise(audio)[0, :, 4 * HOP : 16 * HOP].std(-1)
    assert right / left == pytest.approx(0.2, rel=0.15)


def test_silence_stays_silent():
    assert resynthesise(torch.zeros(1, 2, 10 * HOP)).abs().max() < 1e-4


def test_flatten_and_unflatten_are_inverse():
    rows = torch.randn(2, 5, MAP_WIDTH)
    assert torch.equal(SpectralMaps.unflatten(rows).flatten(), rows)


def test_transposing_maps_moves_a_tone_by_as_many_semitones():
    maps = analyse(tone(440.0), noise_filters()).flatten()
    moved = SpectralMaps.unflatten(transpose_maps(maps, 3 * 3)).tonal[0, 40]
    expected = round(BINS_PER_OCTAVE * math.log2(440 / LOWEST)) + 9
    assert moved.argmax() == expected
    assert torch.equal(transpose_maps(maps, 0), maps)


def test_peaks_are_found_between_the_bins():
    tonal = torch.full((1, 1, BINS), math.log(TONAL_FLOOR))
    centre = 100.3
    tonal += 4 * torch.exp(-((torch.arange(BINS) - centre) ** 2) / 8)
    amplitude, offset = find_peaks(tonal)
    assert (amplitude > 0).sum() == 1
    assert amplitude.argmax() == 100
    assert offset[0, 0, 100] == pytest.approx(0.3, abs=0.05)


def test_frames_of_the_spectrum_are_centred_on_their_hops():
    audio = torch.zeros(1, 1, 8 * 512)
    audio[..., 3 * 512 + 256] = 1.0  # the middle of frame 3
    assert spectra(audio, 1024, 512)[0, 0, :, 1].abs().argmax() == 3


def test_overlap_add_of_hann_frames_is_flat():
    frames = torch.hann_window(64).expand(1, 20, 64)
    assert torch.allclose(overlap_add(frames, 16)[0, 48:-48], torch.tensor(2.0), atol=1e-5)


def test_lengths_are_those_of_the_interface():
    model = SpectralAutoencoder(TINY).eval()
    latents = model.encode(torch.randn(2, 2, 5 * HOP + 1) * 0.1)
    assert latents.shape == (2, 64, 6)
    assert model.decode(latents).shape == (2, 2, 6 * HOP)


def test_pieces_equal_the_whole():
    torch.manual_seed(0)
    model = SpectralAutoencoder(TINY).eval()
    audio = hits(frames=96) + tone(330.0, 96)
    whole, pieces = model.encode(audio), model.encode(audio, piece=40)
    assert torch.allclose(whole, pieces, atol=1e-4)
    latents = torch.randn(1, 64, 96)
    assert torch.allclose(model.decode(latents), model.decode(latents, piece=40), atol=1e-4)
    maps = analyse(audio, model.filters)
    sound = [model.synthesiser(maps.tonal, maps.noise, maps.stereo, piece=piece) for piece in (96, 40)]
    assert torch.allclose(*sound, atol=1e-5)


def test_the_batch_does_not_matter():
    torch.manual_seed(0)
    model = SpectralAutoencoder(TINY).eval()
    audio = torch.cat([hits(20), tone(220.0, 20)])
    assert torch.allclose(model.encode(audio)[1:], model.encode(audio[1:]), atol=1e-5)
    latents = torch.randn(2, 64, 20)
    assert torch.allclose(model.decode(latents)[1:], model.decode(latents[1:]), atol=1e-5)


def test_the_decoder_can_exceed_full_scale():
    loud = torch.zeros(1, 4 * 8, BINS) + math.log(TONAL_FLOOR)
    loud[..., [100, 130, 160]] = 0.0  # three sinusoids at full scale: a squashing output could not reach their sum
    silent = torch.full((1, 8 * 8, 32), -9.2)
    sound = Synthesiser()(loud, silent, torch.zeros(1, 8, 10, 2))
    assert sound.abs().max() > 1.5


def test_both_ways_stay_within_three_gigaflops_per_second():
    from torch.utils.flop_counter import FlopCounterMode

    model = SpectralAutoencoder().eval()
    seconds = 64 * HOP / SAMPLE_RATE
    for task in (lambda: model.encode(torch.zeros(1, 2, 64 * HOP)), lambda: model.decode(torch.zeros(1, 64, 64))):
        with FlopCounterMode(display=False) as counter:
            task()
        assert counter.get_total_flops() / seconds < 3e9


def test_energies_of_the_maps_are_those_of_their_sound():
    generator = torch.Generator().manual_seed(0)
    tones = torch.full((1, 4 * 32, BINS), math.log(TONAL_FLOOR))
    tones[..., [60, 120, 200]] = math.log(0.1)
    levels = torch.rand(1, 1, NOISE_BANDS, generator=generator).expand(1, 8 * 32, NOISE_BANDS)
    maps = SpectralMaps(tones, -4 - 3 * levels, torch.zeros(1, 32, STEREO_BANDS, 2))
    sound = Synthesiser()(maps.tonal, maps.noise, maps.stereo)
    power = power_of(spectra(sound, MEL_WINDOW, 512)).mean(1)
    heard = torch.log(power[:, 8:-8].mean(1) @ mel_bands(MEL_BANDS, MEL_WINDOW).T)
    expected = MelEnergies()(maps)[:, 8:-8].mean(1)
    difference = (heard - expected).abs()
    assert difference.mean() < 0.1  # 0.4 dB
    assert difference[expected > 0].max() < 0.35  # where it is loud


def test_a_blurred_peak_costs_energy():
    sharp = torch.full((1, 8, BINS), math.log(TONAL_FLOOR))
    sharp[..., 100] = 0.0
    blurred = torch.full((1, 8, BINS), math.log(TONAL_FLOOR))
    blurred[..., 99:102] = -2.0
    noise, stereo = torch.full((1, 16, NOISE_BANDS), math.log(NOISE_FLOOR)), torch.zeros(1, 2, STEREO_BANDS, 2)
    mel = MelEnergies()
    lost = mel(SpectralMaps(sharp, noise, stereo)) - mel(SpectralMaps(blurred, noise, stereo))
    assert lost.max() > 3.0


def test_a_few_steps_of_training_lower_the_loss():
    torch.manual_seed(0)
    model = SpectralAutoencoder(TINY)
    rows = analyse(hits(32) + tone(330.0, 32), model.filters).flatten()
    optimiser = torch.optim.Adam(model.parameters(), 3e-3)
    losses = []
    for _ in range(40):
        loss, _parts = spectral_loss(model, rows, torch.Generator().manual_seed(0))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < 0.5 * losses[0]


def test_latents_in_bfloat16_are_those_in_float32():
    """PyTorch 2.13 computes one of the encoder's convolutions wrong in bfloat16 on processors with AMX."""
    torch.manual_seed(0)
    model = SpectralAutoencoder().eval()
    rows = torch.rand(1, 16, MAP_WIDTH) * 4 - 7
    exact = model.encode_maps(rows)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rounded = model.encode_maps(rows).float()
    assert (rounded - exact).norm() < 0.05 * exact.norm()


def test_steady_noise_softer_than_the_tonal_floor_is_not_lost():
    torch.manual_seed(0)
    audio = 1e-3 * torch.randn(1, 2, 2 * 44_032 // 2048 * 2048)
    maps = analyse(audio, noise_filters())
    level = maps.noise.exp().square().mean(dim=(0, 1))[4:28].sqrt()  # of white noise, in every band alike
    assert (level > 0.7e-3).all()
    assert (level < 1.2e-3).all()


def steps(frames: int = 64) -> torch.Tensor:
    """Levels (1, 1, 2 * frames) of noise that sets in at once, at full level, twice."""
    levels = torch.full((1, 1, 2 * frames), 1e-6)
    levels[..., 21:60] = levels[..., 90:] = 1.0
    return levels


def test_a_blurred_step_becomes_steep_again():
    power = as_analysed(steps())
    rise = (sharpen(power), F.interpolate(power, scale_factor=2, mode="linear"))
    sharp, read = (10 * torch.log10(levels[0, 0, 22] / levels[0, 0, 20]) for levels in rise)
    assert sharp > read + 3  # dB
    assert (sharpen(power) >= 0).all()


def test_sharpened_levels_would_be_analysed_as_the_map():
    power = as_analysed(steps()) * torch.rand(1, 3, 64, generator=torch.Generator().manual_seed(2)).add(0.5)
    again = as_analysed(sharpen(power))
    read = as_analysed(F.interpolate(power, scale_factor=2, mode="linear"))
    assert (again - power).abs().mean() < 0.5 * (read - power).abs().mean()
    assert again.sum() == pytest.approx(power.sum().item(), rel=0.01)


def test_steady_levels_stay_as_they_are_to_the_edges():
    assert torch.allclose(sharpen(torch.full((2, 3, 40), 0.25)), torch.full((2, 3, 80), 0.25))
