"""Whether a file breaks off: streams without an announced length still say how long their last frame or page is."""

from __future__ import annotations

from pathlib import Path

# ISO/IEC 11172-3 and 13818-3, layer III, kbit/s by index; 0 and 15 tell nothing about the length
_MPEG_1_RATES = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0)
_MPEG_2_RATES = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0)
_SAMPLE_RATES = (44_100, 48_000, 32_000)  # Hz; halved in MPEG-2, quartered in MPEG-2.5
_DIVISORS = {3: 1, 2: 2, 0: 4}  # version bits -> divisor of the sample rate

_PAGE_HEADER = 27  # bytes before the segment table of an Ogg page (RFC 3533); the last one counts the segments
_LONGEST_PAGE = _PAGE_HEADER + 255 + 255 * 255


def lacks_end_of_mp3_frame(frame: bytes) -> bool:
    """Whether a frame is shorter than its header says. What is no frame of layer III (a tag, padding) is not."""
    if len(frame) < 4 or frame[0] != 0xFF or frame[1] & 0xE6 != 0xE2:  # sync word and layer III
        return False
    divisor = _DIVISORS.get(frame[1] >> 3 & 3)
    rate_index = frame[2] >> 2 & 3
    if divisor is None or rate_index == 3:
        return False
    bit_rate = 1_000 * (_MPEG_1_RATES if divisor == 1 else _MPEG_2_RATES)[frame[2] >> 4]
    samples = 1_152 if divisor == 1 else 576
    length = samples // 8 * bit_rate * divisor // _SAMPLE_RATES[rate_index] + (frame[2] >> 1 & 1)
    return bit_rate > 0 and len(frame) < length


def lacks_end_of_ogg_page(path: Path) -> bool:
    """Whether an Ogg file ends before its last page does. A recording that simply stopped between pages is whole."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - _LONGEST_PAGE))
        tail = file.read()
    page = tail[max(0, tail.rfind(b"OggS")) :]
    if len(page) < _PAGE_HEADER:
        return True
    table = page[_PAGE_HEADER : _PAGE_HEADER + page[_PAGE_HEADER - 1]]
    return len(page) < _PAGE_HEADER + page[_PAGE_HEADER - 1] + sum(table)
