#!/usr/bin/python3
"""An independent reader of the stored format, written from docs/format.md alone. See README.md."""

import argparse
import hashlib
import json
import os
import pathlib
import sys

sys.dont_write_bytecode = True

from copy_folder import CopyFolder  # noqa: E402
from fold import Files, Instance, fold  # noqa: E402
from primitives import FormatError, demand  # noqa: E402
from storage import DataFolder, open_piece, read_identity  # noqa: E402
import vectors  # noqa: E402


def open_folder(path):
    """A data folder (§9), or a copy of one (§13)."""
    return (CopyFolder if (pathlib.Path(path) / "coffre-copy").exists() else DataFolder)(path)


def write_file(folder, vault, epochs, version, path, seen):
    """§6 and §7: the pieces one after another; nothing is left behind when one does not open."""
    digest = hashlib.sha256()
    try:
        with open(path, "xb") as out:
            for reference in version.pieces:
                piece = read_piece(folder, vault, epochs, reference, seen)
                digest.update(piece)
                out.write(piece)
        demand(digest.digest() == version.sha256, "the file has another SHA-256")
        demand(abs(version.mtime) < 1 << 43, "the time of the file is out of range")
        os.utime(path, ns=(version.mtime * 1_000_000,) * 2)
    except FormatError:
        os.unlink(path)
        raise


def read_piece(folder, vault, epochs, reference, seen):
    stored = folder.chunk(reference[0])
    seen.add(tuple(reference))
    demand(stored is not None, f"chunk {reference[0].hex()}: its bytes are missing")
    return open_piece(stored, reference, vault.id, epochs)


def extract(args):
    folder, private = open_folder(args.data), read_identity(args.kit)
    total = {"entries": 0, "folders": 0, "files": 0, "bytes": 0, "pieces": 0, "skipped": []}
    vaults = []
    for vault in folder.vaults:
        # The public header does not tell the kind; only the instance vault has no operations of §7.
        if vault.id == folder.instance or args.vault not in (None, vault.name):
            continue
        opened = vault.unlock(private)
        if not opened:
            continue
        vaults.append(vault.name)
        epochs, view, seen = opened[1], Files(), set()
        entries, skipped = fold(vault.bodies(epochs), view)
        total["entries"] += entries
        total["skipped"] += [{"vault": vault.name, **one} for one in skipped]
        root = pathlib.Path(args.to) / vault.name
        root.mkdir(parents=True)
        for path, _, version in view.tree():
            target = root.joinpath(*path)
            if version is None:
                target.mkdir()
                total["folders"] += 1
                continue
            try:
                write_file(folder, vault, epochs, version, target, seen)
                total["files"] += 1
                total["bytes"] += version.size
            except FormatError as error:
                vault.problem("file " + "/".join(path), error)
        for id_, version in view.versions.items():  # older versions, and what is not here
            for reference in version.pieces:
                if tuple(reference) in seen or (reference[0] in vault.dropped and folder.chunk(reference[0]) is None):
                    continue
                try:
                    read_piece(folder, vault, epochs, reference, seen)
                except FormatError as error:
                    vault.problem(f"version {id_}", error)
        total["pieces"] += len(seen)
    if not vaults:
        folder.problem("kit", "no public header has a wrap for it")
    return {"vaults": vaults, **total, "problems": folder.problems}


def instance(args):
    folder, private = open_folder(args.data), read_identity(args.key)
    vault = next(v for v in folder.vaults if v.id == folder.instance)
    opened = vault.unlock(private)
    if not opened:
        folder.problem("instance vault", "it does not open with this key")
        return {"problems": folder.problems}
    view = Instance()
    entries, skipped = fold(vault.bodies(opened[1]), view)
    by_id = {v.id: v for v in folder.vaults}
    for id_, known in view.vaults.items():  # the public headers must tell the same
        for header in by_id[id_].headers if id_ in by_id else []:
            epochs = {e: (inbox, previous) for e, inbox, previous in header["epochs"]}
            if header["sign"] != known["sign"] or any(known["epochs"].get(e) != epochs[e] for e in epochs):
                folder.problem(f"vault {id_.hex()}", f"public header {header['number']} does not agree with the instance")
    return {
        "instance": vault.name, "entries": entries, "epoch": max(opened[1]),
        "accounts": [{"account": id_, **one} for id_, one in view.accounts.items()],
        "vaults": [{"vault": id_, **one, "epochs": sorted(one["epochs"])} for id_, one in view.vaults.items()],
        "credentials": [{"credential": id_, **one, "wraps": [{"vault": v, "epoch": e} for c, v, e in view.wraps if c == id_]}
                        for id_, one in view.credentials.items()],
        "skipped": skipped, "problems": folder.problems,
    }


def verify(args):
    folder = open_folder(args.data)
    checked = folder.check_chunks()
    return {
        "vaults": [{"vault": v.name, "entries": len(v.entries), "outside": v.outside, "publicHeaders": len(v.headers),
                    "bodiesGone": sum(body is None for _, body in v.entries)} for v in folder.vaults],
        "entries": sum(len(v.entries) for v in folder.vaults), "chunks": checked, "problems": folder.problems,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for run, options in ((extract, ["--data", "--kit", "--to"]), (instance, ["--data", "--key"]), (verify, ["--data"])):
        command = commands.add_parser(run.__name__)
        command.set_defaults(run=run)
        for option in options:
            command.add_argument(option, required=True)
        if run is extract:
            command.add_argument("--vault", help="only this one, in hex")
    command = commands.add_parser("vectors")
    command.add_argument("dir")
    command.set_defaults(run=lambda args: vectors.check_all(args.dir))
    args = parser.parse_args()
    try:
        result = args.run(args)
    except (FormatError, OSError) as error:
        result = {"problems": [str(error)]}
    print(json.dumps(result, indent=2, ensure_ascii=False, default=lambda value: value.hex()))
    sys.exit(1 if result["problems"] else 0)


if __name__ == "__main__":
    main()
