"""Checks test/vectors/*.json. Values are taken from the inputs of a vector by the document and compared with its outputs."""

import base64
import json
import pathlib
import re
import struct

from copy_folder import parse_marker, parse_name, parse_segment
from primitives import (FormatError, aead_open, aead_seal, bech32_decode, box_open, box_seal, cbor_decode, ed25519_public,
                        ed25519_verify, hkdf, padme, sha256, u32, u64, unzstd, x25519, x25519_public)
from storage import (EpochKeys, frame_length, frame_tag, open_body, open_piece, open_wrap, parse_header,
                     parse_public_header, unlock, unpack_body, walk_epochs)

HEX = re.compile(r"(?:[0-9a-f]{2})*")


class Case(dict):
    """A map of a vector that counts what is compared, and knows what was never looked at."""

    count = 0

    def __init__(self, value):
        super().__init__((key, wrap(one)) for key, one in value.items())
        self.used = set()

    def __getitem__(self, key):
        """Hex is given as bytes."""
        self.used.add(key)
        value = super().__getitem__(key)
        return bytes.fromhex(value) if isinstance(value, str) and HEX.fullmatch(value) else value

    def same(self, **computed):
        for key, value in computed.items():
            Case.count += 1
            if self[key] != value:
                raise FormatError(f"{key} is another: {value!r:.200} instead of {self[key]!r:.200}")

    def unused(self, path=""):
        for key, value in self.items():
            if key not in self.used and key not in ("about", "name"):
                yield path + key
            for one in value if isinstance(value, list) else [value]:
                if isinstance(one, Case):
                    yield from one.unused(f"{path}{key}.")


def wrap(value):
    if isinstance(value, dict):
        return Case(value)
    return [wrap(one) for one in value] if isinstance(value, list) else value


def same_value(cbor, text):
    """The CBOR against its diagnostic notation. As the decoder takes only the deterministic encoding, that is both ways."""
    def plain(value):
        return {"$": value.hex()} if isinstance(value, bytes) else value
    value = cbor_decode(cbor)
    noted = json.loads(re.sub(r"h'([0-9a-f]*)'", r'{"$":"\1"}', text))
    Case.count += 1
    if json.dumps(value, default=plain, sort_keys=True) != json.dumps(noted, sort_keys=True):
        raise FormatError(f"the CBOR is not {text:.200}")
    return value


def epoch_keys(case):
    keys = EpochKeys(case["vault"], case["epoch"], case["secret"])
    for name in ("entry", "content", "tag", "checkpoint", "ephemeral", "trace"):
        if name + "Key" in case:
            case.same(**{name + "Key": getattr(keys, name)})
    if "inboxPublicKey" in case:
        case.same(inboxPrivateKey=keys.inbox, inboxPublicKey=x25519_public(keys.inbox))
    return keys


def box(file):
    """§3"""
    for case in file["cases"]:
        label, private, public = case["label"].encode(), case["privateKey"], case["publicKey"]
        case.same(publicKey=x25519_public(private), plaintext=box_open(private, label, case["aad"], case["box"], "box"),
                  enc=x25519_public(case["ephemeralPrivateKey"]), sharedPoint=x25519(private, case["enc"]),
                  box=box_seal(case["ephemeralPrivateKey"], public, label, case["aad"], case["plaintext"]))


def wrap_(file):
    """§2 and §3"""
    for case in file["epochs"]:
        epoch_keys(case)
    case = file["previous"]
    keys = EpochKeys(case["vault"], case["epoch"], case["secret"])
    case.same(secretBefore=keys.open_previous(case["sealed"]), aad=b"previous" + keys.context,
              sealed=b"\x01" + aead_seal(keys.previous, case["aad"], case["secretBefore"]))
    file["signing"].same(publicKey=ed25519_public(file["signing"]["seed"]))
    for case in file["wraps"]:
        private, public = case["privateKey"], x25519_public(case["privateKey"])
        aad = case["credential"] + case["vault"] + u32(case["epoch"])
        opened = open_wrap(private, case["credential"], case["vault"], case["epoch"], case["wrap"])
        if same_value(case["plaintext"], case["content"]) != opened or ("sign" in opened) != (case["kind"] != "app"):
            raise FormatError("the wrap holds something else")
        case.same(publicKey=public, aad=aad,
                  wrap=box_seal(case["ephemeralPrivateKey"], public, b"wrap", aad, case["plaintext"]))


