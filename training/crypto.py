"""Personal fields at rest: SM4-GCM for the value, HMAC-SM3 for the blind index and for commitments.

Software only: a hardware module would take the place of `_key`. The keys come from the settings; each use has a key of
its own, derived from them, so that an index never reveals what a ciphertext protects. Ciphertexts and indexes are made with
the SEAL_KEY, which can be replaced; chains and commitments with the DATA_KEY, which cannot.
"""

import hashlib
import hmac
import os
from contextlib import suppress
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import GCM
from django.conf import settings

_NONCE, _TAG = 12, 16


@lru_cache(maxsize=16)
def _key(purpose: str, secret: str) -> bytes:
    return hmac.digest(secret.encode(), b"training/" + purpose.encode(), "sha256")


def _secret() -> str:
    return settings.DATA_KEY


def seal(value: str) -> bytes:
    """Encrypt one personal value; empty text stays empty."""
    if not value:
        return b""
    nonce = os.urandom(_NONCE)
    encryptor = Cipher(SM4(_key("seal", settings.SEAL_KEY)[:16]), GCM(nonce)).encryptor()
    body = encryptor.update(value.encode()) + encryptor.finalize()
    return nonce + encryptor.tag + body


def unseal(blob: bytes | None) -> str:
    """The value that `seal` encrypted, now or under an earlier key. Raises InvalidTag when it was altered."""
    if not blob:
        return ""
    *earlier, last = (settings.SEAL_KEY, *settings.SEAL_KEYS_BEFORE)
    for secret in earlier:
        with suppress(InvalidTag):
            return _unsealed(bytes(blob), secret)
    return _unsealed(bytes(blob), last)


def _unsealed(blob: bytes, secret: str) -> str:
    nonce, tag, body = blob[:_NONCE], blob[_NONCE : _NONCE + _TAG], blob[_NONCE + _TAG :]
    decryptor = Cipher(SM4(_key("seal", secret)[:16]), GCM(nonce, tag)).decryptor()
    return (decryptor.update(body) + decryptor.finalize()).decode()


def blind_index(value: str) -> str | None:
    """A keyed fingerprint by which an encrypted value can be found; None for nothing."""
    if not value:
        return None
    return hmac.new(_key("index", settings.SEAL_KEY), value.encode(), _digest()).hexdigest()


def commitment(value: str) -> str:
    """What a hash chain holds in place of a personal value, so that the value can be erased and the chain still stands."""
    return hmac.new(_key("commit", _secret()), value.encode(), _digest()).hexdigest()


def link(previous: str, digest_of: str) -> str:
    """The next link of a hash chain: keyed, so that nobody with the tables alone can recompute it."""
    return hmac.new(_key("chain", _secret()), f"{previous}|{digest_of}".encode(), _digest()).hexdigest()


def seal_of_head(chain: str, sequence: int, end: str) -> str:
    """Proves where a chain ends: entries cut off at its end are missed even if the head was moved back to what is left."""
    return link(f"head of {chain}", f"{sequence}|{end}")


@lru_cache(maxsize=1)
def _digest() -> str:
    try:
        hashlib.new("sm3")
    except ValueError:  # an OpenSSL built without SM3
        return "sha256"
    return "sm3"


def mask_id_number(value: str) -> str:
    """First six and last two characters stay readable."""
    return f"{value[:6]}{'*' * 10}{value[-2:]}" if len(value) == 18 else "*" * len(value)


def mask_phone(value: str) -> str:
    return f"{value[:3]}****{value[-4:]}" if len(value) >= 11 else "*" * len(value)
