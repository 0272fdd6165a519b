"""What docs/format.md §2 to §6, §9 and §10 store: keys, entries, chunks, public headers, the data folder."""

import pathlib
import sqlite3
import struct
from dataclasses import dataclass

from primitives import (FormatError, aead_open, bech32_decode, box_open, cbor_decode, demand, ed25519_public,
                        ed25519_verify, hkdf, hmac256, padme, sha256, u32, unzstd, x25519_public)

PIECE = 4_194_304
TYPES = {1: "ordinary", 2: "inbox", 3: "drop", 4: "baseline"}


class EpochKeys:
    """§2"""

    def __init__(self, vault, epoch, secret):
        demand(len(secret) == 32, "an epoch secret is not 32 bytes")
        self.context = vault + u32(epoch)
        for label in ("entry", "content", "tag", "checkpoint", "ephemeral", "trace", "previous", "inbox"):
            setattr(self, label, hkdf(secret, b"", label.encode(), self.context))

    def open_previous(self, sealed):
        demand(len(sealed) == 49 and sealed[0] == 1, "previous: not 49 bytes of version 1")
        return aead_open(self.previous, b"previous" + self.context, sealed[1:], "previous")


def open_wrap(private, credential, vault, epoch, box):
    """§3: gives {"secret", "sign"?}"""
    return cbor_decode(box_open(private, b"wrap", credential + vault + u32(epoch), box, "wrap"))


def read_identity(path):
    """§4: a kit; §9: the instance key is read in the same way."""
    for line in pathlib.Path(path).read_text().splitlines():
        if line.startswith("AGE-SECRET-KEY-1"):
            return bech32_decode("age-secret-key-", line.strip())
    raise FormatError(f"{path}: no line starts with AGE-SECRET-KEY-1")


# §5: entries

@dataclass
class Header:
    raw: bytes
    aad: bytes
    type: str
    vault: bytes
    fork: int
    sequence: int
    time: int
    previous: bytes
    epoch: int
    salt: bytes
    added: list
    listed: list
    signature: bytes

    def hash(self, body_hash):
        return sha256(self.raw, body_hash)

    def signed(self, body_hash):
        return b"entry" + self.aad + body_hash


def parse_header(raw):
    layout = ">BBBB16sIQQ32sI32s"
    try:
        version, minimum, kind, zero, *fields = struct.unpack_from(layout, raw)
        demand(version >= 1 and minimum <= 1, "entry: made for a newer reader")
        demand(kind in TYPES and zero == 0, "entry: unknown type")
        at, lists = struct.calcsize(layout), []
        for _ in ("added", "listed"):
            count, = struct.unpack_from(">I", raw, at)
            demand(count <= 4096, "entry: too many chunk ids")
            lists.append([raw[i:i + 32] for i in range(at + 4, at + 4 + 32 * count, 32)])
            at += 4 + 32 * count
        signature = raw[at + 1:]
        demand(len(signature) == raw[at] == (64 if kind in (3, 4) else 0), "entry: wrong length of the header")
    except (struct.error, IndexError):
        raise FormatError("entry: header cut off") from None
    return Header(raw, raw[:at], TYPES[kind], *fields, *lists, signature)


def open_body(header, sealed, keys):
    """The plaintext P of a body; `keys` are those of the epoch of the entry."""
    if header.type == "inbox":
        return box_open(keys.inbox, b"inbox", header.aad, sealed, "body")
    return aead_open(hkdf(keys.entry, header.salt, b"body"), header.aad, sealed, "body")


def unpack_body(plaintext):
    demand(len(plaintext) >= 5 and plaintext[0] in (0, 1), "body: unknown codec")
    size, data = int.from_bytes(plaintext[1:5], "big"), plaintext[5:]
    demand(size <= 64 << 20, "body: too large")
    if plaintext[0] == 1:
        data = unzstd(data, size, "body")
    demand(len(data) == size, "body: not of its size")
    return data


# §6: chunks

def frame_tag(tag_key, frame_header, frame_length, data):
    return hmac256(tag_key, b"frame", frame_header, u32(frame_length), sha256(data))


def frame_length(data_length):
    return min(padme(14 + data_length), 14 + PIECE)


def check_reference(reference):
    demand(isinstance(reference, list) and len(reference) == 5, "not a piece reference")
    chunk, tag, size, epoch, digest = reference
    demand(all(isinstance(b, bytes) and len(b) == 32 for b in (chunk, tag, digest)), "not a piece reference")
    demand(type(size) is int and 0 < size <= PIECE and type(epoch) is int and epoch >= 0, "not a piece reference")


