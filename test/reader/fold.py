"""docs/format.md §7 and §8: what the operations of a journal make."""

import re
from dataclasses import dataclass, field

from primitives import FormatError
from storage import check_reference

HERE, TRASHED, ENDED = "here", "trashed", "ended"


class CannotApply(Exception):
    pass


def require(condition, reason):
    if not condition:
        raise CannotApply(reason)


def take(op, key, kind):
    require(type(op.get(key)) is kind, f"{key} is missing or of another type")
    return op[key]


def fold(bodies, view):
    """§5: an operation that is not known, or can not be applied, is skipped and reported. Gives (entries, skipped)."""
    entries, skipped = 0, []
    for header, body in bodies:
        entries += 1
        if header.type == "inbox":
            view.waiting.add(header.sequence)
        for index, op in enumerate(body["ops"]):
            try:
                require(isinstance(op, dict), "it is not a map")
                name = take(op, "o", str)
                apply = getattr(view, "op_" + name.replace("-", "_"), None) if re.fullmatch("[a-z]+(-[a-z]+)*", name) else None
                require(apply, "it is not known")
                require(header.type != "inbox" or name == "deposit", "only a deposit counts in an inbox entry")
                require(name != "deposit" or header.type == "inbox", "a deposit counts in an inbox entry only")
                require((name in ("drop", "horizon")) == (header.type == "drop"), "not in an entry of this type")
                apply(op, header.time)
            except (CannotApply, FormatError, TypeError, ValueError) as reason:
                skipped.append({"entry": header.sequence, "operation": index, "why": str(reason),
                                "o": op.get("o") if isinstance(op, dict) else None})
    return entries, skipped


@dataclass
class Node:
    parent: int
    name: str
    folder: bool
    state: str = HERE  # its own; see Files.state
    current: int = None  # the version of a file
    props: dict = field(default_factory=dict)


@dataclass
class Version:
    size: int
    sha256: bytes
    pieces: list
    mtime: int
    sums: dict
    type: str


