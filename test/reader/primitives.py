"""Building blocks named by docs/format.md: CBOR, Bech32, HKDF, AEAD, HPKE, zstd, Padmé."""

import hashlib
import hmac
import struct

import zstandard
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


class FormatError(Exception):
    """Something is not as the document says, or does not authenticate."""


def demand(condition, message):
    if not condition:
        raise FormatError(message)


# §1: integers, hashes, derivation, AEAD

def u32(value):
    return struct.pack(">I", value)


def u64(value):
    return struct.pack(">Q", value)


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def hmac256(key, *parts):
    return hmac.digest(key, b"".join(parts), "sha256")


def expand(prk, info, length=32):
    out, block, count = b"", b"", 0
    while len(out) < length:
        count += 1
        block = hmac256(prk, block, info, bytes([count]))
        out += block
    return out[:length]


def hkdf(ikm, salt, *info):
    return expand(hmac256(salt, ikm), b"".join(info))


def aead_seal(key, aad, plaintext, nonce=bytes(12)):
    return AESGCM(key).encrypt(nonce, plaintext, aad)


def aead_open(key, aad, sealed, what, nonce=bytes(12)):
    try:
        return AESGCM(key).decrypt(nonce, bytes(sealed), aad)
    except (InvalidTag, ValueError):
        raise FormatError(f"{what} does not authenticate") from None


def unzstd(data, size, what):
    """One zstd frame that gives exactly `size` bytes; `size` was checked against a limit before."""
    reader = zstandard.ZstdDecompressor().decompressobj()
    try:
        demand(zstandard.frame_content_size(data) in (-1, size), f"{what}: the size in the zstd frame is another")
        out = reader.decompress(data)
    except zstandard.ZstdError as error:
        raise FormatError(f"{what}: {error}") from None
    demand(len(out) == size and not reader.unused_data, f"{what}: not one zstd frame of {size} bytes")
    return out


# §1: deterministic CBOR, only the types that occur

def cbor_decode(data):
    value, end = _item(bytes(data), 0)
    demand(end == len(data), "CBOR: bytes after the value")
    return value


def _item(data, at):
    demand(at < len(data), "CBOR: cut off")
    major, low = data[at] >> 5, data[at] & 31
    at += 1
    if major == 7:
        demand(low in (20, 21, 22), "CBOR: a simple value that does not occur")
        return {20: False, 21: True, 22: None}[low], at
    value = low
    if low >= 24:
        demand(low <= 27, "CBOR: indefinite or reserved length")
        width = 1 << (low - 24)
        value = int.from_bytes(data[at:at + width], "big")
        at += width
        demand(at <= len(data), "CBOR: cut off")
        demand(value >= (24 if width == 1 else 1 << (4 * width)), "CBOR: not the shortest length")
    if major == 0:
        return value, at
    if major == 1:
        return -1 - value, at
    if major in (2, 3):
        part = data[at:at + value]
        demand(len(part) == value, "CBOR: cut off")
        try:
            return (part if major == 2 else part.decode()), at + value
        except UnicodeDecodeError:
            raise FormatError("CBOR: text that is not UTF-8") from None
    demand(major in (4, 5), "CBOR: a tag")
    if major == 4:
        items = []
        for _ in range(value):
            item, at = _item(data, at)
            items.append(item)
        return items, at
    result, before = {}, b""
    for _ in range(value):
        start = at
        key, at = _item(data, at)
        demand(isinstance(key, str), "CBOR: a key that is not text")
        demand(data[start:at] > before, "CBOR: keys out of order")
        before = data[start:at]
        result[key], at = _item(data, at)
    return result, at


# §4: Bech32 (BIP-173) as age uses it

ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


def _polymod(values):
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            check ^= generator if top >> bit & 1 else 0
    return check


def bech32_decode(prefix, text):
    demand(text in (text.lower(), text.upper()), "Bech32: mixed case")
    text = text.lower()
    found, _, rest = text.rpartition("1")
    demand(found == prefix and all(c in ALPHABET for c in rest), f"Bech32: not {prefix}")
    values = [ALPHABET.index(c) for c in rest]
    demand(_polymod([ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix] + values) == 1,
           "Bech32: wrong check characters")
    bits = "".join(f"{value:05b}" for value in values[:-6])
    demand(len(bits) % 8 < 5 and "1" not in bits[len(bits) // 8 * 8:], "Bech32: wrong padding")
    return bytes(int(bits[i:i + 8], 2) for i in range(0, len(bits) // 8 * 8, 8))


# §2, §4: keys; §3: HPKE base mode, single shot

def x25519_public(private):
    return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def x25519(private, public):
    return X25519PrivateKey.from_private_bytes(private).exchange(X25519PublicKey.from_public_bytes(public))


def ed25519_public(seed):
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def ed25519_verify(public, signature, message, what):
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        raise FormatError(f"{what}: the signature is wrong") from None


def _hpke_key_and_nonce(shared_point, enc, public, info):
    """RFC 9180 §4.1 and §5.1: ExtractAndExpand of the KEM, then the key schedule of mode_base."""
    def extract(suite, salt, label, ikm):
        return hmac256(salt, b"HPKE-v1", suite, label, ikm)

    def labelled(suite, prk, label, info_, length):
        return expand(prk, struct.pack(">H", length) + b"HPKE-v1" + suite + label + info_, length)

    kem, suite = b"KEM\x00\x20", b"HPKE\x00\x20\x00\x01\x00\x02"
    shared = labelled(kem, extract(kem, b"", b"eae_prk", shared_point), b"shared_secret", enc + public, 32)
    context = b"\x00" + extract(suite, b"", b"psk_id_hash", b"") + extract(suite, b"", b"info_hash", info)
    secret = extract(suite, shared, b"secret", b"")
    return labelled(suite, secret, b"key", context, 32), labelled(suite, secret, b"base_nonce", context, 12)


def box_open(private, label, aad, box, what):
    demand(len(box) >= 49 and box[0] == 1, f"{what}: not a box of version 1")
    enc = bytes(box[1:33])
    key, nonce = _hpke_key_and_nonce(x25519(private, enc), enc, x25519_public(private), label)
    return aead_open(key, aad, box[33:], what, nonce)


def box_seal(ephemeral, public, label, aad, plaintext):
    """Only for the vectors, which give the ephemeral private key."""
    enc = x25519_public(ephemeral)
    key, nonce = _hpke_key_and_nonce(x25519(ephemeral, public), enc, public, label)
    return b"\x01" + enc + aead_seal(key, aad, plaintext, nonce)


# §6: Padmé

def padme(n):
    if n < 2:
        return n  # the formula has no value there; frames have at least 14 bytes
    e = n.bit_length() - 1
    low = e - e.bit_length()  # S = floor(log2 E) + 1 is the bit length of E
    return (n + (1 << low) - 1) >> low << low if low > 0 else n
