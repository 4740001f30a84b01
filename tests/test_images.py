import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageOps, PngImagePlugin

from sketchpose.image_files import orientation
from sketchpose.images import ImageError, Picture, Pixels, find_images, image_size, read_image

FIXTURES = Path(__file__).parent / "fixtures"


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)  # type: ignore[arg-type]
    return buffer.getvalue()


def png_of_size(width: int, height: int) -> bytes:
    """A PNG whose header promises a size that its few bytes do not hold."""
    chunk = lambda tag, data: struct.pack(">I", len(data)) + tag + data + struct.pack(">I", zlib.crc32(tag + data))  # noqa: E731
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


KINDS = [("PNG", 0), ("WEBP", 40), ("JPEG", 40), ("AVIF", 40), ("TIFF", 0), ("BMP", 0), ("GIF", 40)]


@pytest.mark.parametrize(("kind", "loss"), KINDS)
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


CORNERS = np.zeros((24, 40, 3), np.uint8)
CORNERS[:12, :20], CORNERS[12:, 20:] = (255, 255, 255), (0, 120, 0)


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "AVIF", "TIFF"])
def test_every_exif_orientation_is_applied(kind: str, turn: int, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = turn
    data = encoded(Image.fromarray(CORNERS), kind, exif=exif)
    with Image.open(io.BytesIO(data)) as image:
        expected = np.asarray(ImageOps.exif_transpose(image).convert("RGB"))
    np.testing.assert_array_equal(read_image(data).pixels, expected)
    (tmp_path / "turned").write_bytes(data)
    assert image_size(tmp_path / "turned") == expected.shape[1::-1]
    if kind != "TIFF":
        np.testing.assert_array_equal(read_image(Image.open(io.BytesIO(data))).pixels, expected)


def test_orientation_in_the_notes_of_image_magick_and_adobe() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    block = b"Exif\0\0" + exif.tobytes().removeprefix(b"Exif\0\0")
    info = PngImagePlugin.PngInfo()
    info.add_text("Raw profile type exif", f"\nexif\n{len(block):8}\n{block.hex()}\n", zip=True)
    assert read_image(encoded(Image.fromarray(CORNERS), "PNG", pnginfo=info)).height == 40
    info = PngImagePlugin.PngInfo()
    info.add_itxt("XML:com.adobe.xmp", '<rdf:Description tiff:Orientation="6"/>')
    assert read_image(encoded(Image.fromarray(CORNERS), "PNG", pnginfo=info)).height == 40


@given(st.binary(max_size=80))
def test_damaged_notes_never_turn_a_picture_or_raise(tail: bytes) -> None:
    assert 1 <= orientation(b"Exif\0\0II*\0\x08\0\0\0" + tail) <= 8
    assert orientation(tail[:20]) == 1


def test_a_photo_whose_notes_cannot_be_written_back_is_read_upright() -> None:
    """The phone held its resolution as -1/0, which Pillow reads and then fails to write."""
    picture = read_image(FIXTURES / "exif_signed_rational.jpg")
    assert (picture.width, picture.height, picture.notes) == (241, 420, ())


def test_profiles_texts_and_damaged_side_chunks_of_a_png_do_not_matter(noise: Pixels) -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", "x" * 3_000_000, zip=True)
    profile = np.random.default_rng(0).bytes(1_300_000)
    data = encoded(Image.fromarray(noise), "PNG", pnginfo=info, icc_profile=profile, dpi=(300, 300))
    at = data.index(b"pHYs") + 5
    for file in (data, data[:at] + b"?" + data[at + 1 :]):
        np.testing.assert_array_equal(read_image(file).pixels, noise)


def test_a_damaged_critical_part_of_a_png_is_named(noise: Pixels) -> None:
    data = encoded(Image.fromarray(noise), "PNG")
    at = data.index(b"IDAT") + 40
    with pytest.raises(ImageError, match="the file is damaged .checksum of its 'IDAT' part.; save it again"):
        read_image(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])


def test_a_phones_photo_in_several_sizes_is_no_animation(noise: Pixels) -> None:
    one, other = Image.fromarray(noise), Image.fromarray(noise[::2, ::2])
    data = encoded(one, "MPO", save_all=True, append_images=[other], quality=95)
    assert getattr(Image.open(io.BytesIO(data)), "n_frames", 1) == 2
    for source in (data, Image.open(io.BytesIO(data))):
        picture = read_image(source)
        assert picture.notes == () and (picture.width, picture.height) == (90, 120)