class Files:
    """§7. A node whose own state is "here" but whose folder left is gone with it, and comes back with it."""

    def __init__(self):
        self.nodes = {0: Node(None, "", True)}
        self.versions, self.staged = {}, {}
        self.horizon = 90
        self.media = {}  # SHA-256 of a content → what is known of it
        self.waiting = set()  # inbox entries that were not taken in yet
        self.names = {}  # (folder, name) → node, of nodes whose own state is "here"

    def state(self, node):
        while node and self.nodes[node].state == HERE:
            node = self.nodes[node].parent
        return self.nodes[node].state

    def children(self, folder):
        """Ascending by node id, as copy wants them."""
        return sorted(node for (parent, _), node in self.names.items() if parent == folder)

    # what operations have in common

    def _node(self, op, key="node"):
        node = take(op, key, int)
        require(node in self.nodes, f"{key} does not exist")
        return node

    def _new(self, id_, space):
        require(0 < id_ < 1 << 63, "the id is out of range")
        require(id_ not in space, "the id exists already")

    def _place(self, op):
        """A reading: an operation with a name that §7 does not allow can not be applied."""
        parent, name = take(op, "parent", int), take(op, "name", str)
        require(parent in self.nodes and self.nodes[parent].folder and self.state(parent) == HERE,
                "the parent is not a folder that is here")
        require(1 <= len(name.encode()) <= 255 and not set("/\0") & set(name) and name not in (".", ".."),
                "it is not a name")
        require(self.names.get((parent, name), op.get("node")) == op.get("node"), "the name is taken")
        return parent, name

    def _add(self, id_, node):
        self.nodes[id_] = node
        self.names[node.parent, node.name] = id_

    def _leave(self, id_, state):
        node = self.nodes[id_]
        if node.state == HERE:
            del self.names[node.parent, node.name]
        node.state = state

    # the operations

    def op_folder(self, op, _):
        node = take(op, "node", int)
        self._new(node, self.nodes)
        self._add(node, Node(*self._place(op), True))

    def op_stage(self, op, _):
        content, pieces = take(op, "content", int), take(op, "pieces", list)  # kept after the write: a reading
        for piece in pieces:
            check_reference(piece)
        self.staged.setdefault(content, []).extend(pieces)

    def op_write(self, op, time):
        node, version = take(op, "node", int), take(op, "version", int)
        pieces = take(op, "pieces", list)
        for piece in pieces:
            check_reference(piece)
        if "content" in op:
            pieces = self.staged.get(take(op, "content", int), []) + pieces
        mtime = take(op, "mtime", int) if "mtime" in op else time
        size = take(op, "size", int)
        require(sum(piece[2] for piece in pieces) == size, "the pieces have another size together")
        self._new(version, self.versions)
        made = Version(size, take(op, "sha256", bytes), pieces, mtime, op.get("sums"), op.get("type"))
        if "parent" in op or "name" in op:
            self._new(node, self.nodes)
            self._add(node, Node(*self._place(op), False))
        self._node(op)  # a reading: also when it is trashed or ended; the same for pick and props
        require(not self.nodes[node].folder, "it is a folder")
        self.versions[version] = made
        self.nodes[node].current = version

    def op_place(self, op, _):
        id_ = self._node(op)
        require(id_ != 0, "it is the root")
        parent, name = self._place(op)
        above = parent
        while above:
            require(above != id_, "it would be under itself")
            above = self.nodes[above].parent
        self._leave(id_, TRASHED)
        node = self.nodes[id_]
        node.parent, node.name, node.state = parent, name, HERE
        self.names[parent, name] = id_

    def op_trash(self, op, _):
        node = self._node(op)
        require(node != 0 and self.state(node) == HERE, "it is not here, or the root")
        self._leave(node, TRASHED)

    def op_end(self, op, _):
        node = self._node(op)
        require(node != 0 and self.state(node) != ENDED, "it has ended already, or is the root")
        self._leave(node, ENDED)

    def op_copy(self, op, _):
        source, first = self._node(op, "source"), take(op, "node", int)
        require(self.state(source) == HERE, "the source is not here")
        parent, name = self._place(op)
        below, visited, waiting = {}, [], [source]
        for (folder, _name), child in self.names.items():
            below.setdefault(folder, []).append(child)
        while waiting:
            visited.append(waiting.pop())
            waiting += sorted(below.get(visited[-1], []), reverse=True)
        new = {old: first + i for i, old in enumerate(visited)}
        for old, id_ in new.items():
            self._new(id_, self.nodes)
            if not self.nodes[old].folder:
                self._new(id_, self.versions)
        for old, id_ in new.items():
            of = self.nodes[old]
            place = (parent, name) if old == source else (new[of.parent], of.name)
            self._add(id_, Node(*place, of.folder, HERE, None if of.folder else id_, dict(of.props)))
            if not of.folder:
                self.versions[id_] = self.versions[of.current]  # a reading: with mtime, sums and type

    def op_pick(self, op, _):
        node, version, of = self._node(op), take(op, "version", int), take(op, "of", int)
        require(not self.nodes[node].folder, "it is a folder")
        require(of in self.versions, "the version does not exist")
        if version != of:
            self._new(version, self.versions)
            self.versions[version] = self.versions[of]
        self.nodes[node].current = version

    def op_deposit(self, op, _):
        take(op, "parent", int), take(op, "name", str), take(op, "size", int), take(op, "sha256", bytes)
        for reference in take(op, "pieces", list):
            check_reference(reference)
            require(reference[3] == 0, "a piece from outside has a random key")

    def op_take(self, op, _):
        require(take(op, "entry", int) in self.waiting, "the entry does not wait")
        self.waiting.remove(op["entry"])

    def op_accept(self, op, _):
        take(op, "deletion", int), take(op, "upto", int)

    def op_media(self, op, _):
        facts = take(op, "facts", dict)
        require(take(facts, "pass", int) >= 0, "pass is negative")
        require(facts.get("kind", "photo") in ("photo", "video", "audio"), "a kind that is not known")
        for key in ("width", "height", "duration"):
            require(key not in facts or take(facts, key, int) >= 0, f"{key} is negative")
        require("taken" not in facts or type(facts["taken"]) is int, "taken is not a number")
        require("camera" not in facts or type(facts["camera"]) is str, "camera is not a text")
        require("place" not in facts or [type(each) for each in take(facts, "place", list)[:2]] == [int, int], "not a place")
        for key in ("small", "large"):
            if key in op:
                check_reference(op[key])
        require(len(take(op, "sha256", bytes)) == 32, "it is not a SHA-256")
        self.media[op["sha256"]] = op

    def op_props(self, op, _):
        props = self.nodes[self._node(op)].props
        for namespace, name, xml in op.get("set", []):  # a reading: set, then remove
            props[namespace, name] = xml
        for namespace, name in op.get("remove", []):
            props.pop((namespace, name), None)

    def op_drop(self, op, _):
        require(op.get("cause") in ("retention", "erasure") and take(op, "days", int) >= 0, "it says no cause")

    def op_horizon(self, op, _):
        require(take(op, "days", int) >= 30, "the history is too short")
        self.horizon = op["days"]

    def tree(self):
        """Gives (path, node, version or None) of what is here, folders before what is in them."""
        below = {}
        for (parent, name), node in self.names.items():
            below.setdefault(parent, []).append((name, node))
        waiting = [((), 0)]
        while waiting:
            path, folder = waiting.pop()
            for name, node in sorted(below.get(folder, [])):
                current = self.nodes[node].current
                yield path + (name,), node, None if self.nodes[node].folder else self.versions[current]
                if self.nodes[node].folder:
                    waiting.append((path + (name,), node))


