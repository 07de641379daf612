from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from augment.data import duplicates
from augment.data.duplicates import Duplicates, find_duplicates, fingerprint, report
from tests.data.images.picture_files import photograph

ENOUGH = 10**9


def near_hashes(count: int, seed: int) -> np.ndarray:
    """Return hashes of which many differ in few bits, and some in none."""
    random = np.random.default_rng(seed)
    centres = random.integers(0, 2**64, max(count // 6, 1), np.uint64)
    hashes = centres[random.integers(0, centres.size, count)]
    flips = random.integers(0, 9, count)
    for number in range(8):
        flipped = np.uint64(1) << random.integers(0, 64, count).astype(np.uint64)
        hashes = np.where(flips > number, hashes ^ flipped, hashes)
    return hashes


def by_comparing_all(hashes: np.ndarray, most: int) -> set[tuple[int, int]]:
    distance = np.bitwise_count(hashes[:, None] ^ hashes[None])
    return set(zip(*np.nonzero(np.triu(distance <= most, 1)), strict=True))


@pytest.mark.parametrize("most", [0, 3, 4, 7, 10])
def test_all_pairs_are_found_and_none_twice(most: int) -> None:
    for seed in range(3):
        hashes = near_hashes(300, seed)
        pairs, complete = duplicates.close_pairs(hashes, most, ENOUGH, ENOUGH)
        assert complete
        found = [tuple(pair) for pair in pairs.tolist()]
        assert len(found) == len(set(found)) > 0
        assert set(found) == by_comparing_all(hashes, most)


def test_pieces_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    hashes = near_hashes(200, 9)
    whole, _ = duplicates.close_pairs(hashes, 10, ENOUGH, ENOUGH)
    monkeypatch.setattr(duplicates, "_CHUNK", 7)
    pieces, complete = duplicates.close_pairs(hashes, 10, ENOUGH, ENOUGH)
    assert complete
    np.testing.assert_array_equal(whole, pieces)


@pytest.mark.parametrize("count", [0, 1])
def test_few_hashes_make_no_pair(count: int) -> None:
    pairs, complete = duplicates.close_pairs(np.zeros(count, np.uint64), 10, ENOUGH, ENOUGH)
    assert pairs.shape == (0, 2)
    assert complete


def test_the_search_stops_at_its_limits() -> None:
    hashes = np.full(3000, 12345, np.uint64)
    pairs, complete = duplicates.close_pairs(hashes, 10, ENOUGH, 1000)
    assert len(pairs) == 1000
    assert not complete
    pairs, complete = duplicates.close_pairs(hashes, 10, 1000, ENOUGH)
    assert len(pairs) < 3000 * 2999 // 2
    assert not complete


SIZE = 64
COUNT = 24
COPIES = {
    "saved again": lambda image: saved_as_jpeg(image, 60),
    "saved again, badly": lambda image: saved_as_jpeg(image, 30),
    "half as large": lambda image: cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=3),
    "brighter": lambda image: np.clip(image * 1.1 + 0.5, 0, 255).astype(np.uint8),
    "cut": lambda image: np.ascontiguousarray(image[3:-3, 4:-4]),
}


def saved_as_jpeg(image: np.ndarray, quality: int) -> np.ndarray:
    return cv2.imdecode(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], 1)


def prepared(images: list[np.ndarray]) -> np.ndarray:
    return np.stack([cv2.resize(image, (SIZE, SIZE), interpolation=3) for image in images])


def of(images: list[np.ndarray]) -> Duplicates:
    prints = [fingerprint(image) for image in images]
    digests = np.frombuffer(b"".join(digest for digest, _ in prints), np.uint8).reshape(-1, 32)
    return find_duplicates(digests, np.array([h for _, h in prints], np.uint64), prepared(images))


@pytest.fixture(scope="module")
def originals() -> list[np.ndarray]:
    return [photograph(200, 260, seed) for seed in range(COUNT)]


