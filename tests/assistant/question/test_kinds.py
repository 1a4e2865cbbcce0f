import pytest

from assistant.question.kinds import Kind, depends_on_history, kind


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Who claimed the barrage?", "one"),
        ("What was the cost of the sea wall?", "one"),
        ("Which team won?", "one"),
        ("What is its address?", "one"),
        ("Which outlets reported the strike?", "several"),
        ("Which board members voted against it?", "several"),
        ("Which sports team was invited?", "one"),
        ("What percentage of voters stayed at home?", "one"),
        ("Which of these outlets was first?", "one"),
        ("What happened on 2 February?", "course"),
        ("What has happened since the burglary?", "course"),
        ("What happened to the boat?", "several"),
        ("What became of the boat?", "several"),
        ("Trace the price of the wall.", "course"),
        ("How did the strike run, from ballot to settlement?", "course"),
        ("How have the plans developed?", "course"),
        ("What were the stages of the case?", "course"),
        ("Give me a timeline of the strike", "course"),
        ("How did he change the law?", "reasons"),
        ("Who were the candidates?", "several"),
        ("Why did the baths close?", "reasons"),
        ("How did the thieves get in?", "reasons"),
        ("How many people died?", "one"),
        ("Did Salm appeal?", "yes_no"),
        ("Isn't the bridge closed?", "yes_no"),
    ],
)
def test_the_kind_of_a_question(question: str, expected: Kind) -> None:
    assert kind(question) == expected


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("And how many were hurt?", True),
        ("Why?", True),
        ("What about the second attack?", True),
        ("When was he sentenced?", True),
        ("What does that cost the residents of the northern quarter of the town?", True),
        ("What is the tower that burned down in the northern quarter made of?", False),
        ("What did their lawyer say about the sentence of four years in prison?", True),
        ("How many people died?", True),
        ("What happened there after the storm in November?", True),
        ("Who is Victor Salm?", False),
        ("Who said that 40 sailings of the company were cancelled?", False),
        ("When does the run-off for mayor take place?", False),
        ("How much did the strike win for the crews?", False),
        ("Which minister visited Cairo this week?", False),
        ("Mr. Salm", False),
        ('Who spoke of "a wall of water"?', False),
        ("Are gulls protected? If so, where?", True),
        ("How many ferries are there between Skerra and Port Ellery?", False),
    ],
)
def test_a_question_depends_on_the_one_before_it_or_changes_the_subject(
    question: str, expected: bool
) -> None:
    assert depends_on_history(question) is expected
