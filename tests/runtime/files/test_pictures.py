"""Pictures become arrays of 0..255 in the channels, sizes and dtype of an input."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from netc.runtime.errors import UserError
from netc.runtime.files.pictures import picture_layout, read_picture
from netc.runtime.files.tensors import TensorSpec
from PIL import Image

RED = (255, 0, 0)


def read(path: Path, *shape: int | None, dtype: str = "float32") -> np.ndarray:
    spec = TensorSpec("x", dtype, shape or (None, None, None, 3))
    return np.asarray(read_picture(path, picture_layout(spec)))


def refusal(path: Path) -> str:
    with pytest.raises(UserError) as caught:
        read(path)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)
    return str(caught.value)


def noise(height: int = 12, width: int = 10) -> Image.Image:
    rng = np.random.default_rng(0)
    return Image.fromarray(rng.integers(0, 256, (height, width, 3), dtype=np.uint8))


@pytest.mark.parametrize("ending", ["png", "bmp", "webp", "jpg", "gif"])
def test_every_format(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"p.{ending}"
    Image.new("RGB", (10, 12), RED).save(path, **({"lossless": True} if ending == "webp" else {}))
    got = read(path)
    assert got.shape == (12, 10, 3)
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, np.broadcast_to(np.float32(RED), got.shape), atol=2)


def test_values_are_kept_as_they_are(tmp_path: Path) -> None:
    noise().save(tmp_path / "p.png")
    np.testing.assert_array_equal(read(tmp_path / "p.png"), np.asarray(noise()))
    assert read(tmp_path / "p.png", None, 12, 10, 3, dtype="uint8").dtype == np.uint8


def test_a_gif_gives_its_first_frame(tmp_path: Path) -> None:
    first, second = Image.new("RGB", (4, 4), RED), Image.new("RGB", (4, 4), (0, 0, 255))
    first.save(tmp_path / "p.gif", save_all=True, append_images=[second])
    assert read(tmp_path / "p.gif")[0, 0].tolist() == [255, 0, 0]


def test_a_turned_camera_is_turned_back(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    picture = Image.new("RGB", (8, 4), RED)
    picture.paste((0, 0, 255), (0, 0, 4, 4))
    picture.save(tmp_path / "p.png", exif=exif)
    got = read(tmp_path / "p.png")
    assert got.shape == (8, 4, 3)
    assert got[0, 0].tolist() == [0, 0, 255]
    assert got[-1, 0].tolist() == [255, 0, 0]


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16", "CMYK"])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_every_mode_becomes_the_channels_declared(tmp_path: Path, mode: str, channels: int) -> None:
    path = tmp_path / ("p.jpg" if mode == "CMYK" else "p.png")
    white = Image.new("L", (4, 4), 255)
    made = (
        Image.fromarray(np.full((4, 4), 65535, np.uint16))
        if mode == "I;16"
        else white.convert(mode)
    )
    made.save(path)
    got = read(path, None, None, None, channels)
    assert got.shape == (4, 4, channels)
    np.testing.assert_allclose(got, 255, atol=2)


def test_sixteen_bits_become_eight(tmp_path: Path) -> None:
    values = np.array([[0, 257, 32896, 65535]], np.uint16)
    Image.fromarray(values).save(tmp_path / "p.png")
    assert read(tmp_path / "p.png", None, None, None, 1)[0, :, 0].tolist() == [0, 1, 128, 255]


def test_resized_bilinearly_to_the_declared_size(tmp_path: Path) -> None:
    noise().save(tmp_path / "p.png")
    expected = noise().resize((6, 5), Image.Resampling.BILINEAR)
    np.testing.assert_array_equal(read(tmp_path / "p.png", None, 5, 6, 3), np.asarray(expected))


@pytest.mark.parametrize(
    ("declared", "shape"),
    [
        ((None, 5, 6, 3), (5, 6, 3)),
        ((1, 5, None, 1), (5, 10, 1)),
        ((None, 3, 5, 6), (3, 5, 6)),
        ((5, 6, 3), (5, 6, 3)),
        ((None, 28, 28), (28, 28)),
    ],
)
def test_layouts(tmp_path: Path, declared: tuple[int | None, ...], shape: tuple[int, ...]) -> None:
    noise().save(tmp_path / "p.png")
    assert read(tmp_path / "p.png", *declared).shape == shape


@pytest.mark.parametrize(
    ("declared", "dtype"), [((None, 784), "float32"), ((None, 4, 4, 3), "bool"), ((), "float32")]
)
def test_inputs_that_take_no_picture(declared: tuple[int | None, ...], dtype: str) -> None:
    with pytest.raises(UserError, match="the input `x` is"):
        picture_layout(TensorSpec("x", dtype, declared))


@pytest.mark.parametrize("ending", ["png", "jpg", "gif", "bmp", "webp"])
@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9])
def test_cut_short(tmp_path: Path, ending: str, kept: float) -> None:
    path = tmp_path / f"p.{ending}"
    noise(60, 60).save(path)
    raw = path.read_bytes()
    path.write_bytes(raw[: int(len(raw) * kept)])
    message = refusal(path)
    assert "cut-short" in message or "not a picture" in message


def test_something_else(tmp_path: Path) -> None:
    path = tmp_path / "p.png"
    path.write_bytes(b"not a picture")
    assert "is not a picture netc reads (PNG, JPEG, GIF, BMP, WEBP)" in refusal(path)


def test_other_formats_are_not_tried(tmp_path: Path) -> None:
    path = tmp_path / "p.png"
    Image.new("RGB", (4, 4)).save(path, format="TIFF")
    assert "not a picture" in refusal(path)


@pytest.mark.parametrize("side", [12_000, 60_000])
def test_a_small_file_that_claims_a_giant_picture(tmp_path: Path, side: int) -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    path = tmp_path / "p.png"
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )
    assert "100,000,000" in refusal(path)