def open_piece(stored, reference, vault, epochs):
    """The piece behind a reference. `epochs` gives the keys by epoch."""
    chunk, tag, size, epoch, digest = reference
    what = f"chunk {chunk.hex()}"
    demand(sha256(stored) == chunk, f"{what}: the bytes are not those of the id")
    demand(stored[:1] == b"\x01", f"{what}: unknown version")
    demand(epoch == 0 or epoch in epochs, f"{what}: no key for epoch {epoch}")
    key = tag if epoch == 0 else hkdf(epochs[epoch].content, tag, b"chunk")
    frame = aead_open(key, b"chunk\x01" + vault, memoryview(stored)[1:], what)
    demand(len(frame) >= 14 and frame[0] == 1 and frame[1] in (0, 1), f"{what}: unknown frame")
    codec, (_, piece_size, length) = frame[1], struct.unpack(">III", frame[2:14])
    data = frame[14:14 + length]
    demand(len(data) == length and len(frame) == frame_length(length), f"{what}: the frame has another length")
    demand(not any(frame[14 + length:]), f"{what}: padded with something else than zeros")
    if epoch:
        demand(frame_tag(epochs[epoch].tag, frame[:14], len(frame), data) == tag, f"{what}: the frame tag is wrong")
    demand(piece_size == size, f"{what}: the piece has another size")
    piece = unzstd(data, size, what) if codec == 1 else data
    demand(len(piece) == size and sha256(piece) == digest, f"{what}: the piece has another SHA-256")
    return piece


# §10: public headers

def parse_public_header(raw):
    demand(len(raw) > 65 and raw[0] == 1, "public header: unknown version")
    value = cbor_decode(raw[65:])
    ed25519_verify(value["sign"], raw[1:65], b"public header" + raw[65:], "public header")
    return value


def walk_epochs(header, epoch, secret):
    """§2 and §10: from the secret of the newest epoch down; gives the keys by epoch."""
    inbox, previous = ({e[0]: e[i] for e in header["epochs"]} for i in (1, 2))
    keys = {}
    while True:
        keys[epoch] = EpochKeys(header["vault"], epoch, secret)
        demand(x25519_public(keys[epoch].inbox) == inbox.get(epoch), f"epoch {epoch}: the inbox key is another")
        if epoch == 1:
            return keys
        demand(previous.get(epoch), f"epoch {epoch}: the public header has no previous")
        secret = keys[epoch].open_previous(previous[epoch])
        epoch -= 1


def unlock(headers, private):
    """§10: the newest public header with a wrap for this key. Gives (header, keys by epoch), or None."""
    public = x25519_public(private)
    for header in sorted(headers, key=lambda h: -h["number"]):
        for credential, wrapped_to, epoch, box in header["wraps"]:
            if wrapped_to == public:
                opened = open_wrap(private, credential, header["vault"], epoch, box)
                demand(ed25519_public(opened["sign"]) == header["sign"], "public header: signed by another key")
                return header, walk_epochs(header, epoch, opened["secret"])
    return None


# §9: the data folder

class DataFolder:
    def __init__(self, path):
        self.path = pathlib.Path(path).resolve()
        self.problems = []
        wal = self.path / "journal.db-wal"
        # Without a log to apply, "immutable" leaves even the -shm file alone and works on read-only media.
        mode = "mode=ro" if wal.exists() and wal.stat().st_size else "mode=ro&immutable=1"
        self.db = sqlite3.connect(f"{(self.path / 'journal.db').as_uri()}?{mode}", uri=True)
        meta = dict(self.db.execute("SELECT key, value FROM meta"))
        demand(meta.get("reads", meta.get("format")) in (1, 2), "journal.db: wants a newer reader")
        self.instance = bytes.fromhex(meta["instance"])  # in hex; §9 says only "vault id"
        rows = self.db.execute("SELECT no, id, fork, sequence, hash FROM vault ORDER BY no").fetchall()
        self.no = {row[1]: row[0] for row in rows}
        self.vaults = [Vault(self, id_, end) for _, id_, *end in rows]

    def problem(self, where, error):
        self.problems.append(f"{where}: {error}")

    def header_rows(self, vault):
        return self.db.execute("SELECT number, bytes FROM public_header WHERE vault = ? ORDER BY number", (self.no[vault.id],))

    def entry_rows(self, vault):
        """(where it says it is, header, body hash, body) of every entry."""
        rows = self.db.execute("SELECT fork, sequence, time, header, body_hash, body FROM entry WHERE vault = ?",
                               (self.no[vault.id],))
        for fork, sequence, time, *rest in rows:
            yield (fork, sequence, time), *rest

    def chunk_rows(self):
        return self.db.execute("SELECT id, vault, state, size FROM chunk")

    def chunk(self, chunk_id):
        """Stored bytes, or None when they are not there; those that have the id where several places have some (§9)."""
        row = self.db.execute("SELECT c.size, d.bytes FROM chunk c LEFT JOIN chunk_data d ON d.no = c.data WHERE c.id = ?",
                              (chunk_id,)).fetchone()
        size, inside = row or (None, None)
        if inside is not None and sha256(inside) == chunk_id:
            return inside
        name = chunk_id.hex()
        try:
            stored = (self.path / "chunks" / name[:2] / name).read_bytes()
        except FileNotFoundError:
            return inside
        return stored if sha256(stored) == chunk_id else stored[:size]

    def check_chunks(self):
        """§6 and §9 without keys: what the headers of entries add and do not drop is there and has its id."""
        checked, rows = 0, {row[0]: row for row in self.chunk_rows()}
        for vault in self.vaults:
            for chunk in sorted(vault.live):
                row = rows.get(chunk)
                if not row or row[1] != self.no[vault.id] or row[2] != 2:
                    vault.problem(f"chunk {chunk.hex()}", "it is live by the entries, but not in the table")
        for chunk, no, state, size in rows.values():
            stored = self.chunk(chunk)
            if stored is None and state in (2, 3):
                self.problem(f"chunk {chunk.hex()}", "its bytes are missing")
            elif stored is not None:
                checked += 1
                if sha256(stored) != chunk or len(stored) != size:
                    self.problem(f"chunk {chunk.hex()}", "the bytes are not those of the id")
        return checked