def credential(file):
    """§4. Argon2id itself is not in the libraries of this reader: its result is taken from the vector."""
    import unicodedata
    for case in file["passwords"]:
        normal = unicodedata.normalize("NFC", case["password"]).encode()
        private = hkdf(case["argon2id"], b"", b"password", case["credential"])
        case.same(passwordNfcUtf8=normal, privateKey=private, publicKey=x25519_public(private))
        case.used |= {"salt", "memoryKiB", "passes"}
    for case in file["apps"]:
        secret = base64.b32decode(case["text"].replace("-", "").upper())
        private = hkdf(secret, b"", b"app")
        case.same(bytes=secret, privateKey=private, publicKey=x25519_public(private))
    words = []
    for case in file["kits"]:
        private = bech32_decode("age-secret-key-", case["identity"])
        public = x25519_public(private)
        digest = sha256(b"check words", private)
        case.same(privateKey=private, publicKey=public, checkDigest=digest)
        case.same(recipient=case["recipient"] if bech32_decode("age", case["recipient"]) == public else None)
        bits = f"{int.from_bytes(digest, 'big'):0256b}"
        words += zip((int(bits[i:i + 11], 2) for i in range(0, 44, 11)), case["checkWords"], strict=True)
    # The BIP-39 list is in alphabetical order, so the order of the numbers must be that of the words.
    if [word for _, word in sorted(words)] != sorted(word for _, word in words):
        raise FormatError("check words are not in the order of their numbers")


def entry(file):
    """§5"""
    keys, previous = epoch_keys(file["keys"]), bytes(32)
    public = ed25519_public(file["keys"]["signingSeed"])
    file["keys"].same(signingPublicKey=public)
    for number, case in enumerate(file["cases"], 1):
        header, sealed = parse_header(case["header"]), case["sealedBody"]
        case.same(minimumReader=header.raw[1], type=header.type, vault=header.vault, fork=header.fork,
                  sequence=header.sequence, timeMs=header.time, previousHash=header.previous, epoch=header.epoch,
                  salt=header.salt, added=[c.hex() for c in header.added], listed=[c.hex() for c in header.listed],
                  aad=header.aad, bodyHash=sha256(sealed), hash=header.hash(sha256(sealed)),
                  plaintext=open_body(header, sealed, keys), cbor=unpack_body(case["plaintext"]))
        if header.type == "inbox":
            made = box_seal(case["ephemeralPrivateKey"], x25519_public(keys.inbox), b"inbox", header.aad, case["plaintext"])
        else:
            case.same(bodyKey=hkdf(keys.entry, header.salt, b"body"))
            made = aead_seal(case["bodyKey"], header.aad, case["plaintext"])
        case.same(sealedBody=made)
        same_value(case["cbor"], case["content"])
        case.same(signature=header.signature or None, signed=header.signed(sha256(sealed)) if header.signature else None)
        if header.signature:
            ed25519_verify(public, header.signature, case["signed"], "entry")
        if (header.previous, header.sequence) != (previous, number):
            raise FormatError("the chain is broken")
        previous = case["hash"]


def chunk(file):
    """§6"""
    keys = epoch_keys(file["keys"])
    for case in file["cases"]:
        whole = "piece" in case  # else only hashes and lengths are given; the name tells the bytes
        piece = case["piece"] if whole else bytes(i * i % 251 for i in range(case["pieceLength"]))
        data = case["data"] if whole else piece
        codec = ["none", "zstd"].index(case["codec"])
        if (unzstd(data, len(piece), "data") if codec else data) != piece:
            raise FormatError("the data are not the piece")
        head = bytes([1, codec]) + u32(case["generation"]) + u32(len(piece)) + u32(len(data))
        length = frame_length(len(data))
        frame = head + data + bytes(length - 14 - len(data))
        reference = cbor_decode(case["referenceCbor"])
        same_value(case["referenceCbor"], case["reference"])
        if reference[3] == 0:  # content of an inbox entry: a random chunk key stands for the tag
            tag = key = case["chunkKey"]
        else:
            tag = frame_tag(keys.tag, head, length, data)
            key = hkdf(keys.content, tag, b"chunk")
        stored = b"\x01" + aead_seal(key, b"chunk\x01" + file["keys"]["vault"], frame)
        case.same(pieceSize=len(piece), pieceSha256=sha256(piece), frameHeader=head, frameLength=length,
                  dataSha256=sha256(data), tag=tag, chunkKey=key, chunkId=sha256(stored))
        if whole:
            case.same(frame=frame, stored=stored)
        else:
            case.same(dataLength=len(data), frameSha256=sha256(frame), storedLength=len(stored), storedSha256=sha256(stored))
        if reference != [case["chunkId"], tag, len(piece), reference[3], sha256(piece)]:
            raise FormatError("the reference is another")
        if open_piece(stored, reference, file["keys"]["vault"], {file["keys"]["epoch"]: keys}) != piece:
            raise FormatError("the reference opens another piece")
    file.same(padme=[[n, padme(n)] for n, _ in file["padme"]],
              frameLengths=[[n, frame_length(n)] for n, _ in file["frameLengths"]])