def test_the_digest_is_of_pixels_and_shape() -> None:
    image = photograph(40, 60)
    digest, _ = fingerprint(image)
    assert len(digest) == 32
    assert fingerprint(np.asfortranarray(image))[0] == digest
    assert fingerprint(image.reshape(60, 40, 3))[0] != digest
    other = image.copy()
    other[0, 0, 0] ^= 1
    assert fingerprint(other)[0] != digest


@pytest.mark.parametrize("shape", [(16, 16), (16, 3000), (127, 129), (128, 128), (701, 500)])
def test_pictures_of_any_shape_have_a_hash(shape: tuple[int, int]) -> None:
    image = photograph(*shape)
    assert 0 < fingerprint(image)[1] < 2**64
    assert fingerprint(image) == fingerprint(image.copy())


@pytest.mark.parametrize("shape", [(15, 15), (15, 3000), (3000, 15), (1, 1)])
def test_a_picture_of_few_pixels_has_no_hash(shape: tuple[int, int]) -> None:
    assert fingerprint(photograph(*shape))[1] == duplicates.FEATURELESS


def test_a_plain_picture_has_no_hash() -> None:
    noise = np.random.default_rng(1).integers(-2, 3, (90, 90, 3))
    assert fingerprint((128 + noise).astype(np.uint8))[1] == duplicates.FEATURELESS


@pytest.mark.parametrize("kind", COPIES)
def test_copies_are_found(originals: list[np.ndarray], kind: str) -> None:
    found = of(originals + [COPIES[kind](image) for image in originals])
    assert found.complete
    assert not len(found.exact)
    rows = np.arange(COUNT)
    np.testing.assert_array_equal(found.near, np.stack([rows, rows + COUNT], axis=1))
    np.testing.assert_array_equal(found.groups, np.tile(rows, 2))


def test_other_pictures_and_mirrored_ones_are_not(originals: list[np.ndarray]) -> None:
    mirrored = [np.ascontiguousarray(image[:, ::-1]) for image in originals]
    np.testing.assert_array_equal(of(originals + mirrored).groups, np.arange(2 * COUNT))