class Vault:
    """A vault as far as it is known without any key; what is wrong goes to the problems of the folder."""

    def __init__(self, folder, id_, end):
        self.folder, self.id, self.name = folder, id_, id_.hex()
        self.headers = self._public_headers()
        self.entries, self.outside = self._chain(*end)
        self.dropped = {c for header, *_ in self.entries if header.type == "drop" for c in header.listed}
        self.live = set()
        for header, _ in self.entries:
            self.live.update(header.added)
            if header.type == "drop":
                self.live.difference_update(header.listed)

    def problem(self, where, error):
        self.folder.problem(f"vault {self.name}, {where}", error)

    def _public_headers(self):
        found = []
        for number, raw in self.folder.header_rows(self):
            try:
                value = parse_public_header(raw)
                demand(value["vault"] == self.id and value["number"] == number, "it is of another place")
                demand(not found or found[0]["sign"] == value["sign"], "it has another signing key")
                found.append(value)
            except (FormatError, KeyError, TypeError) as error:
                self.problem(f"public header {number}", error)
        if not found:
            self.problem("public headers", "there is none that can be used")
        return found

    def _chain(self, fork, sequence, head):
        """§5: from the head back by the hashes. Gives the entries in order, and how many are not in the chain.

        A reading: the sequence goes on through forks, whose numbers never fall; §5 does not say.
        """
        stored = {}
        for place, raw, body_hash, body in self.folder.entry_rows(self):
            try:
                header = parse_header(raw)
                demand((header.vault, header.fork, header.sequence, header.time) == (self.id, *place),
                       "the header is of another place")
                demand(body is None or sha256(body) == body_hash, "the body has another hash")
                if header.signature and self.headers:
                    ed25519_verify(self.headers[0]["sign"], header.signature, header.signed(body_hash), "entry")
                stored[header.hash(body_hash)] = (header, body)
            except FormatError as error:
                self.problem(f"entry {place[0]}/{place[1]}", error)
        count, chain = len(stored), []
        while sequence > 0:
            header, body = stored.pop(head, (None, None))
            if not header or header.sequence != sequence or header.fork > fork:
                self.problem(f"entry {sequence}", "the chain is broken: no entry has the hash that follows")
                return chain[::-1], count - len(chain)
            chain.append((header, body))
            fork, sequence, head = header.fork, sequence - 1, header.previous
        if head != bytes(32):
            self.problem("entry 1", "the chain does not begin with zeros")
        return chain[::-1], count - len(chain)

    def unlock(self, private):
        try:
            return unlock(self.headers, private)
        except (FormatError, KeyError, TypeError) as error:
            self.problem("opening", error)
            return None

    def bodies(self, epochs):
        """Gives (header, CBOR map of the body) in order. What does not open is a problem."""
        for header, sealed in self.entries:
            try:
                demand(sealed is not None, "the body is gone")
                demand(header.epoch in epochs, f"no key for epoch {header.epoch}")
                body = cbor_decode(unpack_body(open_body(header, sealed, epochs[header.epoch])))
                demand(isinstance(body, dict) and isinstance(body.get("ops"), list), "the body has no operations")
            except FormatError as error:
                self.problem(f"entry {header.sequence}", error)
                continue
            yield header, body
