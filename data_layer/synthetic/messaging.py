"""``conversations`` and ``messages``."""

from typing import Final

import numpy as np

from data_layer.synthetic.columns import flags, idents, moments, pick, take, whole
from data_layer.synthetic.crew import Crew
from data_layer.synthetic.directory import Contacts
from data_layer.synthetic.phrases import KINDS, SPANS, TEXTS, TOPICS
from data_layer.synthetic.scope import NEVER, Chunk, Int, Scope
from data_layer.synthetic.threads import AGAIN, ANSWER, BOT, CHANNELS, EXTRA, FIRST, LAST, PLACES, THANKS, Threads
from data_layer.synthetic.writer import Writer

STATUSES: Final = ("open", "pending", "done")
SENDERS: Final = ("customer", "agent", "bot")
_KIND: Final = {
    FIRST: "first",
    BOT: "bot",
    EXTRA: "extra",
    ANSWER: "agent",
    THANKS: "thanks",
    AGAIN: "again",
    LAST: "follow",
}
_SENDER: Final = {"bot": 2, "agent": 1, "follow": 1}


def _kinds() -> list[str]:
    """The kind of text at each place of a conversation; in the rounds customer and agent take turns."""
    return [_KIND.get(place, "customer" if place % 2 == 0 else "follow") for place in range(PLACES)]


def write_conversations(
    writer: Writer, scope: Scope, chunk: Chunk, who: Contacts, staff: Crew, what: Threads, first: int
) -> None:
    """``conversations``, by opening; scores 1–5; ids start after ``first``.

    ``resolved_at`` is the final resolution known; a thread reopened after it is open again.
    """
    rng = scope.rng("conversations", chunk.index)
    answered = what.times[:, ANSWER] <= scope.now
    done = (what.resolved <= scope.now) & ~((what.reopened <= scope.now) & (what.reopened > what.resolved))
    status = np.where(done, 2, np.where(answered & (rng.random(what.size) < 0.4), 1, 0))
    asked = done & answered & (rng.random(what.size) < 0.72)
    scored = asked & (rng.random(what.size) < 0.44)
    writer.write(
        "conversations",
        {
            "conversation_id": idents("K", np.arange(first + 1, first + what.size + 1), 9),
            "contact_id": take(who.ids, what.contact),
            "agent_id": take(staff.agent_ids, what.agent, what.assigned),
            "channel": pick(CHANNELS, what.channel),
            "status": pick(STATUSES, status),
            "topic": pick(TOPICS, what.topic, rng.random(what.size) < 0.93),
            "opened_at": moments(what.opened, scope.now),
            "first_response_at": moments(what.times[:, ANSWER], scope.now),
            "resolved_at": moments(what.resolved, scope.now),
            "reopened_at": moments(what.reopened, scope.now),
            "satisfaction_asked": flags(asked),
            "satisfaction_score": whole(np.clip(what.mood.round(), 1, 5).astype(np.int64), scored),
        },
    )


def _texts(rng: np.random.Generator, kinds: Int, topics: Int) -> Int:
    starts = np.array([[SPANS[kind][topic][0] for topic in range(len(TOPICS))] for kind in KINDS])
    sizes = np.array([[SPANS[kind][topic][1] for topic in range(len(TOPICS))] for kind in KINDS])
    draw = rng.random(len(kinds)) * sizes[kinds, topics]
    return np.asarray(starts[kinds, topics] + draw.astype(np.int64), np.int64)


def write_messages(
    writer: Writer, scope: Scope, chunk: Chunk, staff: Crew, what: Threads, first: int, first_thread: int
) -> None:
    """``messages``, by time; ids start after ``first``."""
    rng = scope.rng("messages", chunk.index)
    thread, place = np.nonzero(what.times <= min(scope.now, NEVER - 1))
    moment = what.times[thread, place]
    order = np.argsort(moment, kind="stable")
    thread, place, moment = thread[order], place[order], moment[order]
    kinds = _kinds()
    kind = np.array([KINDS.index(name) for name in kinds])[place]
    sender = np.array([_SENDER.get(name, 0) for name in kinds])[place]
    writer.write(
        "messages",
        {
            "message_id": idents("M", np.arange(first + 1, first + len(thread) + 1), 10),
            "conversation_id": idents("K", first_thread + 1 + thread, 9),
            "sender": pick(SENDERS, sender),
            "agent_id": take(staff.agent_ids, what.agent[thread], sender == 1),
            "sent_at": moments(moment, scope.now),
            "text": pick(TEXTS, _texts(rng, kind, what.topic[thread])),
        },
    )
