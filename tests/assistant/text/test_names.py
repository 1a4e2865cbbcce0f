import pytest

from assistant.text.names import name_spans, names


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        ("nobody was asked", []),
        ("Nobody was asked.", []),
        ("Rain fell. Wind rose.", []),
        ("Who is Nora Hale?", ["Nora Hale"]),
        ("Did Hale meet Brandt?", ["Hale", "Brandt"]),
        ("Hale met Hale.", ["Hale"]),
        ("The Skerra Line and the Harbour Ledger", ["Skerra Line", "Harbour Ledger"]),
        ("He spoke for the Bank of England in Port Ellery.", ["Bank of England", "Port Ellery"]),
        ("He met Ludwig van Beethoven and Ursula von der Leyen.", ["Ludwig van Beethoven", "Ursula von der Leyen"]),
        ("He saw Jean-Luc O’Brien's boat.", ["Jean-Luc O’Brien's"]),
        ("Ferry Crews Strike", ["Ferry Crews Strike"]),
        ("In Cairo it rained.", ["Cairo"]),
        ("Who met Øystein Ås in Łańcut?", ["Øystein Ås", "Łańcut"]),
        ("He said: “Rain fell.” Then Salm came.", ["Salm"]),
        ("UNESCO, the body, met.", ["UNESCO"]),
    ],
)  # fmt: skip
def test_names_are_found_by_their_capitals(text: str, found: list[str]) -> None:
    assert names(text) == found


def test_spans_cover_the_names() -> None:
    text = "The Skerra Line. Hale sold The Skerra Line."
    assert [text[start:end] for start, end in name_spans(text)] == ["Skerra Line", "Skerra Line"]
