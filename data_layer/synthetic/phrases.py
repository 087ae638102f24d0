"""Pools of short texts: what customers and agents write, what staff note down."""

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Final

_AMOUNTS: Final = ("$120", "$250", "$480", "$1,200", "$2,500", "$75", "$10,000")
_THINGS: Final = ("retirement plan", "bond fund", "savings account", "balanced fund", "index fund")
_WHEN: Final = ("yesterday", "this morning", "on Monday", "last week", "two days ago", "last night")
_OPENERS: Final = ("", "Hi, ", "Hello, ", "Good evening, ", "Hey, ")
_ENDINGS: Final = ("", " Thanks", " Please help.", " Can you check?")

_FIRST: Final[Mapping[str, tuple[str, ...]]] = {
    "Refund": (
        "I am waiting for a refund of {amount} since {when}.",
        "the refund for my {thing} has not arrived.",
        "can I get a refund of the {amount} charged {when}?",
    ),
    "Pricing": (
        "what is the pricing of the {thing} now?",
        "could you send me the pricing for a {thing}? I want to invest {amount}.",
        "is the pricing different if I start with {amount}?",
    ),
    "Error": (
        "the app shows an error when I open my {thing}.",
        "I got an error {when} while paying in {amount}.",
        "there is an error on the page of my {thing}, it keeps loading.",
    ),
    "Login": (
        "I cannot login since {when}, my password is not accepted.",
        "my login is locked after three tries.",
        "the login code by text message never arrives.",
    ),
    "Transfer": (
        "my transfer of {amount} from {when} is still pending.",
        "how long does a transfer to my {thing} take?",
        "I want to transfer {amount} into my {thing}.",
    ),
    "Fees": (
        "why were fees of {amount} taken from my {thing}?",
        "the fees on my {thing} are higher than last year.",
        "can you explain the fees I paid {when}?",
    ),
    "Statement": (
        "my statement for last month is missing.",
        "I need a statement of my {thing} for the bank.",
        "the statement I downloaded {when} shows the wrong balance.",
    ),
    "Withdrawal": (
        "I asked for a withdrawal of {amount} {when}, where is it?",
        "how do I make a withdrawal from my {thing}?",
        "is there a penalty if my withdrawal is more than {amount}?",
    ),
    "Account opening": (
        "I would like to open an account for a {thing}.",
        "which documents do you need to open a {thing}?",
        "I started to open an account {when} and got stuck at identity check.",
    ),
    "Tax documents": (
        "when will the tax form for my {thing} be ready?",
        "my tax documents show {amount} too much income.",
        "I need the tax form again, I lost it {when}.",
    ),
}
TOPICS: Final = tuple(_FIRST)
TOPIC_SHARES: Final = (0.13, 0.12, 0.12, 0.13, 0.13, 0.10, 0.09, 0.08, 0.06, 0.04)


def _spread(templates: Sequence[str]) -> list[str]:
    texts = [
        opener + template.format(amount=amount, thing=thing, when=when) + ending
        for template in templates
        for opener, ending, (amount, thing, when) in product(
            _OPENERS, _ENDINGS, zip(_AMOUNTS[:5], _THINGS, _WHEN[:5], strict=True)
        )
    ]
    return [text[0].upper() + text[1:] for text in dict.fromkeys(texts)]


def _two(first: Sequence[str], second: Sequence[str]) -> list[str]:
    return [f"{one} {two}".strip() for one, two in product(first, second)]


