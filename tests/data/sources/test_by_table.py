"""Labels from tables as competitions have them."""

from __future__ import annotations

from pathlib import Path

import pytest

from augment.data.source import Listing
from augment.data.sources import by_table, folder, layout, zip_file
from augment.data.sources.layout import File, Layout, LeftOut
from augment.errors import DataError
from tests.data.sources.made_folders import filled, picture, zip_of
from tests.data.sources.test_folder import originals

IMAGES = tuple(f"images/{number:02d}.jpg" for number in range(6))
KINDS = ("rose", "daisy", "rose", "daisy", "rose", "tulip")


def arranged(
    tables: dict[str, str | bytes], paths: tuple[str, ...] = IMAGES
) -> tuple[Layout, tuple[str, ...]]:
    left_out = LeftOut()
    data = {
        name: text if isinstance(text, bytes) else text.encode() for name, text in tables.items()
    }
    found = layout.arrange(
        [File(path, 1, 1) for path in paths],
        (),
        left_out,
        "flowers",
        tables=[File(name, len(text), 1) for name, text in data.items()],
        read=lambda file: data[file.path],
    )
    return found, left_out.sentences()


def refusal(tables: dict[str, str | bytes], paths: tuple[str, ...] = IMAGES) -> str:
    with pytest.raises(DataError) as caught:
        arranged(tables, paths)
    message = str(caught.value)
    assert message.endswith(".")
    assert message.isprintable()
    assert len(message) < 500
    return message


def labels(found: Layout) -> dict[str, str]:
    return {file.path: found.class_name(file) for files in found.splits.values() for file in files}


def lines(head: str, *rows: str) -> str:
    return "\n".join([head, *rows]) + "\n"


def table(head: str = "id,label", name: str = "{:02d}.jpg", comma: str = ",") -> str:
    rows = (f"{name.format(number)}{comma}{kind}" for number, kind in enumerate(KINDS))
    return lines(head, *rows) if head else lines(*rows)


EXPECTED = dict(zip(IMAGES, KINDS, strict=True))


@pytest.mark.parametrize(
    "text",
    [
        table(),
        table("image_id,breed", "{:02d}"),
        table("id_code,diagnosis", "{:02d}"),
        table("filename;class", comma=";"),
        table("file_name\tspecies", comma="\t"),
        table("path,target", "images/{:02d}.jpg"),
        table("path,target", "C:\\data\\images\\{:02d}.jpg"),
        table("path,target", "/kaggle/input/images/{:02d}.jpg"),
        table("image,category", "{:02d}.png"),
        table("id,label", "{:d}"),
        table("", "{:02d}.jpg"),
        table("anything,whatever", "{:02d}"),
        table('"id","label"', '"{:02d}.jpg"'),
        table("id , label ", " {:02d}.JPG "),
        "\ufeff" + table(),
        table().encode("utf-16"),
        table().replace("\n", "\r\n"),
        lines("label,height,id", *(f"{kind},7,{n:02d}" for n, kind in enumerate(KINDS))),
        lines("id,age,label", *(f"{n:02d},{n % 3},{kind}" for n, kind in enumerate(KINDS))),
        lines(
            "id,label,class_name",
            *(f"{n:02d},{len(kind)},{kind}" for n, kind in enumerate(KINDS)),
        ),
        lines(
            "image_id,rose,daisy,tulip",
            *(
                f"{n:02d},{k == 'rose':d},{k == 'daisy':d},{k == 'tulip':d}"
                for n, k in enumerate(KINDS)
            ),
        ),
        lines(
            "image_id,rose,daisy,tulip",
            *(
                f"{n:02d},{k == 'rose':d}.0,{k == 'daisy':d}.0,{k == 'tulip':d}.0"
                for n, k in enumerate(KINDS)
            ),
        ),
    ],
)
def test_tables_in_every_shape(text: str | bytes) -> None:
    found, sentences = arranged({"labels.csv": text})
    assert labels(found) == EXPECTED
    assert found.class_names == ("daisy", "rose", "tulip")
    assert list(found.splits) == ["all"]
    assert sentences == ()
    assert "6 of 6 pictures have a label" in found.notes[0]
    assert found.warnings == ()


