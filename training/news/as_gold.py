"""Writes news questions as `python -m eval gold --gold` asks them, so that whole answers can be measured on them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from assistant.json_object import JsonObject
from training.news.news_data import News, NewsArticle, NewsQuestion, Place

KINDS = {"number": "how_many", "quotation": "attribution", "how": "why"}
"""Types that the gold set names differently."""

ARTICLES, QUESTIONS = "articles.jsonl", "questions.jsonl"


def write_as_gold(news: News, asked: News, folder: Path) -> None:
    """Write all articles of `news` to ingest, and the questions of `asked`, to files in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / ARTICLES, map(_article, news.articles.values()))
    # As `python -m ingest FOLDER/articles.jsonl` names them.
    sources = {
        id: f"{folder.resolve().name}/{ARTICLES}#{number}" for number, id in enumerate(news.articles, start=1)
    }
    _write(folder / QUESTIONS, (_question(each, news, sources) for each in asked.questions))


def _article(article: NewsArticle) -> JsonObject:
    return {
        "id": article.id,
        "outlet": article.outlet,
        "published": article.published.isoformat(),
        "title": article.title,
        "text": article.text,
    }


def _question(question: NewsQuestion, news: News, sources: Mapping[str, str]) -> JsonObject:
    row: JsonObject = {"id": question.id, "question": question.question}
    if question.history:
        row["history"] = [{"question": each.question, "answer": each.answer} for each in question.history]
    if question.type == "unanswerable" or question.verdict == "not_told":
        return {**row, "type": "unanswerable", "reason_code": "not_in_archive"}
    row["type"] = KINDS.get(question.type, question.type)
    if question.verdict:
        row["answers"] = [question.verdict]
    elif question.type in ("list", "conflict"):
        # Its parts decide, each proven by its sentence.
        row["answers"] = []
    else:
        row["answers"] = list(dict.fromkeys(_words(news, place, place.words) for place in question.answers))
    together = question.type in ("list", "conflict") or not question.answers
    proofs = _distinct(question.sentences if not question.answers else question.answers)

    def quoted(place: Place) -> JsonObject:
        return {
            "article": sources[place.article],
            "quote": _words(news, place, place.sentence),
        }

    row["support"] = [quoted(place) for place in (proofs if together else proofs[:1])]
    if not together and len(proofs) > 1:
        row["also_support"] = [quoted(place) for place in proofs[1:]]
    return row


def _words(news: News, place: Place, span: tuple[int, int]) -> str:
    return news.articles[place.article].text[slice(*span)]


def _distinct(places: Sequence[Place]) -> list[Place]:
    return list({(place.article, place.sentence): place for place in places}.values())


def _write(path: Path, rows: Iterator[JsonObject]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
