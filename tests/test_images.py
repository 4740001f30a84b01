import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from sketchpose.images import ImageError, Picture, Pixels, find_images, read_image


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)  # type: ignore[arg-type]
    return buffer.getvalue()


def png_of_size(width: int, height: int) -> bytes:
    """A PNG whose header promises a size that its few bytes do not hold."""
    chunk = lambda tag, data: struct.pack(">I", len(data)) + tag + data + struct.pack(">I", zlib.crc32(tag + data))  # noqa: E731
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize(("kind", "loss"), [("PNG", 0), ("WEBP", 40), ("JPEG", 40), ("AVIF", 40)])
def test_every_format_from_bytes_path_and_pil(kind: str, loss: int, tmp_path: Path) -> None:
    ramp = np.linspace(0, 255, 64, dtype=np.uint8)
    pixels = np.stack([np.tile(ramp, (48, 1)), np.full((48, 64), 90, np.uint8), np.tile(ramp[::-1], (48, 1))], 2)
    data = encoded(Image.fromarray(pixels), kind)
    path = tmp_path / f"drawing.{kind.lower()}"
    path.write_bytes(data)
    for source in (data, path, str(path), Image.open(path)):
        picture = read_image(source)
        assert picture.pixels.shape == (48, 64, 3) and picture.pixels.dtype == np.uint8
        assert np.abs(picture.pixels.astype(int) - pixels).max() <= loss
    assert read_image(path).name == path.name


def test_arrays(noise: Pixels) -> None:
    np.testing.assert_array_equal(read_image(noise).pixels, noise)
    np.testing.assert_array_equal(read_image(noise.astype(np.uint16) * 257).pixels, noise)
    np.testing.assert_array_equal(read_image(noise[..., 0]).pixels, np.repeat(noise[..., :1], 3, 2))
    clear = np.concatenate([noise, np.zeros_like(noise[..., :1])], 2)
    assert (read_image(clear).pixels == 255).all()
    picture = Picture(noise)
    assert read_image(picture) is picture


def test_exif_rotation_is_applied() -> None:
    pixels = np.zeros((20, 40, 3), np.uint8)
    pixels[:, :20] = 255
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: rotate 90 degrees clockwise to see it upright
    upright = read_image(encoded(Image.fromarray(pixels), "PNG", exif=exif)).pixels
    assert upright.shape == (40, 20, 3)
    assert upright[:20].min() == 255 and upright[20:].max() == 0


def test_transparency_is_white_paper() -> None:
    for mode, ink in (("RGBA", (0, 0, 0, 255)), ("LA", (0, 255))):
        image = Image.new(mode, (20, 20), 0)
        image.paste(ink, (0, 0, 10, 20))
        pixels = read_image(encoded(image, "PNG")).pixels
        assert pixels[0, 0].tolist() == [0, 0, 0] and pixels[0, 15].tolist() == [255, 255, 255]
    palette = Image.new("P", (20, 20), 1)
    palette.putpalette([0, 0, 0, 200, 0, 0])
    assert read_image(encoded(palette, "PNG", transparency=1)).pixels.min() == 255
    assert read_image(encoded(palette, "PNG")).pixels[0, 0].tolist() == [200, 0, 0]


def test_sixteen_bits_are_scaled_not_clipped() -> None:
    ramp = np.tile(np.linspace(0, 65535, 64).astype(np.uint16), (20, 1))
    pixels = read_image(encoded(Image.fromarray(ramp), "PNG")).pixels
    np.testing.assert_allclose(pixels[0, :, 0], ramp[0] / 257, atol=0.51)
    np.testing.assert_array_equal(read_image(Image.fromarray(ramp.astype(np.int32))).pixels, pixels)


@pytest.mark.parametrize("mode", ["1", "L", "CMYK", "YCbCr", "HSV", "LAB"])
def test_every_mode_becomes_rgb(mode: str) -> None:
    white = Image.new("RGB", (30, 30), "white")
    picture = white.convert(mode) if mode != "LAB" else Image.new("LAB", (30, 30), (255, 128, 128))
    assert read_image(picture).pixels.min() >= 250


def test_cmyk_jpeg() -> None:
    red = Image.new("CMYK", (32, 32), (0, 255, 255, 0))
    pixel = read_image(encoded(red, "JPEG")).pixels[16, 16].astype(int)
    assert pixel[0] > 200 and pixel[1:].max() < 60


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "AVIF"])
def test_an_animation_gives_its_first_frame_and_says_so(kind: str) -> None:
    frames = [Image.new("RGB", (32, 32), colour) for colour in ("black", "white")]
    picture = read_image(encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=100))
    assert picture.pixels.max() < 10
    assert picture.notes == ("It is animated: only the first frame is used.",)


PNG = encoded(Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)), "PNG")
JPEG = encoded(Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)), "JPEG")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty"),
        (b"hello, I am a letter", "not a picture that can be read; use PNG, JPEG, WebP or AVIF"),
        (encoded(Image.new("RGB", (32, 32)), "GIF"), "use PNG, JPEG, WebP or AVIF"),
        (PNG[: len(PNG) // 2], "cut off or damaged"),
        (JPEG[: len(JPEG) // 2], "cut off or damaged"),
        (png_of_size(20000, 15000), "limit of 40 megapixels"),
        (png_of_size(9000, 11000), "99 megapixels and the limit is 40"),
        (png_of_size(8000, 6000), "48 megapixels and the limit is 40"),
        (encoded(Image.new("L", (1, 1)), "PNG"), "1 x 1 is too small"),
        (encoded(Image.new("L", (1, 5000)), "PNG"), "1 x 5000 is too small"),
    ],
)
def test_bad_files_are_refused_in_one_sentence(data: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.png"
    path.write_bytes(data)
    for source in (data, path):
        with pytest.raises(ImageError, match=message) as caught:
            read_image(source)
        assert str(caught.value).count("\n") == 0
    assert str(caught.value).startswith("bad.png: ")


def test_the_cap_is_configurable(noise: Pixels) -> None:
    assert read_image(noise, max_megapixels=0.0108).width == 90
    with pytest.raises(ImageError, match="limit is 0.01"):
        read_image(noise, max_megapixels=0.01)


@pytest.mark.parametrize(
    "array", [np.zeros((40, 40), np.float64), np.zeros((40, 40, 2), np.uint8), np.zeros(40, np.uint8)]
)
def test_arrays_that_are_not_pictures(array: np.ndarray) -> None:
    with pytest.raises(ImageError, match="use"):
        read_image(array)
    with pytest.raises(TypeError, match="not int"):
        read_image(3)  # type: ignore[arg-type]


def test_floating_point_pictures_are_refused() -> None:
    with pytest.raises(ImageError, match="no agreed range"):
        read_image(Image.new("F", (32, 32)))


def test_missing_file_and_folder_without_images(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="there is no such file"):
        read_image(tmp_path / "nothing.png")
    with pytest.raises(ImageError, match="holds no pictures"):
        find_images(tmp_path)
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "B.JPG").write_bytes(JPEG)
    assert [p.name for p in find_images(tmp_path)] == ["B.JPG"]


@given(st.integers(0, len(PNG) - 1), st.integers(0, 255))
def test_a_flipped_byte_is_read_or_refused_never_a_crash(position: int, value: int) -> None:
    data = bytearray(PNG)
    data[position] = value
    try:
        assert read_image(bytes(data)).pixels.shape[2] == 3
    except ImageError:
        pass