def links(file):
    """§4. Argon2id is taken from the vector, as for passwords."""
    for case in file["links"]:
        private = hkdf(case["derivedFrom"], b"", b"link", case["credential"])
        case.same(token=base64.b32decode(case["text"].replace("-", "").upper()), privateKey=private,
                  derivedFrom=case["token"] + (case["argon2id"] if "argon2id" in case else b""), publicKey=x25519_public(private),
                  proof=hkdf(case["token"], b"", b"link proof", case["credential"]))
        case.used |= {"password", "salt", "memoryKiB", "passes", "argon2id"}


def passkeys(file):
    """§4"""
    for case in file["passkeys"]:
        private = hkdf(case["output"], b"", b"passkey", case["credential"])
        case.same(privateKey=private, publicKey=x25519_public(private))


def operations(file):
    """§7 and §8: the notation against the CBOR"""
    for case in file["cases"]:
        same_value(case["cbor"], case["value"])


def ephemeral(file):
    """§9"""
    keys = epoch_keys(file["keys"])
    for case in file["cases"]:
        sealed = case["sealed"]
        aad = b"ephemeral" + bytes([case["kind"]]) + case["id"]
        key = hkdf(keys.ephemeral, sealed[5:37], b"row")
        case.same(salt=sealed[5:37], aad=aad, rowKey=key, cbor=aead_open(key, aad, sealed[37:], "row"))
        case.same(sealed=b"\x01" + u32(file["keys"]["epoch"]) + case["salt"] + aead_seal(key, aad, case["cbor"]))
        same_value(case["cbor"], case["content"])
    one = file["session"]
    key = hkdf(one["cookie"] + one["key"], cbor_decode(file["cases"][1]["cbor"])["salt"], b"session")
    aad = b"session" + one["credential"]
    one.same(sessionKey=key, idOfRow=sha256(b"session id" + one["cookie"])[:16],
             privateKey=aead_open(key, aad, one["sealedKey"], "session"), sealedKey=aead_seal(key, aad, one["privateKey"]))


def public_header(file):
    """§10"""
    kit, secrets = file["kit"], [bytes.fromhex(one) for one in file["epochSecrets"]]
    kit.same(publicKey=x25519_public(kit["privateKey"]))
    file["signing"].same(publicKey=ed25519_public(file["signing"]["seed"]))
    headers = []
    for case in file["cases"]:
        headers.append(parse_public_header(case["bytes"]))
        case.same(number=headers[-1]["number"], account=headers[-1]["account"], cbor=case["bytes"][65:],
                  signed=b"public header" + case["cbor"])
        cbor_decode(case["cbor"])
    header, keys = unlock(headers, kit["privateKey"])
    vault = header["vault"]
    if header != headers[-1] or header["sign"] != file["signing"]["publicKey"] or header["wraps"][0][0] != kit["credential"]:
        raise FormatError("another public header opens")
    if {e: k.entry for e, k in keys.items()} != {e: EpochKeys(vault, e, s).entry for e, s in enumerate(secrets, 1)}:
        raise FormatError("it opens to other secrets")
    walk_epochs(header, len(secrets), secrets[-1])


def checkpoint(file):
    """§11"""
    keys = epoch_keys(file["keys"])
    for case in file["cases"]:
        raw, image, at = case["bytes"], b"", 109
        _, vault, epoch, fork, sequence, digest, version, salt, size = struct.unpack(">B16sIIQ32sI32sQ", raw[:109])
        case.same(vault=vault, epoch=epoch, fork=fork, sequence=sequence, hash=digest, foldVersion=version, salt=salt,
                  imageSizeBytes=size, header=raw[:109])
        for index, segment in enumerate(case["segments"]):
            length, = struct.unpack_from(">I", raw, at)
            sealed, at = raw[at + 4:at + 4 + length], at + 4 + length
            key = hkdf(keys.checkpoint, salt, b"segment", u32(index), bytes([at == len(raw)]))
            frame = aead_open(key, raw[:109], sealed, "segment")
            segment.same(sealed=sealed, key=key, frame=frame)
            image += unzstd(frame, min(size - len(image), 4 << 20), "segment")
        if at != len(raw) or len(image) != size:
            raise FormatError("the image has another size")
        case.same(imageSha256=sha256(image))