def test_the_first_page_of_a_tiff_is_read_and_the_others_are_told_of(noise: Pixels) -> None:
    data = encoded(Image.fromarray(noise), "TIFF", save_all=True, append_images=[Image.new("RGB", (50, 50))])
    picture = read_image(data)
    np.testing.assert_array_equal(picture.pixels, noise)
    assert picture.notes == ("It has several pages: only the first is used.",)


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


def test_white_ink_without_paper_is_put_on_dark_paper() -> None:
    picture = read_image(FIXTURES / "white_ink_on_transparent.png")
    assert picture.notes == ("Its ink is white and it has no paper: dark paper was put under it.",)
    assert picture.pixels[0, 0].tolist() == [0, 0, 0] and picture.pixels.max() == 255


@pytest.mark.parametrize(
    ("paper", "ink"),
    [((0, 0, 0, 0), "black"), ((0, 0, 0, 0), "#e0e0e0"), ("white", "#fafafa"), ((0, 0, 0, 0), "#ffff80")],
)
def test_any_other_ink_stays_on_white_paper(paper: object, ink: str) -> None:
    image = Image.new("RGBA", (100, 100), paper)  # type: ignore[arg-type]
    ImageDraw.Draw(image).line((10, 10, 90, 80), ink, 3)
    picture = read_image(encoded(image, "PNG"))
    assert picture.notes == () and picture.pixels[0, 0].tolist() == [255, 255, 255]


def test_a_white_shape_with_a_dark_outline_stays_on_white_paper() -> None:
    image = Image.new("RGBA", (400, 600), (0, 0, 0, 0))
    ImageDraw.Draw(image).ellipse((50, 50, 350, 550), "white", "black", 2)
    assert read_image(image).pixels[0, 0].tolist() == [255, 255, 255]


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


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "AVIF", "GIF"])
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
        (b"hello, I am a letter", "not a picture that can be read; use PNG, JPEG, WebP, AVIF, TIFF, BMP or GIF"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "this is a HEIC photo, which is not read; save or send it as JPEG"),
        (b"8BPS\0\1" + bytes(40), "a Photoshop document .PSD., which is not read; export the drawing as PNG"),
        (b"%PDF-1.7\n", "a PDF, which is not read; save the page as PNG"),
        (b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>', "an SVG drawing"),
        (b"<!DOCTYPE html><html>", "a web page, which is not read; save the picture on it instead"),
        (b"\xff\x0a" + bytes(40), "a JPEG XL picture"),
        (b"\0\0\0\x20ftypisom" + bytes(20), "a video, which is not read; save one frame of it as PNG"),
        (b"PK\3\4" + bytes(26) + b"mimetypeapplication/x-kritaxyz", "a Krita document"),
        (PNG[: len(PNG) // 2], "cut off or damaged"),
        (JPEG[: len(JPEG) // 2], "cut off or damaged"),
        (png_of_size(20000, 15000), "limit of 40 megapixels"),
        (png_of_size(9000, 11000), "99 megapixels and the limit is 40"),
        (png_of_size(8000, 6000), "48 megapixels and the limit is 40"),
        (encoded(Image.new("L", (1, 1)), "PNG"), "1 x 1 is too small"),
        (encoded(Image.new("L", (1, 5000)), "PNG"), "1 x 5000 is too small"),
        (encoded(Image.new("L", (16, 24000)), "PNG"), "of 16 x 24000 one side is more than 50 times the other; cut"),
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


@pytest.mark.parametrize("kind", ["WEBP", "AVIF", "JPEG", "TIFF", "GIF", "BMP", "PNG"])
def test_a_damaged_file_of_any_kind_is_refused_in_words(kind: str, noise: Pixels) -> None:
    """Damaged AVIF once ended in a RuntimeError, which stopped the reading of a whole folder."""
    data = encoded(Image.fromarray(noise), kind)
    for end in (20, len(data) // 3, len(data) // 2):
        with pytest.raises(ImageError, match="^picture: .*[.]$"):
            read_image(data[:end])
    rng = np.random.default_rng(1)
    for _ in range(30):
        bad = bytearray(data)
        for at in rng.integers(0, len(data), 6).tolist():
            bad[at] = int(rng.integers(256))
        try:
            read_image(bytes(bad))
        except ImageError as error:
            assert str(error).startswith("picture: ")


@given(st.integers(0, len(PNG) - 1), st.integers(0, 255))
def test_a_flipped_byte_is_read_or_refused_never_a_crash(position: int, value: int) -> None:
    data = bytearray(PNG)
    data[position] = value
    try:
        assert read_image(bytes(data)).pixels.shape[2] == 3
    except ImageError:
        pass