def test_the_columns_used_are_a_note() -> None:
    found, _ = arranged({"labels.csv": table("id,breed", "{:02d}")})
    assert found.notes == (
        "labels.csv: picture from 'id', label from 'breed'; 6 of 6 pictures have a label.",
    )
    found, _ = arranged(
        {"x.csv": lines("id,a,b", *(f"{n:02d},{n % 2},{1 - n % 2}" for n in range(6)))}
    )
    assert "label from the columns 'a', 'b'" in found.notes[0]


def test_numbers_are_classes_in_their_order() -> None:
    paths = tuple(f"{number}.jpg" for number in range(24))
    for text in ("{}", "{}.0"):
        rows = (f"{number},{text.format(number % 12)}" for number in range(24))
        found, _ = arranged({"train.csv": lines("id,label", *rows)}, paths)
        assert found.class_names == tuple(map(str, range(12)))


def test_labels_in_the_encoding_of_excel() -> None:
    kinds = ("Gänseblümchen", "Löwenzahn") * 3
    text = lines("id;Klasse", *(f"{n:02d};{kind}" for n, kind in enumerate(kinds)))
    assert set(labels(arranged({"a.csv": text.encode("cp1252")})[0]).values()) == set(kinds)

    text = f"sep=;\r\n{text}"
    found, _ = arranged({"a.csv": text.encode("cp1252")})
    assert set(labels(found).values()) == set(kinds)
    assert "picture from 'id', label from 'Klasse'" in found.notes[0]
    assert "The table was read as Western European" in found.notes[0]
    assert found.warnings == ()


@pytest.mark.parametrize(
    "tops", [("images_001", "images_002"), ("x/HAM_images_part_1", "x/HAM_images_part_2")]
)
def test_a_table_gives_the_labels_of_numbered_parts(tops: tuple[str, ...]) -> None:
    paths = tuple(f"{top}/{top[-1]}{n}.jpg" for top in tops for n in range(4))
    text = lines("id,label", *(f"{part}{n},{'ab'[n % 2]}" for part in (1, 2) for n in range(4)))
    assert arranged({"meta.csv": text}, paths)[0].class_names == ("a", "b")
    # Other folders are classes, and so are these without a table.
    assert len(arranged({}, paths)[0].class_names) == 2
    others = tuple(path.replace("images", "dogs").replace("part_", "") for path in paths)
    assert len(arranged({"meta.csv": text}, others)[0].splits["all"]) == len(paths)


def test_a_table_about_other_pictures_is_compared_with_them() -> None:
    message = refusal(
        {"labels.csv": lines("id,label", "x7,rose", "x8,daisy")}, ("i/b.jpg", "i/a.jpg")
    )
    assert "only one class, i" in message
    assert "(a row is x7 rose, a picture is called a.jpg)" in message


def test_pictures_that_are_all_there_twice_are_named() -> None:
    paths = tuple(f"{top}/{n}.jpg" for top in ("images", "pictures") for n in range(4))
    message = refusal({"labels.csv": lines("id,label", "0,a", "1,b", "2,a")}, paths)
    assert "several pictures at once, such as images/0.jpg and pictures/0.jpg; keep one" in message


def test_what_is_missing_on_either_side_is_counted() -> None:
    text = lines("id,label", "00,rose", "01,daisy", "02,", "77,rose", "78,daisy", "78,daisy")
    found, sentences = arranged({"labels.csv": text})
    assert labels(found) == {IMAGES[0]: "rose", IMAGES[1]: "daisy"}
    assert "2 of 6 pictures have a label" in found.notes[0]
    assert found.warnings == ("3 rows of labels.csv name no picture and are not used.",)
    assert sentences == tuple(
        f"{path} is left out: no row of the table gives it a label." for path in IMAGES[2:]
    )