def trace(file):
    """§12"""
    keys = file["keys"]
    keys.same(ownerInboxPublicKey=x25519_public(keys["ownerInboxPrivateKey"]))
    for case in file["cases"]:
        raw = case["record"]
        length, version, vault, time, epoch, salt, size = struct.unpack_from(">IB16sQI32sI", raw)
        part, rest = raw[69:69 + size], raw[69 + size:]
        if length != len(raw) - 4 or version != 1:
            raise FormatError("the record has another length or version")
        context = vault + u64(time)
        key = hkdf(keys["traceKey"], salt, b"record")
        case.same(vault=vault, timeMs=time, instanceEpoch=epoch, salt=salt, recordKey=key, context=context, instancePart=part,
                  instanceCbor=aead_open(key, b"trace" + context, part, "trace"))
        same_value(case["instanceCbor"], case["instanceItems"])
        if not rest:
            continue
        owner_epoch, = struct.unpack_from(">I", rest)
        opened = box_open(keys["ownerInboxPrivateKey"], b"trace", context, rest[4:], "owner's part")
        case.same(ownerEpoch=owner_epoch, box=rest[4:], ownerCbor=opened)
        same_value(case["ownerCbor"], case["ownerItems"])
        if box_seal(case["ephemeralPrivateKey"], keys["ownerInboxPublicKey"], b"trace", context, opened) != rest[4:]:
            raise FormatError("the owner's part is sealed otherwise")


def heads(file):
    """§9: slots of the file of heads"""
    for case in file["cases"]:
        slot = case["slot"]
        version, vault, fork, sequence, digest = struct.unpack_from(">B16sIQ32s", slot)
        if version != 1 or len(slot) != 128:
            raise FormatError("the slot has another length or version")
        case.same(vault=vault, fork=fork, sequence=sequence, hash=digest, summed=slot[:96])
        if sha256(slot[:96]) != slot[96:]:
            raise FormatError("the slot has another sum")


def copy(file):
    """§13"""
    for case in file["markers"]:
        marker = parse_marker(case["bytes"])
        case.same(copy=marker["copy"], instance=marker["instance"], createdMs=marker["created"], cbor=case["bytes"][1:],
                  **({"country": marker["country"]} if "country" in marker else {}))
        same_value(case["cbor"], case["content"])
    for case in file["segments"]:
        vault, entries = parse_segment(case["bytes"])
        case.same(vault=vault)
        for entry, (raw, digest, body) in zip(case["entries"], entries, strict=True):
            entry.same(header=raw, bodyHash=digest, body=body)
        last = parse_header(entries[-1][0])
        digest = last.hash(entries[-1][1])
        case.same(lastHash=digest)
        if parse_name(case["name"]) != ("segment", vault, last.sequence, last.sequence - len(entries) + 1, last.fork, digest):
            raise FormatError("the segment has another name")
    for name in file["names"]:
        if parse_name(name) is None:
            raise FormatError(f"{name} is a name of a copy")
    for name in file["foreign"]:
        if parse_name(name) is not None:
            raise FormatError(f"{name} is no name of a copy")


KNOWN = {"box": box, "wrap": wrap_, "credential": credential, "entry": entry, "chunk": chunk, "operations": operations,
         "operations-3": operations, "operations-deposit": operations, "instance-operations": operations, "instance-operations-3": operations, "links": links, "passkeys": passkeys, "ephemeral": ephemeral, "public-header": public_header,
         "checkpoint": checkpoint, "trace": trace, "copy": copy, "heads": heads}


def check_all(directory):
    files, problems = {}, []
    for path in sorted(pathlib.Path(directory).glob("*.json")):
        if path.stem not in KNOWN:
            problems.append(f"{path.name}: not a file of vectors that this reader knows")
            continue
        Case.count, file = 0, Case(json.loads(path.read_text()))
        try:
            KNOWN[path.stem](file)
        except Exception as error:  # whatever it is, it is named and the exit code tells
            problems.append(f"{path.name}: {type(error).__name__}: {error}")
        files[path.name] = {"checks": Case.count, "notLookedAt": sorted(set(file.unused()))}
    return {"files": files, "checks": sum(one["checks"] for one in files.values()), "problems": problems}
