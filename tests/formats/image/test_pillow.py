"""Loading, resizing and presets against Pillow: the same bytes. Runs build/tests/tool_formats_image_picture; skipped without Pillow or numpy."""
import os
import random
import struct
import subprocess
import sys
import tempfile
import unittest
import zlib

try:
    import numpy as np
    import PIL
    from PIL import Image, ImageOps
except ImportError as e:
    print("skipped:", e)
    sys.exit(77)

TOOL = os.path.join(os.environ.get("SARD_BUILD", "build/dev"), "tests", "tool_formats_image_picture")
FILTERS = {1: Image.Resampling.BILINEAR, 2: Image.Resampling.BICUBIC}
SEED = int(os.environ.get("SARD_SEED", "7"))
IMAGENET = (255, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225))


# Before version 13 the pass across was always the first.
if int(PIL.__version__.split(".")[0]) < 13:
    resize_across_first = Image.Image.resize

    def resize(self, size, filter=None, box=None):
        (w, h), box = self.size, box or (0, 0, *self.size)
        if h - size[1] > max(0, 2 * (w - size[0])):
            down = resize_across_first(self, (w, size[1]), filter, (0, box[1], w, box[3]))
            return resize_across_first(down, size, filter, (box[0], 0, box[2], size[1]))
        return resize_across_first(self, size, filter, box)

    Image.Image.resize = resize


class Refused(Exception):
    pass


class Tool:
    def __init__(self):
        self.process = subprocess.Popen([TOOL], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, line, payload=b""):
        self.process.stdin.write(line.encode() + b"\n" + payload)
        self.process.stdin.flush()
        words = self.process.stdout.readline().decode().split(None, 2)
        if not words:
            raise AssertionError(f"the tool died on: {line}")
        if words[0] == "error":
            raise Refused(words[2].strip())
        return words

    def load(self, path, channels=0, keep=0):
        return self.picture(self.ask(f"load {path} {channels} {keep}"))

    def picture(self, words):
        width, height, channels = int(words[1]), *map(int, words[2].split())
        pixels = np.frombuffer(self.process.stdout.read(width * height * channels), np.uint8).reshape(height, width, channels)
        return pixels[:, :, 0] if channels == 1 else pixels

    def resize(self, pixels, filter, box, size):
        h, w = pixels.shape[:2]
        c = 1 if pixels.ndim == 2 else 3
        box = " ".join(repr(float(b)) for b in box)
        return self.picture(self.ask(f"resize {w} {h} {c} {filter} {box} {size[0]} {size[1]}", pixels.tobytes()))

    def tensor(self, path, dims, preset="-", fit=0, order=0, filter=0, dtype="float32"):
        dims = " ".join(map(str, dims))
        words = self.ask(f"tensor {path} {preset} {fit} {order} {filter} {dtype} {len(dims.split())} {dims}")
        numbers = list(map(int, words[2].split()))
        return np.frombuffer(self.process.stdout.read(numbers[-1]), dtype).reshape(numbers[:-1])

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        return self.process.wait()


def scene(rng, width, height, channels=3):
    """Gradients, edges and noise, so that rounding shows everywhere."""
    y, x = np.mgrid[0:height, 0:width]
    planes = [(x * rng.randrange(1, 9) + y * rng.randrange(1, 9) + 90 * ((x // 7 + y // 5) % 2)) % 256 for _ in range(channels)]
    noise = np.random.default_rng(rng.randrange(1 << 30)).integers(0, 40, (height, width, channels))
    pixels = np.clip(np.stack(planes, 2) + noise - 20, 0, 255).astype(np.uint8)
    return pixels[:, :, 0] if channels == 1 else pixels


def exif(orientation, big, kind=3, count=1):
    """A TIFF block whose directory holds another tag first."""
    e = ">" if big else "<"
    value = struct.pack(e + "HH", orientation, 0) if kind == 3 else struct.pack(e + "I", orientation)
    entries = struct.pack(e + "HHI4s", 0x010F, 2, 2, b"a\0\0\0") + struct.pack(e + "HHI", 0x0112, kind, count) + value
    return (b"MM\0*" if big else b"II*\0") + struct.pack(e + "IH", 8, 2) + entries + bytes(4)


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def pack_rows(samples, depth):
    """samples: height x width x channels; filter byte 0 before each row."""
    rows = b""
    for row in samples:
        flat = row.reshape(-1)
        if depth == 16:
            rows += b"\0" + flat.astype(">u2").tobytes()
        elif depth == 8:
            rows += b"\0" + flat.astype(np.uint8).tobytes()
        else:
            bits = np.unpackbits(flat.astype(np.uint8)[:, None], axis=1)[:, 8 - depth:].reshape(-1)
            rows += b"\0" + np.packbits(bits).tobytes()
    return rows


def png(samples, color, depth, interlace, extra=b""):
    height, width = samples.shape[:2]
    if interlace:
        passes = [samples[y::dy, x::dx] for x, y, dx, dy in ADAM7]
        data = b"".join(pack_rows(p, depth) for p in passes if p.size)
    else:
        data = pack_rows(samples, depth)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, interlace)) + extra +
            chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b""))


