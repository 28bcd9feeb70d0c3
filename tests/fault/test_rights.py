"""What a hostile third-party plugin tries (tests/abi/probe.c: a verb per attempt), and how each attempt is denied.

`probe` declares nothing, `insider` that it asks every extension, `chooser` also that the operator may choose an authority for it. Nothing of
an attempt may come true: no file, no write to a cluster, no program, no signature."""

import hashlib
import os
import stat
from pathlib import Path

import pytest
from world import World

PLUGINS = Path(os.environ["MESH_BUILD"]) / "tests/abi/plugins"
ASKS = "needs.asks"
READS = "the verb that the operator ran only reads"
CHOICE = "answers only the concern that the operator ran with it"
FILE = "may not store a file"
NOT_NAMED = "neither its own nor one that the operator named for it"

# Plugin, and the authority that the operator chose for it; attempt; what the denial says. Of a verb that reads, the plugin itself is denied.
READING = [
    *(("probe", attempt, ASKS) for attempt in (
        "issue", "roots", "drop", "bring", "check", "overview", "show", "install", "look", "releases", "list", "render")),
    ("insider", "issue", CHOICE),
    ("insider", "roots", CHOICE),
    ("insider", "drop", CHOICE),
    ("insider", "bring", CHOICE),
    ("insider", "install", READS),
    ("insider", "releases", "plugin insider may not use v1/Secret through plugin helm: its manifest does not name it (needs.reads)"),
    ("insider", "render", "plugin insider may not start touch through plugin helm: its manifest does not name it (needs.programs)"),
    ("insider", "chart", "plugin insider may not have helm-driver/1:render use {home}/elsewhere"),
    ("insider", "values", "plugin insider may not have command/1:helm use {home}/elsewhere/root.pem"),
    ("chooser", "issue", CHOICE),
    ("chooser+self-signed", "issue", READS),
    ("chooser+self-signed", "drop", READS),
    ("chooser+self-signed", "bring", CHOICE),
    ("chooser+pem", "bring", READS),
]
# The same of a report that came: it has what was denied in it.
REPORTED = [
    ("insider", "check", "plugin insider may not use v1/Secret through plugin certs: its manifest does not name it (needs.reads)"),
    ("insider", "overview", "plugin insider may not use v1/Secret through plugin certs: its manifest does not name it (needs.reads)"),
]
# Of a verb that changes, the host refuses the plan or passes on what the plugin was told.
CHANGING = [
    *(("probe", attempt, ASKS) for attempt in ("issue-changing", "drop-changing", "bring-elsewhere", "prove-issue", "prove-check")),
    *(("insider", attempt, CHOICE) for attempt in ("issue-changing", "drop-changing", "roots-elsewhere", "prove-issue")),
    ("insider", "install-elsewhere", "plugin insider may not have command/1:certs use {home}/elsewhere"),
    ("insider", "borrow-writes", "planned to apply v1/Secret, which its manifest does not name (needs.writes)"),
    ("insider", "borrow-deletes", "planned to delete v1/Secret, which its manifest does not name (needs.writes)"),
    ("insider", "borrow-reads", "planned to wait v1/Secret, which its manifest does not name (needs.reads)"),
    ("insider", "borrow-programs", "planned to run program, which its manifest does not name (needs.programs)"),
    ("insider", "prove-install", READS),
    *(("chooser", attempt, CHOICE) for attempt in ("issue-changing", "drop-changing", "roots-elsewhere")),
    ("chooser+self-signed", "prove-issue", CHOICE),
    ("chooser+self-signed", "roots-elsewhere", "plugin chooser may not have ca/1:self-signed use {home}/elsewhere"),
    ("chooser+self-signed", "issue-passphrase", "plugin chooser may not have ca/1:self-signed use {home}/elsewhere/root.pem"),
    ("chooser+pem", "bring-elsewhere", "plugin chooser may not have ca/1:pem use {home}"),
    ("probe", "store-ssh", NOT_NAMED),
    ("probe", "store-root", NOT_NAMED),
    ("probe", "store-trust", 'has ".." in it'),
    ("probe", "store-relative", "is not absolute"),
    ("probe", "store-above", 'has ".." in it'),
    ("probe", "store-below", NOT_NAMED),
    ("probe", "store-owner", 'owner "ca/1:self-signed" is an extension of another plugin'),
    ("probe", "store-owner-command", 'owner "command/1:certs" is an extension of another plugin'),
    ("probe", "store-nobody", 'owner "ca/1:nobody" is an extension of another plugin'),
    ("probe", "store-line", "is not the name of a file"),
    ("probe", "store-number", "no extension that it asked answered a file 1"),
]
# What its own authority answers.
KEEPING = [
    ("chooser+chooser", "keep-ssh", NOT_NAMED),
    ("chooser+chooser", "keep-root", NOT_NAMED),
    ("chooser+chooser", "keep-above", 'has ".." in it'),
    ("chooser+chooser", "keep-relative", "is not absolute"),
    ("chooser+chooser", "keep-owner", 'owner "ca/1:self-signed" is an extension of another plugin'),
]

