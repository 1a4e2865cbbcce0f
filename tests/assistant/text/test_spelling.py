import pytest

from assistant.text.letters import fold
from assistant.text.spelling import slips


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Yushchenkiy", "Yushchenky"),
        ("Tarasovskyy", "Tarasovsky"),
        ("Tarasovskii", "Tarasovskiy"),
        ("OConnell", "O’Connell"),
        ("O'Connell", "O’Connell’s"),
        ("Goedel", "Gödel"),
        ("Strasse", "Straße"),
        ("Thordis", "Þórdís"),
        ("Aeroe", "Ærø"),
        ("Djordjevic", "Djordjević"),
        ("Bartholomew", "Bartolomew"),
        ("Lindqvist", "Lindqwist"),
        ("Haraldsen", "Haraldson"),
        ("Marilda", "Marlida"),
    ],
)
def test_spellings_of_one_name_are_near(one: str, other: str) -> None:
    assert slips(one, other) is not None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Hale", "Hall"),
        ("Reyle", "Royce"),
        ("Brandt", "Brandell"),
        ("Titanic", "Tarnik"),
        ("Miller", "Hiller"),
        ("Zembla", "Zelensky"),
        ("Ann", "Jan"),
        ("", "Hale"),
    ],
)
def test_other_names_are_not(one: str, other: str) -> None:
    assert slips(one, other) is None


def test_letters_that_unicode_does_not_decompose_are_folded() -> None:
    assert fold("Łukasz Ørsted Đorđe Ðuro Işık Ærø Œuvre Großmann Þór Ħal") == (
        "lukasz orsted dorde duro isik aero oeuvre grossmann thor hal"
    )
