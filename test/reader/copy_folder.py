"""docs/format.md §13: a copy that is a folder, read with no other file."""

import pathlib
import re
import struct

from primitives import FormatError, cbor_decode, demand, sha256
from storage import Vault, parse_header

GONE = 0xFFFFFFFF
HEX32, HEX64, TEN = "[0-9a-f]{32}", "[0-9a-f]{64}", "[0-9]{10}"
NAMES = {
    "header": re.compile(f"vaults/({HEX32})/headers/({TEN})"),
    "segment": re.compile(f"vaults/({HEX32})/segments/({TEN})-({TEN})-([0-9]{{3}})-({HEX64})"),
    "chunk": re.compile(f"chunks/([0-9a-f]{{2}})/({HEX64})"),
    "lost": re.compile(f"lost/([0-9a-f]{{2}})/({HEX64})"),
}


def parse_name(name):
    """("marker",), ("header", vault, number), ("segment", vault, last, first, fork, hash), ("chunk" or "lost", id), or None."""
    if name == "coffre-copy":
        return ("marker",)
    for kind, pattern in NAMES.items():
        found = pattern.fullmatch(name)
        if not found:
            continue
        if kind in ("chunk", "lost"):
            folder, chunk = found.groups()
            return (kind, bytes.fromhex(chunk)) if chunk.startswith(folder) else None
        vault, *numbers = found.groups()
        vault = bytes.fromhex(vault)
        if kind == "header":
            return ("header", vault, int(numbers[0])) if int(numbers[0]) else None
        last, first, fork = map(int, numbers[:3])
        fits = 1 <= first <= last < 1 << 31 and last - first < 1024 and 1 <= fork <= 255
        return ("segment", vault, last, first, fork, bytes.fromhex(numbers[3])) if fits else None
    return None


def parse_marker(raw):
    demand(raw[:1] == b"\x01", "marker: unknown version")
    value = cbor_decode(raw[1:])
    demand(len(value["copy"]) == len(value["instance"]) == 16 and value["created"] >= 0, "marker: not as §13 says")
    demand(re.fullmatch("[A-Z]{2}", value.get("country", "CH")), "marker: not a country")
    return value


def parse_segment(raw):
    """Gives the vault id and a list of (header, body hash, body or None)."""
    entries = []
    try:
        version, vault, count = struct.unpack_from(">B16sI", raw)
        demand(version == 1 and 1 <= count <= 1024, "segment: unknown version, or a wrong number of entries")
        demand(count == 1 or len(raw) <= 64 << 20, "segment: too large")
        at = 21
        for _ in range(count):
            length, = struct.unpack_from(">I", raw, at)
            header, at = raw[at + 4:at + 4 + length], at + 4 + length
            digest, size = struct.unpack_from(">32sI", raw, at)
            at += 36
            body = None if size == GONE else raw[at:at + size]
            at += 0 if body is None else size
            entries.append((header, digest, body))
    except struct.error:
        raise FormatError("segment: cut off") from None
    demand(at == len(raw), "segment: not of its length")
    return vault, entries


class CopyFolder:
    """Gives what DataFolder gives, so that the same code reads both."""

    def __init__(self, path):
        self.path = pathlib.Path(path).resolve()
        self.problems = []
        self.instance = parse_marker((self.path / "coffre-copy").read_bytes())["instance"]
        self._headers, self._segments = {}, {}
        for file in sorted((self.path / "vaults").rglob("*")):
            named = parse_name(str(file.relative_to(self.path)))
            if named and file.is_file():
                {"header": self._headers, "segment": self._segments}[named[0]].setdefault(named[1], []).append((named, file))
        self.vaults = [Vault(self, id_, self._end(id_)) for id_ in sorted(self._headers.keys() | self._segments.keys())]

    def _end(self, vault):
        ends = [(fork, last, digest) for (_, _, last, _, fork, digest), _ in self._segments.get(vault, [])]
        return max(ends, default=(1, 0, bytes(32)))

    def problem(self, where, error):
        self.problems.append(f"{where}: {error}")

    def header_rows(self, vault):
        return [(named[2], file.read_bytes()) for named, file in self._headers.get(vault.id, [])]

    def entry_rows(self, vault):
        """(where it says it is, header, body hash, body) of every entry of every segment."""
        for (_, id_, last, first, fork, digest), file in self._segments.get(vault.id, []):
            try:
                inside, entries = parse_segment(file.read_bytes())
                demand(inside == id_ and len(entries) == last - first + 1, "it is not what its name says")
                before = None
                for sequence, (raw, body_hash, body) in enumerate(entries, first):
                    header = parse_header(raw)
                    demand(before in (None, header.previous) and header.sequence == sequence, "its entries do not follow each other")
                    before = header.hash(body_hash)
                    yield (header.fork, sequence, header.time), raw, body_hash, body
                demand(before == digest and header.fork == fork, "its last entry is another than its name says")
            except FormatError as error:
                vault.problem(f"segment {file.name}", error)

    def chunk(self, chunk_id):
        name = chunk_id.hex()
        try:
            return (self.path / "chunks" / name[:2] / name).read_bytes()
        except FileNotFoundError:
            return None

    def check_chunks(self):
        """Without keys: what the entries add and do not drop is there and has its id. Gives how many were read."""
        checked = 0
        for vault in self.vaults:
            for chunk in sorted(vault.live):
                stored = self.chunk(chunk)
                if stored is None or sha256(stored) != chunk:
                    vault.problem(f"chunk {chunk.hex()}", "it is missing or damaged")
                checked += 1
        return checked
