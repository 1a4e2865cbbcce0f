"""A server that answers from a script by OpenAI's protocol, cites by Anthropic's and embeds by Ollama's.

`python scripted.py PORT` starts it.

The model's name decides what it answers and how it fails. `patient` sends its first sentence and waits for a POST to
`/go`; if none comes, it closes the connection. The vector of a text is the number of times it has each letter.
"""

import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TRUE = "The union claimed that 40 sailings were cancelled [1]."
LIES = [
    "The union claimed that 14 sailings were cancelled [1].",
    "The company said 40 sailings were cancelled [1].",
    "The union said that it was “a black day for the islands” [1].",
    "Nora Hale stopped work on Monday [1].",
    "Ferry crews in Port Ellery did not stop work on Monday [1].",
    "Ferry crews in Port Ellery stopped work on Tuesday [1].",
    "The company will pay everyone who waits [1].",
]
"""Sentences that the stories of the tests do not support: number, speaker, quotation, name, negation, date, more."""

CITING = ["The union claimed that 40 sailings [", "1] were cancelled [7", "]. The company", " said 12 [1]."]
PIECES = {
    "citing": CITING,
    "patient": CITING,
    "dropping": CITING[:3],
    "malformed": CITING[:1],
    "filtered": [],
    "lying": [f"{sentence} " for sentence in [*LIES, TRUE]],
    "misciting": [
        "The union claimed that 40 sailings were cancelled [2]. Mayor Ida Brandt called it prudent [1]."
    ],
    "thinking": ["<think>Is it 14 [1]? ", "The union claimed 14 [1].</th", "ink>", TRUE],
    "overflowing": [TRUE],
}
STATUSES = {"refusing": 401, "unknown": 404, "limiting": 429, "failing": 500, "unavailable": 503}
LONGEST_PROMPT = 1_900
"""Characters that `overflowing` takes; a longer prompt is an error."""
KEY = "sk-repeated-by-the-server"
"""Part of its error messages, because some servers repeat the key they were sent."""

PATIENCE_SECONDS = 240


def letters(asked: dict[str, Any]) -> list[list[float]]:
    """Return the vectors of the texts in a request."""
    texts = [asked["input"]] if isinstance(asked["input"], str) else asked["input"]
    return [[float(text.count(letter)) for letter in "abcdefghijklmnopqrstuvwxyz:"] for text in texts]


class Handler(BaseHTTPRequestHandler):
    """Answers one request."""

    protocol_version = "HTTP/1.1"
    go = threading.Event()

    def do_GET(self) -> None:
        self._reply(200, {"status": "ok"})

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])) or "null")
        if self.path == "/go":
            self.go.set()
            self._reply(200, {})
        elif self.path == "/v1/messages":
            self._cite(asked)
        elif (model := asked["model"]) == "overflowing" and len(str(asked["messages"])) > LONGEST_PROMPT:
            error = {"message": f"context of {KEY} exceeded", "code": "context_length_exceeded"}
            self._reply(400, {"error": error})
        elif model in STATUSES:
            self._reply(STATUSES[model], {"error": {"message": f"no good: {KEY}"}})
        elif self.path == "/v1/embeddings":
            rows = [
                {"object": "embedding", "index": n, "embedding": row} for n, row in enumerate(letters(asked))
            ]
            self._reply(200, {"object": "list", "data": rows, "model": model})
        elif self.path == "/api/embed":
            self._reply(200, {"model": model, "embeddings": letters(asked)})
        else:
            self._stream(model)

    def _cite(self, asked: dict[str, Any]) -> None:
        """Answer by Anthropic's protocol with the first sentence of the passage that has the union's claim."""
        blocks = [block for block in asked["messages"][-1]["content"] if block["type"] == "search_result"]
        places = [
            (n, m, sentence["text"])
            for n, block in enumerate(blocks)
            for m, sentence in enumerate(block["content"])
            if sentence["text"] == TRUE.removesuffix(" [1].") + "."
        ]
        [(n, m, sentence)] = places
        location = {
            "type": "search_result_location", "search_result_index": n, "start_block_index": m,
            "end_block_index": m + 1, "cited_text": sentence, "source": blocks[n]["source"],
            "title": blocks[n]["title"],
        }  # fmt: skip
        usage = {"input_tokens": 300, "output_tokens": 12}
        message = {
            "id": "1", "type": "message", "role": "assistant", "model": asked["model"], "content": [],
            "stop_reason": None, "stop_sequence": None, "usage": usage,
        }  # fmt: skip
        delta = {"type": "content_block_delta", "index": 0}
        self._begin_stream()
        for event in (
            {"type": "message_start", "message": message},
            {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
            {**delta, "delta": {"type": "text_delta", "text": sentence[:20]}},
            {**delta, "delta": {"type": "text_delta", "text": sentence[20:]}},
            {**delta, "delta": {"type": "citations_delta", "citation": location}},
            {"type": "content_block_stop", "index": 0},
            {
                "type": "message_delta",
                "delta": {"stop_reason": "end_turn", "stop_sequence": None},
                "usage": usage,
            },
            {"type": "message_stop"},
        ):
            self._chunk(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode())
        self._chunk(b"")

    def _begin_stream(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def _stream(self, model: str) -> None:
        self._begin_stream()
        for number, piece in enumerate(PIECES[model]):
            self._event(model, {"role": "assistant", "content": piece}, None)
            if model == "patient" and number == 2 and not self.go.wait(PATIENCE_SECONDS):
                self.close_connection = True
                return
            time.sleep(0.02)
        if model == "dropping":
            # Without the chunk of length 0 the client knows that the stream is incomplete.
            self.close_connection = True
            return
        if model == "malformed":
            self._chunk(b"data: {broken\n\n")
        self._event(model, {}, "content_filter" if model == "filtered" else "stop")
        self._chunk(b"data: [DONE]\n\n")
        self._chunk(b"")

    def _event(self, model: str, delta: dict[str, str], finish_reason: str | None) -> None:
        choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
        event = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": model}
        self._chunk(b"data: %s\n\n" % json.dumps({**event, "choices": [choice]}).encode())

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))

    def _reply(self, status: int, body: object) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
