"""`ask_user`: questions of the model to the person (chat.md section 6.5)."""

from typing import Any

from models import json_codec
from utils.chat.tools.tool import Calling, Tool
from utils.realtime import calls

NAME = "ask_user"
_SHORTEST, _USUAL, _LONGEST = 60_000, 120_000, 240_000


class BadQuestions(ValueError):
    """Questions that cannot be asked; the text is for the model."""


def normalised(arguments: dict[str, Any]) -> dict[str, Any]:
    """The questions in full form: `questions` with id, header, question, options, allow_other;
    `allow_other`, `timeout_ms`. Raises `BadQuestions`."""
    given = arguments.get("questions")
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise BadQuestions("questions must be a list of objects.")
    if not 1 <= len(given) <= 3:
        raise BadQuestions("one to three questions can be asked at once.")
    allow_other = arguments.get("allow_other", True) is not False
    questions: list[dict[str, Any]] = []
    for place, one in enumerate(given, 1):
        question = _question(one, place, allow_other)
        if any(question["id"] == other["id"] for other in questions):
            raise BadQuestions(f"two questions have the id {question['id']}.")
        questions.append(question)
    given_ms = arguments.get("timeout_ms")
    timeout = given_ms if isinstance(given_ms, int) and not isinstance(given_ms, bool) else _USUAL
    return {
        "questions": questions,
        "allow_other": allow_other,
        "timeout_ms": min(max(timeout, _SHORTEST), _LONGEST),
    }


def _question(one: dict[str, Any], place: int, allow_other: bool) -> dict[str, Any]:
    question_id, text, options = one.get("id"), one.get("question"), one.get("options")
    if not isinstance(question_id, str) or not question_id.strip():
        raise BadQuestions("every question needs an id.")
    if not isinstance(text, str) or not text.strip():
        raise BadQuestions("every question needs its text.")
    if not isinstance(options, list) or not 2 <= len(options) <= 3:
        raise BadQuestions("every question needs two or three options.")
    header = one.get("header")
    return {
        "id": question_id.strip(),
        "header": header.strip() if isinstance(header, str) and header.strip() else f"Question {place}",
        "question": text.strip(),
        "options": [_option(option) for option in options],
        "allow_other": one["allow_other"] is not False if "allow_other" in one else allow_other,
    }


def _option(option: Any) -> dict[str, str]:
    label = option.get("label") if isinstance(option, dict) else None
    about = option.get("description") if isinstance(option, dict) else None
    if not isinstance(label, str) or not label.strip() or not isinstance(about, str) or not about.strip():
        raise BadQuestions("every option needs a label and a description.")
    return {"label": label.strip(), "description": about.strip()}


def answered(answers: Any, *, timed_out: bool = False) -> str:
    """The result that the model is given; without answers the person declined."""
    if answers and not timed_out:
        return json_codec.dumps({"status": "answered", "answers": answers})
    said: dict[str, Any] = {"status": "cancelled", "answers": {}}
    return json_codec.dumps(said | {"timed_out": True} if timed_out else said)


def _ask_the_page(calling: Calling, arguments: dict[str, Any]) -> str:
    """In a chat that is not stored: the page is asked and the call waits."""
    question = normalised(arguments)
    said = calls.to_person(
        calling.turn.session_id,
        calling.turn.user.id,
        "request:user_input",
        question,
        place=(calling.turn.chat_id or "", calling.target.message_id),
        seconds=question["timeout_ms"] / 1000 + 5,
        waiting=calling.task,
    )
    if (
        not isinstance(said, dict)
        or said.get("error")
        or said.get("status", "answered") not in ("answered", "cancelled")
    ):
        return json_codec.dumps({"status": "error", "error": "The person's page gave no answer."})
    answers = said.get("answers")
    found = answers if said.get("status") != "cancelled" and isinstance(answers, dict) else None
    return answered(found, timed_out=bool(said.get("timed_out")))


TOOL = Tool(
    NAME,
    {
        "name": NAME,
        "description": (
            "Put one to three short questions to the person and wait for the answers. Use it when the next step "
            "depends on a wish or a choice that you cannot know. It must be the only call of its turn."
        ),
        "parameters": {
            "properties": {
                "questions": {
                    "description": (
                        "One to three objects with id, header, question, and two or three options, each with label "
                        "and description; the option you would take comes first."
                    ),
                    "items": {"additionalProperties": True, "type": "object"},
                    "type": "array",
                },
                "allow_other": {
                    "default": True,
                    "description": "Whether the person may write an answer of their own.",
                    "type": "boolean",
                },
                "timeout_ms": {
                    "default": _USUAL,
                    "description": "Milliseconds after which an open question counts as declined.",
                    "type": "integer",
                },
            },
            "required": ["questions"],
            "type": "object",
        },
    },
    _ask_the_page,
)