class Instance:
    """§8"""

    def __init__(self):
        self.waiting = set()
        self.accounts, self.vaults, self.credentials, self.wraps, self.copies = {}, {}, {}, {}, {}

    def _known(self, op, key, table):
        id_ = take(op, key, bytes)
        require(id_ in table, f"{key} does not exist")
        return table[id_]

    def op_account(self, op, _):
        self.accounts[take(op, "account", bytes)] = {"name": op.get("name"), "tag": op.get("tag"), "quota": op.get("quota")}

    def op_vault(self, op, _):
        self.vaults[take(op, "vault", bytes)] = {"account": op.get("account"), "kind": op.get("kind"),
                                                 "sign": op.get("sign"), "epochs": {}}

    def op_epoch(self, op, _):
        self._known(op, "vault", self.vaults)["epochs"][take(op, "epoch", int)] = (op.get("inbox"), op.get("previous"))

    def op_credential(self, op, _):
        made = {key: op.get(key) for key in ("account", "kind", "public", "label", "memory", "passes") if key in op}
        self.credentials[take(op, "credential", bytes)] = {**made, "revoked": False, "proven": False}

    def op_wrap(self, op, _):
        self.wraps[take(op, "credential", bytes), take(op, "vault", bytes), take(op, "epoch", int)] = take(op, "box", bytes)

    def op_passkey(self, op, _):
        credential = self._known(op, "credential", self.credentials)
        require(credential.get("kind") == "passkey" and "passkey" not in credential, "these facts are for a new passkey")
        credential["passkey"] = {key: op[key] for key in ("id", "key", "rp")}

    def op_escrow(self, op, _):
        require(op.get("public") is None or len(take(op, "public", bytes)) == 32, "not a public key")

    def op_grant(self, op, _):
        credential = self._known(op, "credential", self.credentials)
        self._known(op, "vault", self.vaults)
        require(credential.get("kind") == "link" and "grant" not in credential, "a grant is for a new link")
        require(op.get("right") in ("read", "receive"), "a right that is not known")
        require(len(take(op, "proof", bytes)) == 32, "not a proof")
        credential["grant"] = {key: op[key] for key in ("vault", "node", "right", "ends", "bytes", "files") if key in op}

    def op_revoke(self, op, _):
        self._known(op, "credential", self.credentials)["revoked"] = True

    def op_quota(self, op, _):
        self._known(op, "account", self.accounts)["quota"] = op.get("quota")

    def op_proven(self, op, _):
        self._known(op, "credential", self.credentials)["proven"] = True

    def op_copy(self, op, _):
        require(op.get("kind") in ("folder", "s3"), "a kind of copy that is not known")
        self.copies[take(op, "copy", bytes)] = {"place": op.get("place"), "label": op.get("label"), "paused": False}

    def op_copy_paused(self, op, _):
        self._known(op, "copy", self.copies)["paused"] = op.get("paused")

    def op_copy_removed(self, op, _):
        self._known(op, "copy", self.copies)
        del self.copies[op["copy"]]