class Stage:
    """A mesh of one cluster in the middle of a root rotation, with three hostile plugins installed and trusted."""

    def __init__(self, folder, pki):
        self.world = World(folder, pki, names=("a",))
        run = self.world.run
        assert self.world.install().code == 0
        for plugin in ("probe", "insider", "chooser"):
            assert run("plugin", "install", PLUGINS / f"{plugin}.so", "--trust", "--yes").code == 0
        for folder in (".ssh", "elsewhere", "sets", ".local/share/kubectl-mesh/store/probe"):
            (self.home / folder).mkdir(mode=0o700, exist_ok=True)
        root = self.world.root_file.read_bytes()
        self.put("elsewhere/root.pem", root)
        self.put(".ssh/authorized_keys", b"ssh-ed25519 operator\n")
        self.put("program", b"#!/bin/sh\ntouch $HOME/started\n", 0o700)
        assert run("certs", "rotate", "--root", "--contexts", "a", "--yes").code == 0

    @property
    def home(self):
        return self.world.home

    def put(self, name, content, mode=0o600):
        (self.home / name).write_bytes(content)
        (self.home / name).chmod(mode)

    def files(self) -> dict:
        """All that lies under home, by content."""
        return {path.relative_to(self.home): (stat.S_IMODE(path.lstat().st_mode), hashlib.sha256(path.read_bytes()).hexdigest())
                for path in self.home.rglob("*") if path.is_file()}

    def attempt(self, plugin, verb, *words):
        """What the program answers; nothing may have come true."""
        plugin, _, authority = plugin.partition("+")
        if authority:
            words = (*words, "--set", f"authority={authority}")
        before, objects = self.files(), dict(self.world["a"].kube.objects)
        self.world.forget()
        result = self.world.run(plugin, verb, "--contexts", "a", "-o", "json", *words)
        assert self.files() == before and self.world["a"].kube.objects == objects and self.world.writes() == [], result.said
        return result

    def denied(self, plugin, verb, denial):
        result = self.attempt(plugin, verb, "--yes")
        said = result.said.replace('\\"', '"')
        assert result.code in (4, 7), result.said
        assert denial.format(home=self.home) in said and f"plugin {plugin.partition('+')[0]} " in said, said


@pytest.fixture(scope="module")
def stage(tmp_path_factory, pki):
    made = Stage(tmp_path_factory.mktemp("stage"), pki)
    yield made
    made.world.close()


@pytest.mark.parametrize("plugin, verb, denial", READING)
def test_what_a_verb_that_reads_may_not_ask(stage, plugin, verb, denial):
    answer = stage.attempt(plugin, verb).document()["items"][0]
    assert answer["code"] == 1 and answer["reply"]["code"] == "refused", answer
    name = plugin.partition("+")[0]
    assert denial.format(home=stage.home) in answer["reply"]["message"] and f"plugin {name} " in answer["reply"]["message"], answer
    assert denial in (CHOICE, READS) or f'the manifest of plugin {name} would have to say "needs": {{' in answer["reply"]["hint"], answer


@pytest.mark.parametrize("plugin, verb, denial", REPORTED)
def test_what_a_plugin_of_ours_may_not_read_for_another(stage, plugin, verb, denial):
    answer = stage.attempt(plugin, verb).document()["items"][0]
    assert denial in str(answer) and "CERTIFICATE" not in str(answer), answer


@pytest.mark.parametrize("plugin, verb, denial", CHANGING)
def test_what_a_verb_that_changes_may_neither_ask_nor_plan(stage, plugin, verb, denial):
    stage.denied(plugin, verb, denial)


@pytest.mark.parametrize("plugin, verb, denial", KEEPING)
def test_what_an_authority_may_not_keep(stage, plugin, verb, denial):
    stage.denied(plugin, verb, denial)


def test_nobody_gets_a_key_out_of_a_rotation(stage):
    result = stage.attempt("chooser+self-signed", "drop-changing", "--dry-run=client")
    notes = [note["text"] for note in result.document()["notes"]]
    assert result.code == 0 and notes == ["it worked"], result.said


@pytest.mark.parametrize("make", [lambda path: path.symlink_to("../../.ssh"), os.mkfifo, lambda path: path.write_bytes(b"a file")])
def test_a_folder_of_the_plugin_that_is_none_is_refused(stage, make):
    folder = stage.world.root_file.parents[1] / "probe"
    folder.rmdir()
    make(folder)
    try:
        result = stage.world.run("probe", "store-own", "--contexts", "a", "--yes")
        assert result.code == 7 and FILE in result.err and not (stage.home / ".ssh/own").exists(), result.said
    finally:
        folder.unlink()
        folder.mkdir(mode=0o700)


@pytest.mark.parametrize("make", [lambda path: path.symlink_to("/etc/hostname"), os.mkfifo, lambda path: path.mkdir()])
def test_what_is_no_regular_file_is_not_replaced(stage, make):
    file = stage.world.root_file.parents[1] / "probe/own"
    make(file)
    kind = stat.S_IFMT(file.lstat().st_mode)
    try:
        result = stage.world.run("probe", "store-own", "--contexts", "a", "--yes")
        assert result.code == 7 and FILE in result.err and stat.S_IFMT(file.lstat().st_mode) == kind, result.said
    finally:
        file.rmdir() if file.is_dir() and not file.is_symlink() else file.unlink()


def test_what_it_stores_of_its_own_is_stored(stage):
    """The other side: the rules do not refuse what a plugin may."""
    assert stage.world.run("probe", "store-own", "--contexts", "a", "--yes").code == 0
    own = stage.world.root_file.parents[1] / "probe/own"
    assert own.read_text() == "PROBE"
    own.unlink()


def test_what_an_authority_keeps_is_stored_as_it_answered(stage):
    """The plan of the concern says other bytes and another name; the number of the file is all that counts."""
    result = stage.world.run("chooser", "keep-own", "--contexts", "a", "--yes", "--set", "authority=chooser")
    kept = stage.world.root_file.parents[1] / "chooser"
    assert result.code == 0 and [(path.name, path.read_text()) for path in kept.iterdir()] == [("own", "PROBE")], result.said


def test_what_it_may_ask_is_shown_before_it_is_trusted(stage):
    card = stage.world.run("plugin", "info", "insider")
    assert "ask other plugins: ca/1 check/1 command/1 dns/1" in card.out, card.said
    assert "asks" not in stage.world.run("plugin", "info", "probe").out