def test_splits_by_a_column_by_several_tables_or_by_folders() -> None:
    expected = {"train": 2, "validation": 2, "test": 2}
    ways = ("train", "train", "val", "valid", "Test", "test")
    rows = (f"{n:02d},{kind},{way}" for n, (kind, way) in enumerate(zip(KINDS, ways, strict=True)))
    found, _ = arranged({"labels.csv": lines("id,label,split", *rows)})
    assert {split: len(files) for split, files in found.splits.items()} == expected
    assert "it also gives the splits" in found.notes[0]
    rows = (f"{n:02d},{kind},{n >= 4}" for n, kind in enumerate(KINDS))
    found, _ = arranged({"labels.csv": lines("id,label,is_valid", *rows)})
    assert {split: len(files) for split, files in found.splits.items()} == {
        "train": 4,
        "validation": 2,
    }
    parts = {
        name: lines("id,label", *(f"{n:02d},{KINDS[n]}" for n in (start, start + 1)))
        for name, start in {"train.csv": 0, "val.csv": 2, "test.csv": 4}.items()
    }
    found, _ = arranged(parts)
    assert {split: len(files) for split, files in found.splits.items()} == expected
    assert len(found.tables) == len(found.notes) == 3
    paths = tuple(f"{top}/{n}.jpg" for n, top in enumerate(("train", "train", "val", "val")))
    text = lines("id,label", *(f"{n},{KINDS[n]}" for n in range(4)))
    found, _ = arranged({"labels.csv": text}, paths)
    assert {split: len(files) for split, files in found.splits.items()} == {
        "train": 2,
        "validation": 2,
    }


def test_a_competition() -> None:
    paths = (*(f"train_images/{n}.png" for n in range(4)), *(f"test_images/{n}.png" for n in "45"))
    found, sentences = arranged(
        {
            "train.csv": lines("id_code,diagnosis", "0,rust", "1,scab", "2,rust", "3,scab"),
            "test.csv": lines("id_code,url", "4,x", "5,y"),
            "sample_submission.csv": lines("id_code,diagnosis", "4,rust", "5,rust"),
        },
        paths,
    )
    assert set(labels(found)) == set(paths[:4])
    assert {split: len(files) for split, files in found.splits.items()} == {"all": 4}
    assert any("sample_submission.csv is not used" in each for each in sentences)
    assert any(
        "test.csv is not used for labels: no column has labels" in each for each in sentences
    )


def test_the_same_name_in_two_folders_is_found_by_its_folder_or_left_out() -> None:
    paths = ("train/1.jpg", "train/2.jpg", "test/1.jpg", "test/2.jpg")
    found, _ = arranged({"train.csv": lines("id,label", "1,rose", "2,daisy")}, paths)
    assert labels(found) == {"train/1.jpg": "rose", "train/2.jpg": "daisy"}
    text = lines("id,label", "train/1,rose", "test/1,daisy", "2,rose")
    found, _ = arranged({"labels.csv": text}, paths)
    assert labels(found) == {"train/1.jpg": "rose", "test/1.jpg": "daisy"}
    assert "1 row of labels.csv names several pictures at once" in found.warnings[0]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (table() + "00.jpg,daisy\n", "00.jpg has two, rose in row 2 and daisy in row 8"),
        (
            lines("id,score", *(f"{n:02d},{n * 0.37:.2f}" for n in range(6))),
            "'score' has 6 different numbers, which are measurements",
        ),
        (
            lines("id,a,b", *(f"{n:02d},{'xy'[n % 2]},{'pq'[n % 2]}" for n in range(6))),
            "each of the columns 'a', 'b' may be the labels; call one of them label",
        ),
        (lines("id,label", *(f"{n:02d},rose" for n in range(6))), "fewer than two different"),
        (lines("id,", *(f"{n:02d},rose" for n in range(6))), "column '' has fewer than two"),
        (
            lines("id,a,b", "00,1,1", *(f"{n:02d},{n % 2},{1 - n % 2}" for n in range(1, 6))),
            "several of the classes 'a', 'b' at once",
        ),
        ("no table at all", "labels.csv is not used for labels: it is not a table"),
        (b"\x00\xff\xfe\x01" * 99, "labels.csv is not used for labels"),
        (
            lines("id,label", "x,rose", "y,daisy", "z,rose"),
            "no column has the names of the pictures",
        ),
        ("", "it is not a table"),
    ],
)
def test_tables_that_give_no_labels_are_refused_in_a_sentence(
    text: str | bytes, words: str
) -> None:
    assert words in refusal({"labels.csv": text})