_AGENT: Final = _two(
    (
        "Hello, thank you for writing.",
        "Good day, I am happy to help.",
        "Hi, thanks for your patience.",
        "Hello, I see.",
    ),
    (
        "Could you confirm your date of birth?",
        "I am looking into your {topic} question now.",
        "Let me check your account for the {topic} request.",
        "Which account is it about?",
        "I have found your {topic} request, one moment please.",
    ),
)
_FOLLOW: Final = _two(
    ("I have checked:", "Good news:", "An update:", "Thank you."),
    (
        "it was booked today and will be visible tomorrow.",
        "our specialists corrected it.",
        "I have sent you an e-mail with the details.",
        "please try once more and tell me what you see.",
        "it takes two business days.",
        "I have passed it on and will come back to you.",
    ),
)
_CUSTOMER: Final = _two(
    ("Okay.", "I see.", "Yes, sure.", "Hmm.", ""),
    (
        "It is the account ending in 4471.",
        "It still does not work.",
        "How long will that take?",
        "I sent it by e-mail.",
        "I can see it now.",
        "The number is on my statement.",
        "That is not what I was told on the phone.",
    ),
)
_EXTRA: Final = (
    "Is anybody there?",
    "I can send a screenshot.",
    "It is rather urgent.",
    "My customer number is in my profile.",
    "I tried it on my phone and on my computer.",
    "Sorry, I forgot to say: it is about the joint account.",
)
_THANKS: Final = (
    "Thank you!",
    "Great, thanks.",
    "Perfect, that solved it.",
    "Thanks for the quick help.",
    "Okay, thanks.",
)
_BOT: Final = (
    "Thank you for your message. A colleague will be with you shortly.",
    "We have received your message and will answer as soon as we can.",
)
_AGAIN: Final = (
    "It has happened again, please look once more.",
    "Unfortunately it is not solved yet.",
    "I still have the same problem as before.",
)
KINDS: Final = ("first", "bot", "extra", "agent", "customer", "follow", "thanks", "again")


def _pools() -> tuple[list[str], dict[str, list[tuple[int, int]]]]:
    texts: list[str] = []
    spans: dict[str, list[tuple[int, int]]] = {}
    shared = {
        "bot": _BOT,
        "extra": _EXTRA,
        "customer": _CUSTOMER,
        "follow": _FOLLOW,
        "thanks": _THANKS,
        "again": _AGAIN,
    }
    for kind in KINDS:
        spans[kind] = []
        for topic in TOPICS:
            if kind == "first":
                pool: Sequence[str] = _spread(_FIRST[topic])
            elif kind == "agent":
                pool = [text.format(topic=topic.lower()) for text in _AGENT]
            else:
                pool = shared[kind]
            spans[kind].append((len(texts), len(pool)))
            texts.extend(pool)
    return texts, spans


TEXTS, SPANS = _pools()  # SPANS[kind][topic]: where the kind's texts of a topic start in TEXTS, and how many

SUMMARIES: Final[Mapping[str, tuple[str, ...]]] = {
    "Call": tuple(
        _two(
            ("Spoke about", "Called regarding", "Short call on"),
            (
                "the pending transfer.",
                "contributions next year.",
                "market moves.",
                "a change of address.",
                "new options.",
            ),
        )
    ),
    "E-mail": tuple(
        _two(
            ("Answered a question on", "Sent documents for", "Wrote about"),
            ("fees and charges.", "the annual statement.", "the retirement plan.", "a beneficiary change."),
        )
    ),
    "Meeting": tuple(
        _two(
            ("Met to discuss", "Walked through", "Planned"),
            (
                "goals for the next five years.",
                "the new allocation.",
                "the move to a balanced fund.",
                "college savings.",
            ),
        )
    ),
    "Visit": tuple(
        _two(("Visited the client about", "On site for"), ("the employer plan.", "the signing.", "a workshop."))
    ),
    "Complaint": tuple(
        _two(
            ("Unhappy about", "Complained about", "Upset over"),
            ("the time to answer.", "fees on the account.", "an error in the statement.", "a missed call back."),
        )
    ),
    "Portfolio review": tuple(
        _two(
            ("Reviewed the portfolio:", "Quarterly review:", "Annual review:"),
            ("no change needed.", "rebalancing agreed.", "lower risk wanted.", "larger contribution agreed."),
        )
    ),
}
ACTIONS: Final = (
    "Send the proposal",
    "Call back with an answer",
    "Prepare the transfer form",
    "Check the fee and reply",
    "Arrange a meeting",
    "Send the updated statement",
    "Confirm the new contribution",
    "Ask compliance",
)
NOTES: Final = (
    "Done, client informed.",
    "Left a message.",
    "Form signed and filed.",
    "Client will decide next month.",
    "Sent by e-mail.",
    "No longer needed.",
    "Agreed on the phone.",
)
