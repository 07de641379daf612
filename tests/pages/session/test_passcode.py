from __future__ import annotations

from pages.components.session.passcode import MOST_WRONG, SECONDS, Tries


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_few_wrong_passcodes_a_minute_then_words_even_for_the_right_one() -> None:
    clock = Clock()
    tries = Tries(clock)
    for wrong in ("", "sesam", "Sesame", "sesame ", "sésame")[:MOST_WRONG]:
        assert tries.check(wrong, "sesame") == "The passcode is wrong."
        clock.now += 1
    for given in ("guess", "sesame"):
        problem = tries.check(given, "sesame")
        assert problem == (
            f"There were {MOST_WRONG} wrong passcodes within a minute. "
            f"Try again in {SECONDS - MOST_WRONG:.0f} s."
        )
    clock.now += SECONDS - MOST_WRONG
    assert tries.check("sesame", "sesame") == ""
    assert tries.check("guess", "sesame") == "The passcode is wrong."
    assert "Try again in 1 s." in tries.check("guess", "sesame")


def test_right_passcodes_are_not_counted() -> None:
    tries = Tries(Clock())
    assert [tries.check("é", "é") for _ in range(3 * MOST_WRONG)] == [""] * (3 * MOST_WRONG)