class Pillow(unittest.TestCase):
    def setUp(self):
        self.rng = random.Random(SEED)
        self.tool = Tool()
        self.folder = tempfile.TemporaryDirectory()

    def tearDown(self):
        self.assertEqual(self.tool.close(), 0)
        self.folder.cleanup()

    def path(self, name, data=None):
        path = os.path.join(self.folder.name, name)
        if data is not None:
            with open(path, "wb") as f:
                f.write(data)
        return path

    def read(self, path):
        with open(path, "rb") as f:
            return f.read()

    def same(self, got, want, what):
        want = np.asarray(want)
        self.assertEqual(got.shape, want.shape, what)
        if not np.array_equal(got, want):
            at = np.argwhere(got != want)
            self.fail(f"{what}: {len(at)} of {got.size} differ, first at {at[0]}: {got[tuple(at[0])]}, Pillow {want[tuple(at[0])]}")

    def test_resize(self):
        for i in range(400):
            channels, filter = self.rng.choice((1, 3)), self.rng.choice((1, 2))
            most = self.rng.choice((3, 20, 90, 400))
            size, target = [(self.rng.randint(1, most), self.rng.randint(1, most)) for _ in range(2)]
            box = (0, 0, *size)
            if i % 3 == 0:
                left, top = self.rng.uniform(0, size[0] * 0.6), self.rng.uniform(0, size[1] * 0.6)
                box = tuple(float(np.float32(v)) for v in (left, top, self.rng.uniform(left + 0.1, size[0]), self.rng.uniform(top + 0.1, size[1])))
            if i % 10 == 0:
                target = (size[0], target[1])
            pixels = scene(self.rng, *size, channels)
            want = Image.fromarray(pixels).resize(target, FILTERS[filter], box)
            self.same(self.tool.resize(pixels, filter, box, target), want, f"seed {SEED} case {i}: {size} {box} -> {target}, filter {filter}")

    def test_extremes(self):
        for value in (0, 255):
            pixels = np.full((50, 70, 3), value, np.uint8)
            pixels[::2, 1::3] = 255 - value
            for filter in FILTERS:
                for target in ((1, 1), (69, 51), (300, 2), (7, 499)):
                    want = Image.fromarray(pixels).resize(target, FILTERS[filter])
                    self.same(self.tool.resize(pixels, filter, (0, 0, 70, 50), target), want, f"{value} -> {target}, filter {filter}")

    def test_resize_refuses(self):
        pixels = scene(self.rng, 4, 4)
        for box, size in (((0, 0, 4, 4), (0, 1)), ((0, 0, 4, 4), (1, -1)), ((1, 1, 1, 2), (1, 1)), ((0, 0, 5, 4), (1, 1)),
                          ((-1, 0, 4, 4), (1, 1)), ((float("nan"), 0, 4, 4), (1, 1)), ((0, 0, 4, 4), (2000000, 1)), ((0, 0, 4, 4), (999999, 999999))):
            with self.assertRaises(Refused):
                self.tool.resize(pixels, 1, box, size)

    def test_jpeg(self):
        for channels, mode in ((1, "L"), (3, "RGB")):
            for i, options in enumerate(({}, {"progressive": True}, {"quality": 100, "subsampling": 0}, {"quality": 30, "subsampling": 1},
                                         {"quality": 80, "subsampling": 2, "restart_marker_rows": 1}, {"optimize": True})):
                picture = Image.fromarray(scene(self.rng, self.rng.randint(1, 99), self.rng.randint(1, 99), channels))
                path = self.path(f"{mode}{i}.jpg")
                picture.save(path, **options)
                self.same(self.tool.load(path), Image.open(path), f"JPEG {mode} {options}")
                self.same(self.tool.load(path, 3), Image.open(path).convert("RGB"), f"JPEG {mode} {options} to RGB")
                self.same(self.tool.load(path, 1), Image.open(path).convert("L"), f"JPEG {mode} {options} to L")

    def test_jpeg_cmyk(self):
        picture = Image.fromarray(np.dstack([scene(self.rng, 41, 33), scene(self.rng, 41, 33, 1)]), "CMYK")
        for options in ({}, {"progressive": True}, {"quality": 95, "subsampling": 0}):
            path = self.path("cmyk.jpg")
            picture.save(path, **options)
            self.same(self.tool.load(path), Image.open(path).convert("RGB"), f"CMYK {options}")
            data = self.read(path)
            at = data.index(b"Adobe")
            for transform in (0, 2):
                path = self.path("ycck.jpg", data[:at + 11] + bytes([transform]) + data[at + 12:])
                self.same(self.tool.load(path), Image.open(path).convert("RGB"), f"CMYK, Adobe transform {transform}")

    def test_jpeg_rgb(self):
        path = self.path("rgb.jpg")
        Image.fromarray(scene(self.rng, 30, 20)).save(path, keep_rgb=True, quality=90)
        self.same(self.tool.load(path), Image.open(path), "JPEG without YCbCr")

    def test_orientation(self):
        for orientation in range(0, 10):
            for big in (False, True):
                for kind in (3, 4):
                    block = exif(orientation, big, kind)
                    for suffix in ("jpg", "png"):
                        path = self.path("turned." + suffix)
                        Image.fromarray(scene(self.rng, 37, 21)).save(path, exif=b"Exif\0\0" + block)
                        what = f"{suffix} orientation {orientation} big {big} type {kind}"
                        self.same(self.tool.load(path, 0, 1), Image.open(path), what + " kept")
                        want = Image.open(path)
                        if 2 <= orientation <= 8:
                            want = ImageOps.exif_transpose(want)
                        self.same(self.tool.load(path), want, what)

    def test_hostile_exif(self):
        block = exif(6, True)
        blocks = [block[:n] for n in range(len(block))]
        blocks += [bytes(self.rng.randrange(256) if self.rng.random() < 0.1 else b for b in block) for _ in range(100)]
        blocks += [block[:4] + struct.pack(">I", at) + block[8:] for at in (0, 7, 0x7FFFFFFF, 0xFFFFFFFF, 0xFFFFFFF8, len(block) - 1)]
        for block in blocks:
            path = self.path("hostile.jpg")
            Image.fromarray(scene(self.rng, 9, 5)).save(path, exif=b"Exif\0\0" + block)
            self.assertIn(self.tool.load(path).shape, ((5, 9, 3), (9, 5, 3)))

    def test_png(self):
        for color, channels, depths in ((0, 1, (1, 2, 4, 8, 16)), (2, 3, (8, 16)), (4, 2, (8, 16)), (6, 4, (8, 16))):
            for depth in depths:
                for interlace in (0, 1):
                    width, height = self.rng.randint(1, 40), self.rng.randint(1, 40)
                    samples = np.random.default_rng(depth).integers(0, 1 << depth, (height, width, channels))
                    path = self.path("a.png", png(samples, color, depth, interlace))
                    want = Image.open(path)
                    if depth == 16 and color == 0:  # Pillow cuts off at 255 here alone
                        want = (samples[:, :, 0] >> 8).astype(np.uint8)
                    else:
                        want = want.convert("RGB" if channels > 2 else "L")
                    self.same(self.tool.load(path), want, f"PNG colour {color} depth {depth} interlace {interlace}")

    def test_png_palette(self):
        for depth in (1, 2, 4, 8):
            for interlace in (0, 1):
                for alpha in (b"", chunk(b"tRNS", bytes([0, 128]))):
                    colors = np.random.default_rng(depth).integers(0, 256, (1 << depth, 3)).astype(np.uint8)
                    samples = np.random.default_rng(depth).integers(0, 1 << depth, (19, 23, 1))
                    path = self.path("p.png", png(samples, 3, depth, interlace, chunk(b"PLTE", colors.tobytes()) + alpha))
                    what = f"palette depth {depth} interlace {interlace} alpha {bool(alpha)}"
                    self.same(self.tool.load(path), Image.open(path).convert("RGB"), what)
                    self.same(self.tool.load(path, 1), Image.open(path).convert("L"), what + " to L")

    def test_png_transparent_color(self):
        samples = np.random.default_rng(1).integers(0, 256, (9, 8, 3))
        path = self.path("t.png", png(samples, 2, 8, 0, chunk(b"tRNS", samples[0, 0].astype(">u2").tobytes())))
        self.same(self.tool.load(path), samples, "RGB with a transparent colour")
        path = self.path("g.png", png(samples[:, :, :1], 0, 8, 0, chunk(b"tRNS", struct.pack(">H", 7)) + chunk(b"gAMA", struct.pack(">I", 99999))))
        self.same(self.tool.load(path), samples[:, :, 0], "grey with a transparent value and a gamma")

    def test_bmp_and_pnm(self):
        for width, height in ((1, 1), (2, 3), (5, 4), (31, 7)):
            picture = Image.fromarray(scene(self.rng, width, height))
            for name, mode in (("a.bmp", "RGB"), ("b.bmp", "RGBA"), ("c.bmp", "P"), ("d.bmp", "L"), ("e.ppm", "RGB"), ("f.pgm", "L")):
                path = self.path(name)
                (picture.quantize(7) if mode == "P" else picture.convert(mode)).save(path)
                want = Image.open(path)
                self.same(self.tool.load(path), want if name == "f.pgm" else want.convert("RGB"), f"{name} of {width} x {height}")
                data = self.read(path)
                for n in range(0, len(data), max(1, len(data) // 50)):
                    with self.assertRaises(Refused, msg=f"{name} cut off at {n} of {len(data)}"):
                        self.tool.load(self.path("cut-" + name, data[:n]))
        path = self.path("g.pgm", b"P5 # grey\n3 2\n# of 101 levels\n100\n" + bytes([0, 1, 50, 99, 100, 37]))
        self.same(self.tool.load(path), Image.open(path), "levels up to 100")

    def test_cut_off(self):
        pixels = scene(self.rng, 40, 30)
        for name, options, end in (("a.jpg", {}, 2), ("b.jpg", {"progressive": True}, 2), ("c.png", {}, 12)):
            path = self.path(name)
            Image.fromarray(pixels).save(path, **options)
            data, whole = self.read(path), self.tool.load(path)
            self.same(self.tool.load(self.path("cut-" + name, data[:-end])), whole, name + " without its end marker")
            for n in range(0, len(data) - end - 8, max(1, len(data) // 150)):
                with self.assertRaises(Refused, msg=f"{name} cut off at {n} of {len(data)}"):
                    self.tool.load(self.path("cut-" + name, data[:n]))

    def test_damaged(self):
        pixels = scene(self.rng, 40, 30)
        for name, options in (("a.jpg", {}), ("b.jpg", {"progressive": True}), ("c.png", {}), ("d.jpg", {"restart_marker_rows": 1}), ("e.bmp", {}), ("f.ppm", {})):
            path = self.path(name)
            Image.fromarray(pixels).save(path, **options)
            data = self.read(path)
            for _ in range(150):
                bad = bytearray(data)
                for _ in range(self.rng.randint(1, 4)):
                    bad[self.rng.randrange(len(bad))] = self.rng.randrange(256)
                try:
                    self.tool.load(self.path("bad-" + name, bad))
                except Refused as e:
                    self.assertIn("bad-" + name, str(e))

    def test_refuses(self):
        for name, data, word in (("empty.jpg", b"", "empty"), ("text.png", b"hello, this is no picture", "not a picture"), ("a.gif", b"GIF89a....", "GIF"),
                                 ("a.webp", b"RIFF\0\0\0\0WEBPVP8 ", "WebP"), ("a.bmp", b"BM" + bytes(60), "BMP"), ("a.ppm", b"P6 2 2 65535\n" + bytes(24), "PNM"),
                                 ("bomb.png", png(np.zeros((1, 1, 1)), 0, 8, 0).replace(struct.pack(">II", 1, 1), struct.pack(">II", 60000, 60000)), "")):
            with self.assertRaises(Refused) as refused:
                self.tool.load(self.path(name, data))
            self.assertIn(name, str(refused.exception))
            self.assertIn(word, str(refused.exception))
        for path in (self.path("missing.jpg"), self.folder.name):
            with self.assertRaises(Refused) as refused:
                self.tool.load(path)
            self.assertIn(path, str(refused.exception))

    def normalise(self, picture, divisor, mean, std):
        x = np.asarray(picture).astype(np.float32) / np.float32(divisor)
        return (x - np.array(mean, np.float32)) / np.array(std, np.float32)

    def crop(self, picture, resize, size, filter):
        w, h = picture.size
        short, long = min(w, h), max(w, h)
        longer = int(resize * long / short)
        picture = picture.resize((resize, longer) if w <= h else (longer, resize), filter)
        left, top = int(round((picture.width - size) / 2.0)), int(round((picture.height - size) / 2.0))
        return picture.crop((left, top, left + size, top + size))

    def test_presets(self):
        table = {"imagenet": (256, 224, *IMAGENET), "inception": (342, 299, *IMAGENET), "tf": (256, 224, 127.5, (1,) * 3, (1,) * 3),
                 "caffe": (256, 224, 1, (104, 117, 123), (1,) * 3)}
        for i in range(12):
            path = self.path("p.png")
            Image.fromarray(scene(self.rng, self.rng.randint(20, 500), self.rng.randint(20, 500))).save(path)
            for preset, (resize, size, divisor, mean, std) in table.items():
                for filter in (1, 2):
                    fitted = np.asarray(self.crop(Image.open(path), resize, size, FILTERS[filter]))
                    want = self.normalise(fitted[:, :, ::-1] if preset == "caffe" else fitted, divisor, mean, std)
                    what = f"seed {SEED} case {i}: {preset} filter {filter}"
                    self.same(self.tool.tensor(path, (-1, 3, size, size), preset, filter=filter), want.transpose(2, 0, 1)[None], what)
                    self.same(self.tool.tensor(path, (1, -1, -1, 3), preset, filter=filter), want[None], what + " NHWC, free size")
                    self.same(self.tool.tensor(path, (3, size, size), preset, filter=filter, dtype="float16"), want.transpose(2, 0, 1).astype(np.float16),
                              what + " float16")

    def test_stretch(self):
        path = self.path("s.png")
        Image.fromarray(scene(self.rng, 123, 77)).save(path)
        fitted = Image.open(path).resize((244, 200), Image.Resampling.BILINEAR)
        self.same(self.tool.tensor(path, (1, 3, 200, 244), "imagenet", fit=2), self.normalise(fitted, *IMAGENET).transpose(2, 0, 1)[None], "imagenet")
        self.same(self.tool.tensor(path, (1, 200, 244, 3), "-", fit=2, dtype="uint8"), np.asarray(fitted)[None], "uint8")
        self.same(self.tool.tensor(path, (1, 200, 244, 3), "raw", order=2, dtype="uint8"), np.asarray(fitted)[None, :, :, ::-1], "uint8 BGR")
        self.same(self.tool.tensor(path, (1, 3, -1, -1), "unit"), (np.asarray(Image.open(path)) / np.float32(255)).transpose(2, 0, 1)[None], "own size")
        grey = Image.open(path).convert("L").resize((28, 28), Image.Resampling.BILINEAR)
        self.same(self.tool.tensor(path, (1, 1, 28, 28), "unit"), (np.asarray(grey) / np.float32(255))[None, None], "grey")

    def test_letterbox(self):
        path = self.path("l.png")
        Image.fromarray(scene(self.rng, 120, 50)).save(path)
        want = np.full((60, 60, 3), 114, np.uint8)
        want[17:42] = np.asarray(Image.open(path).resize((60, 25), Image.Resampling.BILINEAR))
        self.same(self.tool.tensor(path, (1, 60, 60, 3), "raw", fit=3, dtype="uint8"), want[None], "letterbox")

    def test_tensor_refuses(self):
        path = self.path("r.png")
        Image.fromarray(scene(self.rng, 12, 5)).save(path)
        for dims, preset, dtype, word in (((1, 10), "-", "float32", "rank 4"), ((1, 2, 8, 8), "-", "float32", "channels"), ((1, 3, 8, 8), "nope", "float32", "imagenet"),
                                          ((2, 3, 8, 8), "-", "float32", "takes 2"), ((1, 3, 8, 8), "-", "int64", "int64"), ((1, 3, 0, 8), "-", "float32", "size"),
                                          ((1, 3, 8, 8), "unit", "uint8", "uint8"), ((1, 3, 4000000, 8), "-", "float32", "size")):
            with self.assertRaises(Refused) as refused:
                self.tool.tensor(path, dims, preset, dtype=dtype)
            self.assertIn(word, str(refused.exception))


if __name__ == "__main__":
    unittest.main(warnings="ignore")