def test_too_many_classes_are_refused() -> None:
    paths = tuple(f"{number}.jpg" for number in range(60))
    text = lines("id,label", *(f"{number},name {number}" for number in range(60)))
    assert "60 different labels for 60 pictures" in refusal({"labels.csv": text}, paths)


def test_a_table_that_is_too_large_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(by_table, "MOST_CELLS", 8)
    assert "more than 8 cells" in refusal({"labels.csv": table()})
    monkeypatch.setattr(by_table, "MOST_BYTES", 20)
    assert "at most 0.0 MB are read" in refusal({"labels.csv": table()})


def test_folders_of_classes_come_before_a_table() -> None:
    found, sentences = arranged({"labels.csv": table()}, ("a/00.jpg", "b/01.jpg"))
    assert found.class_names == ("a", "b")
    assert sentences == ("labels.csv is left out: the folders already give the classes.",)


def test_two_tables_that_disagree_are_refused() -> None:
    other = table().replace("rose", "lily")
    assert "a.csv and b.csv give the pictures different labels" in refusal(
        {"a.csv": table(), "b.csv": other}
    )
    found, sentences = arranged({"a.csv": table(), "b.csv": table()})
    assert labels(found) == EXPECTED
    assert sentences == ("b.csv is not used for labels: a.csv gives more labels, or the same.",)


def test_a_column_that_counts_the_rows_names_no_pictures() -> None:
    rows = (f"{5 - n},{n:02d},{kind}" for n, kind in enumerate(KINDS))
    found, _ = arranged({"train.csv": lines(",image_id,label", *rows)})
    assert labels(found) == EXPECTED
    rows = (f"{5 - n},{n},{kind}" for n, kind in enumerate(KINDS))
    found, _ = arranged({"train.csv": lines(",image_id,label", *rows)})
    assert labels(found) == EXPECTED


def test_a_table_of_other_facts_gives_no_labels() -> None:
    test = lines("id,age", *(f"{n:02d},{30 + n % 2}" for n in (4, 5)))
    train = lines("id,label", *(f"{n:02d},{KINDS[n]}" for n in range(4)))
    found, sentences = arranged({"train.csv": train, "test.csv": test})
    assert set(labels(found)) == set(IMAGES[:4])
    assert "column 'age' seems to be measured" in sentences[0]


def test_an_encoding_that_is_a_guess_is_a_warning() -> None:
    text = lines("id,label", *(f"{n:02d},{'猫狗'[n % 2]}" for n in range(6)))
    found, _ = arranged({"labels.csv": text.encode("gbk")})
    assert len(found.class_names) == 2
    assert "which is a guess; save it as UTF-8" in found.warnings[0]


@pytest.mark.parametrize("kind", ["folder", "zip"])
def test_a_folder_or_archive_with_a_table(tmp_path: Path, kind: str) -> None:
    data = {f"x/{path}": picture(path) for path in IMAGES}

    def opened(files: dict[str, bytes]) -> Listing:
        if kind == "folder":
            return folder.source(filled(tmp_path / "a", files)).open(lambda *_: None)
        return zip_file.source(zip_of(tmp_path / "a.zip", files)).open(lambda *_: None)

    found = opened({**data, "x/labels.csv": table().encode()})
    assert [(one.name, found.class_names[one.label]) for one in originals(found)] == [
        *EXPECTED.items()
    ]
    assert all(one.load(32).shape == (40, 60, 3) for one in originals(found))
    assert found.changed() == ""
    text = table().replace("tulip", "daisy").encode()
    other = opened({"x/labels.csv": text} | ({} if kind == "folder" else data))
    assert other.fingerprint != found.fingerprint
    assert found.changed() == "labels.csv has changed, images/05.jpg has changed"
