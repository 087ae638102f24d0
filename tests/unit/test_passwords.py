"""Passwords."""

import pytest

from data_layer.appdb.passwords import MAX_LENGTH, WeakPassword, hash_password, is_outdated, is_right


def test_the_right_password_is_right_and_others_are_not() -> None:
    kept = hash_password("correct horse battery")
    assert kept.startswith("$argon2id$")
    assert is_right("correct horse battery", kept)
    assert not is_right("correct horse batterx", kept)
    assert not is_right("", kept)
    assert not is_outdated(kept)


def test_two_hashes_of_one_password_differ() -> None:
    assert hash_password("correct horse") != hash_password("correct horse")


@pytest.mark.parametrize("password", ["", "123456789", "x" * (MAX_LENGTH + 1)])
def test_too_short_and_too_long_are_refused(password: str) -> None:
    with pytest.raises(WeakPassword, match="10 to 200"):
        hash_password(password)


def test_what_is_cut_off_is_not_forgotten() -> None:
    kept = hash_password("x" * MAX_LENGTH)
    assert is_right("x" * MAX_LENGTH, kept)
    assert not is_right("x" * (MAX_LENGTH + 1), kept)


def test_keyboards_that_compose_letters_differently_agree() -> None:
    assert is_right("cafe\u0301 au lait", hash_password("caf\u00e9 au lait"))


def test_nobody_has_a_right_password() -> None:
    assert not is_right("nobody ever has this password", None)


def test_a_damaged_hash_refuses() -> None:
    assert not is_right("correct horse", "damaged")
