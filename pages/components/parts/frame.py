"""What a component gets at once: its texts as JSON, and the compressed pictures that belong to them.

A frame begins with a little-endian uint32, the length of the JSON header that follows; after it come the
sheets of pictures. `frame.js` reads it in the browser.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Mapping
from typing import Any


def packed(header: Mapping[str, Any], *sheets: bytes) -> bytes:
    """Return the frame with this header and these sheets."""
    text = json.dumps(header).encode()
    return b"".join([struct.pack("<I", len(text)), text, *sheets])


def header_of(frame: bytes) -> dict[str, Any]:
    """Return the header of a frame."""
    (length,) = struct.unpack_from("<I", frame)
    header: dict[str, Any] = json.loads(frame[4 : 4 + length])
    return header


def digest(shown: Mapping[str, Any], sheet: bytes = b"") -> str:
    """Return a name for what is shown: equal for equal texts and pictures alone."""
    return digest_of(json.dumps(shown).encode() + sheet)


def digest_of(content: bytes) -> str:
    """Return a name for these bytes."""
    return hashlib.blake2b(content, digest_size=16).hexdigest()