def test_the_same_hash_is_not_enough(originals: list[np.ndarray]) -> None:
    """The hash sees no colour, so the pixels have the last word."""
    other = [np.ascontiguousarray(image[..., ::-1] // 2 + 60) for image in originals]
    digests = np.random.default_rng(0).integers(0, 256, (2 * COUNT, 32), np.uint8)
    hashes = np.tile(np.array([fingerprint(image)[1] for image in originals], np.uint64), 2)
    found = find_duplicates(digests, hashes, prepared(originals + other))
    assert not len(found.near)


def test_of_equal_pictures_each_but_the_first_has_a_pair(originals: list[np.ndarray]) -> None:
    copy = saved_as_jpeg(originals[1], 60)
    found = of([originals[i] for i in (0, 1, 0, 2, 1, 0)] + [copy, copy])
    np.testing.assert_array_equal(found.exact, [[0, 2], [1, 4], [0, 5], [6, 7]])
    np.testing.assert_array_equal(found.near, [[1, 6]])
    np.testing.assert_array_equal(found.groups, [0, 1, 0, 3, 1, 0, 1, 1])


def test_plain_pictures_agree_about_nothing() -> None:
    """Whole pictures that have features may be prepared as nothing but their plain middles."""
    plain = np.full((2, SIZE, SIZE, 3), 90, np.uint8)
    plain[:, : SIZE // 2] += 1
    digests = np.random.default_rng(0).integers(0, 256, (2, 32), np.uint8)
    assert not len(find_duplicates(digests, np.full(2, 77, np.uint64), plain).near)


class Unread:
    def __getitem__(self, row: int) -> np.ndarray:
        raise AssertionError("a picture was read without need")


@pytest.mark.parametrize("equal", [True, False])
def test_very_many_blank_pictures_are_not_compared(equal: bool) -> None:
    digests = np.zeros((100_000, 32), np.uint8)
    if not equal:
        digests[:, :4] = np.arange(100_000, dtype=np.uint32).view(np.uint8).reshape(-1, 4)
    found = find_duplicates(digests, np.zeros(100_000, np.uint64), Unread())
    assert len(found.exact) == (99_999 if equal else 0)
    assert not len(found.near)
    assert found.complete


def test_many_pictures_with_one_hash_make_few_pairs(originals: list[np.ndarray]) -> None:
    frames = [originals[0] + np.uint8(number % 3) for number in range(400)]
    digests = np.random.default_rng(0).integers(0, 256, (400, 32), np.uint8)
    hashes = np.full(400, fingerprint(originals[0])[1], np.uint64)
    found = find_duplicates(digests, hashes, prepared(frames))
    assert len(found.near) == 399
    assert not found.groups.any()


def look_alikes(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return pictures that agree to about 0.95 with each other, and hashes that hardly differ."""
    random = np.random.default_rng(seed)
    common = photograph(16, 16, seed).astype(int)
    noise = random.normal(0, 0.23 * (common - common.mean((0, 1))).std(), (count, 16, 16, 3))
    images = np.clip(common + noise, 0, 255).round().astype(np.uint8)
    hashes = np.uint64(0b1011) << np.arange(count).astype(np.uint64)
    return images.repeat(4, axis=1).repeat(4, axis=2), hashes


@pytest.mark.parametrize(("count", "joined"), [(3, True), (20, False)])
def test_a_crowd_of_look_alikes_is_not_joined(count: int, joined: bool) -> None:
    images, hashes = look_alikes(count, 3)
    digests = np.random.default_rng(0).integers(0, 256, (count + 1, 32), np.uint8)
    copy = np.minimum(images[1], 254) + np.uint8(1)
    found = find_duplicates(
        digests, np.append(hashes, hashes[1]), np.append(images, copy[None], axis=0)
    )
    assert found.groups[count] == (0 if joined else 1), "a copy within a crowd is still one"
    assert (len(set(found.groups[:count])) == 1) is joined
    assert joined or len(found.near) == 1


def near(image: np.ndarray, agreement: float, seed: int) -> np.ndarray:
    """Return a picture of 16 x 16 pixels that agrees so far with another, before it is rounded."""
    centred = image - image.mean(axis=(0, 1))
    noise = np.random.default_rng(seed).normal(size=image.shape)
    noise -= noise.mean(axis=(0, 1))
    noise -= centred * (noise * centred).sum() / (centred**2).sum()
    length = np.linalg.norm(centred) * np.tan(np.arccos(agreement))
    return image + noise * length / np.linalg.norm(noise)


def found_among(pictures: list[np.ndarray]) -> tuple[Duplicates, np.ndarray]:
    """Find the same among pictures with nearly the same hash; return also how far any two agree."""
    images = np.clip(np.rint(pictures), 0, 255).astype(np.uint8).repeat(4, axis=1).repeat(4, axis=2)
    count = len(images)
    digests = np.random.default_rng(0).integers(0, 256, (count, 32), np.uint8)
    hashes = np.uint64(0b1011) << np.arange(count).astype(np.uint64)
    pairs = np.array([(one, other) for one in range(count) for other in range(count)])
    agree = duplicates._agreement(pairs, images).reshape(count, count)
    return find_duplicates(digests, hashes, images), agree


COMMON = 64 + photograph(16, 16, 3) / 2.0


def crowd(count: int) -> list[np.ndarray]:
    """Return pictures any two of which agree to about 0.95."""
    return [near(COMMON, 0.975, seed) for seed in range(count)]


@pytest.mark.parametrize(("count", "joined"), [(4, True), (5, False)])
def test_with_more_than_three_others_a_picture_is_in_a_crowd(count: int, joined: bool) -> None:
    found, agree = found_among(crowd(count))
    assert ((agree > 0.92) & (agree < 0.98) | np.eye(count, dtype=bool)).all()
    np.testing.assert_array_equal(found.groups, np.zeros(count) if joined else np.arange(count))


def test_a_picture_outside_a_crowd_is_not_joined_with_one_within() -> None:
    pictures = crowd(6)
    found, agree = found_among([*pictures, near(pictures[2], 0.925, 99)])
    assert (agree[6, :6] >= duplicates.LEAST_CORRELATION).tolist() == [False] * 2 + [True] + [
        False
    ] * 3
    np.testing.assert_array_equal(found.groups, np.arange(7))


@pytest.mark.parametrize(("agreement", "joined"), [(0.98, False), (0.995, True)])
def test_within_a_crowd_copies_are_those_that_agree_better(agreement: float, joined: bool) -> None:
    pictures = crowd(6)
    found, agree = found_among([*pictures, near(pictures[2], agreement, 99)])
    assert agree[6, 2] == pytest.approx(agreement, abs=0.002)
    np.testing.assert_array_equal(found.groups, [*range(6), 2 if joined else 6])


def test_pictures_of_nearly_one_hash_that_do_not_agree_are_no_crowd() -> None:
    others = [64 + photograph(16, 16, seed) / 2.0 for seed in range(10, 16)]
    found, agree = found_among([*others, near(others[2], 0.95, 99)])
    assert (agree >= duplicates.LEAST_CORRELATION).sum() == 7 + 2
    np.testing.assert_array_equal(found.groups, [*range(6), 2])


def test_nothing_at_all() -> None:
    found = find_duplicates(
        np.empty((0, 32), np.uint8), np.empty(0, np.uint64), np.empty((0, 8, 8, 3))
    )
    assert found.exact.shape == found.near.shape == (0, 2)
    assert found.groups.shape == (0,)


def test_the_report_names_the_splits_of_duplicates() -> None:
    """Rows 0, 3, 6 and 7 are equal, 4 is nearly the same; 1 and 8 nearly are; 2 and 5 equal."""
    duplicates_ = Duplicates(
        exact=np.array([[0, 3], [0, 6], [0, 7], [2, 5]]),
        near=np.array([[0, 4], [1, 8]]),
        groups=np.array([0, 1, 2, 0, 0, 2, 0, 0, 1, 9]),
    )
    splits = {
        "train": np.array([2, 1, 0]),
        "validation": np.array([3, 4]),
        "test": np.arange(5, 10),
    }
    found = report(duplicates_, splits, labels=np.array([0, 0, 0, 0, 1, 1, 0, 0, 0, 1]))
    rows = {names: pairs.rows.tolist() for names, pairs in found.across.items()}
    exact = {names: pairs.exact.tolist() for names, pairs in found.across.items()}
    assert rows == {
        ("train", "validation"): [[0, 3], [0, 4]],
        ("train", "test"): [[2, 5], [0, 6], [0, 7], [1, 8]],
        ("validation", "test"): [[3, 6], [3, 7]],
    }
    assert exact == {
        ("train", "validation"): [True, False],
        ("train", "test"): [True, True, True, False],
        ("validation", "test"): [True, True],
    }
    assert {split: pairs.rows.tolist() for split, pairs in found.within.items()} == {
        "validation": [[3, 4]],
        "test": [[6, 7]],
    }
    assert found.labels.rows.tolist() == [[0, 4], [2, 5]]
    assert found.labels.exact.tolist() == [False, True]


def test_rows_in_no_split_are_not_reported() -> None:
    alone = Duplicates(
        exact=np.array([[0, 1]]), near=np.empty((0, 2), np.int64), groups=np.array([0, 0, 2])
    )
    found = report(
        alone, {"train": np.array([1, 2]), "test": np.empty(0, int)}, np.array([0, 1, 1])
    )
    assert not found.across
    assert not found.within
    assert not len(found.labels)


def test_real_flowers_with_duplicates(extra_data: Path) -> None:
    """Of one class of Oxford Flowers 17 eighteen pictures are saved a second time."""
    folder = extra_data / "oxford_flowers17" / "iris"
    images = [cv2.imread(str(file))[..., ::-1] for file in sorted(folder.glob("*.jpg"))]
    found = of([np.ascontiguousarray(image) for image in images])
    assert len(images) == 80
    assert not len(found.exact)
    assert len(found.near) == 18
