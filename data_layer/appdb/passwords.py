"""Passwords: hashed with argon2id, compared in the same time for everybody."""

import threading
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MIN_LENGTH = 10
MAX_LENGTH = 200

# 19 MiB, two passes, one lane: OWASP's "Password Storage Cheat Sheet", argon2id.
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
# A burst of log-ins must not multiply the memory of one by the number of threads.
_at_once = threading.BoundedSemaphore(2)


class WeakPassword(ValueError):
    """A password that may not be set; the message says why."""


def hash_password(password: str) -> str:
    """The argon2id hash of a new password.  Raises ``WeakPassword`` when it is too short or too long."""
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        raise WeakPassword(f"A password needs {MIN_LENGTH} to {MAX_LENGTH} characters; this one has {len(password)}.")
    with _at_once:
        return _hasher.hash(_normal(password))


# Compared with when there is no such user, so that the answer takes as long as for a wrong password.
NOBODYS_HASH = _hasher.hash("nobody ever has this password")


def is_right(password: str, password_hash: str | None) -> bool:
    """Whether the password belongs to the hash.  None (no such user) costs the same time and is never right."""
    with _at_once:
        try:
            _hasher.verify(password_hash or NOBODYS_HASH, _normal(password[:MAX_LENGTH]))
        except (VerificationError, InvalidHashError):
            return False
    return password_hash is not None and len(password) <= MAX_LENGTH


def is_outdated(password_hash: str) -> bool:
    """Whether the hash was made with other parameters than today's and should be made anew."""
    return _hasher.check_needs_rehash(password_hash)


def _normal(password: str) -> str:
    """One form for a text that keyboards compose differently (é as one character or as two)."""
    return unicodedata.normalize("NFKC", password)
