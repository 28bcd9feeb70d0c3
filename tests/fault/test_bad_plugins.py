"""One third-party plugin that fails (tests/abi/faulty.c) costs its own part: all else is there, one line names it, the exit status tells."""

import json
import os
import re
import shutil
from pathlib import Path

import pytest
from world import World, finish, interrupt, wait_until

PLUGINS = Path(os.environ["MESH_BUILD"]) / "tests/abi/plugins"
TRUST = "kubectl mesh plugin trust faulty-{point}"
AUTHOR = "report it to the plugin's author"
# Fault: what is said of it, what to do, the exit status of its problem. The first ones the plugin makes itself, the others are made of its library.
MADE = {
    "crash": ("plugin faulty-{point} 1.0.0 crashed (SIGSEGV)", AUTHOR, 7),
    "crash-at-start": ("plugin faulty-{point} 1.0.0 crashed (SIGSEGV) in start", AUTHOR, 7),
    "hang": ("plugin faulty-{point} 1.0.0 did not answer by its deadline", AUTHOR, 7),
    "exit": ("plugin faulty-{point} 1.0.0 ended itself (exit status 0)", AUTHOR, 7),
    "json": ("plugin faulty-{point} 1.0.0 answered what cannot be read", AUTHOR, 7),
    "nul": ("plugin faulty-{point} 1.0.0 answered what cannot be read", AUTHOR, 7),
    "kind": ("plugin faulty-{point} 1.0.0 answered what does not fit", AUTHOR, 7),
    "array": ("plugin faulty-{point} 1.0.0 answered what does not fit", AUTHOR, 7),
    "schema": ("plugin faulty-{point} 1.0.0 answered what does not fit", AUTHOR, 7),
    "huge": ("plugin faulty-{point} 1.0.0 answered more than 64 MiB", "--contexts", 7),
    "unsupported": ("plugin faulty-{point} 1.0.0 does not offer", "", 2),
    "usage": ("plugin faulty-{point}: no such flag", "", 2),
    "blame": ("plugin faulty-{point} 1.0.0 failed: it broke", AUTHOR, 7),
}
LIBRARY = {
    "untrusted": ("plugin faulty-{point} is not trusted", TRUST, 4),
    "rebuilt": ("plugin faulty-{point} is not the one that was trusted", TRUST, 4),
    "not-loadable": ("it cannot be loaded: it is cut off", "get the file again", 7),
}
FAULTS = {**MADE, **LIBRARY}
ALL = pytest.mark.parametrize("fault", FAULTS)
# For a plugin that hangs: of a survey it gets half of it.
PATIENCE = ("--timeout", "8s")


class Stage:
    """A cluster with a certificate authority and CoreDNS, and at most one faulty plugin beside the bundled ones."""

    def __init__(self, folder, pki):
        self.world = World(folder, pki, names=("a",))
        assert self.world.install().code == 0
        add_coredns(self.world["a"].kube)
        (folder / "mesh.yaml").write_text("clusters: [{context: a}]\nskip: [helm, serviceentry, dns, inject, verify]\n")
        self.good = {}

    @property
    def plugins(self):
        return self.world.home / ".local/share/kubectl-mesh/plugins"

    def run(self, *words, fault=""):
        self.world.forget()
        self.world.extra_env = {"LC_NAME": fault}
        return self.world.run(*words, *(PATIENCE if fault == "hang" else ()))

    def without(self, *words):
        """What a command answers where no such plugin is installed."""
        if words not in self.good:
            shutil.rmtree(self.plugins, ignore_errors=True)
            self.good[words] = self.run(*words)
        return self.good[words]

    def install(self, point, fault):
        shutil.rmtree(self.plugins, ignore_errors=True)
        trust = () if fault == "untrusted" else ("--trust", "--yes")
        installed = self.world.run("plugin", "install", PLUGINS / f"faulty_{point}.so", *trust)
        assert installed.code == 0, installed.said
        if fault == "untrusted":
            self.world.run("plugin", "untrust", f"faulty-{point}")
        (library,) = self.plugins.rglob("*.so")
        if fault == "rebuilt":
            library.write_bytes(library.read_bytes() + b"\0")
        if fault == "not-loadable":
            library.write_bytes(library.read_bytes()[:4096])
            trusted = self.world.run("plugin", "trust", f"faulty-{point}", "--yes")
            assert trusted.code == 0, trusted.said


def add_coredns(kube):
    kube.kinds.update(deployments="Deployment")
    labels = {"k8s-app": "kube-dns"}
    volumes = [{"name": "config-volume", "configMap": {"name": "coredns", "items": [{"key": "Corefile", "path": "Corefile"}]}}]
    container = {"name": "coredns", "image": "registry.k8s.io/coredns/coredns:v1.11.1", "args": ["-conf", "/etc/coredns/Corefile"],
                 "volumeMounts": [{"name": "config-volume", "mountPath": "/etc/coredns"}],
                 "ports": [{"name": "dns-tcp", "containerPort": 53, "protocol": "TCP"}]}
    pod = {"metadata": {"labels": labels}, "spec": {"containers": [container], "volumes": volumes}}
    spec = {"replicas": 1, "selector": {"matchLabels": labels}, "template": pod}
    kube.create("kube-system", "deployments", "coredns", {"apiVersion": "apps/v1", "metadata": {"labels": labels}, "spec": spec})
    corefile = ".:53 {\n    errors\n    kubernetes cluster.local in-addr.arpa ip6.arpa\n    forward . /etc/resolv.conf\n    reload\n}\n"
    kube.create("kube-system", "configmaps", "coredns", {"data": {"Corefile": corefile}})


@pytest.fixture(scope="module")
def stage(tmp_path_factory, pki):
    made = Stage(tmp_path_factory.mktemp("stage"), pki)
    yield made
    made.world.close()


def test_a_verb_ends_at_the_timeout_of_its_manifest_and_costs_its_own_rows(stage):
    stage.install("timed", "hang")
    stage.world.forget()
    stage.world.extra_env = {"LC_NAME": "hang"}
    # The run has far more time than the verb, of which a survey gets half.
    result = stage.world.run("verify", "--contexts", "a", "--timeout", "5m", "-o", "json")
    document = result.document()
    problem, = [problem for problem in document["problems"] if problem.get("plugin") == "faulty-timed"]
    assert "plugin faulty-timed 1.0.0 did not finish check/1:faulty-timed run within the 1 s of its manifest (timeoutSeconds)" in problem["message"]
    assert result.code != 0 and problem["code"] == "plugin-fault" and AUTHOR in problem["hint"]
    assert {row["id"].split("/")[0] for row in document["items"]} >= {"certs"}


def named_once(result, point, fault):
    """One line of all that was said has the plugin, once, with what it did; the remedy is there."""
    what, remedy, _ = (part.format(point=point) if isinstance(part, str) else part for part in FAULTS[fault])
    lines = [line for line in result.said.splitlines() if what in line]
    assert len(lines) == 1 and lines[0].count(what) == 1, result.said
    assert result.said.count(f"plugin faulty-{point}") == (fault != "not-loadable"), result.said
    assert remedy in result.said, result.said


def is_named(problem, point, fault):
    assert problem["plugin"] == f"faulty-{point}" and problem["message"], problem
    said = problem["message"] if fault != "usage" else f"plugin {problem['plugin']}: {problem['message']}"
    assert FAULTS[fault][0].format(point=point) in said or fault == "usage", problem


def rows(document):
    """A certificate that was made a second ago has a day less by now."""
    return json.loads(re.sub(r"36[45]( days|d)", "a year", json.dumps(document["items"])))


@ALL
def test_verify_has_all_other_rows_and_the_status_of_the_problem(stage, fault):
    words = ("verify", "--contexts", "a", "--only")
    good = stage.without(*words, "certs/dates", "-o", "json")
    assert good.code == 0 and good.document()["items"], good.said
    stage.install("check", fault)
    result = stage.run(*words, "certs/dates,faulty-check", fault=fault)
    named_once(result, "check", fault)
    assert result.code == FAULTS[fault][2] and "faulty/row" not in result.out, result.said
    document = stage.run(*words, "certs/dates,faulty-check", "-o", "json", fault=fault).document()
    assert rows(document) == rows(good.document()), document
    (problem,) = document["problems"]
    is_named(problem, "check", fault)


@ALL
def test_a_whole_verify_has_all_other_rows_too(stage, fault):
    words = ("verify", "--contexts", "a", "--objects-only")
    good = stage.without(*words, "-o", "json")
    assert len(good.document()["items"]) > 20, good.said
    stage.install("check", fault)
    document = stage.run(*words, "-o", "json", fault=fault).document()
    assert rows(document) == rows(good.document()), document
    assert [problem.get("plugin") for problem in document["problems"]].count("faulty-check") == 1
    junit = stage.run(*words, "-o", "junit", fault=fault)
    assert junit.out.count("<error ") == len(document["problems"]), junit.said


@ALL
def test_status_has_all_other_columns(stage, fault):
    good = stage.without("status", "--contexts", "a", "-o", "json")
    stage.install("overview", fault)
    result = stage.run("status", "--contexts", "a", fault=fault)
    named_once(result, "overview", fault)
    assert result.code == (good.code or FAULTS[fault][2]), result.said
    document = stage.run("status", "--contexts", "a", "-o", "json", fault=fault).document()
    assert rows(document) == rows(good.document()), document
    (problem,) = document["problems"]
    is_named(problem, "overview", fault)


@ALL
def test_init_writes_all_other_sections(stage, fault):
    good = stage.without("init", "--contexts", "a")
    assert good.code == 0 and "certs:" in good.out, good.said
    stage.install("overview", fault)
    result = stage.run("init", "--contexts", "a", fault=fault)
    named_once(result, "overview", fault)
    assert result.out == good.out and result.code == FAULTS[fault][2], result.said


@ALL
def test_plan_shows_the_other_concerns_and_up_writes_nothing(stage, fault):
    good = stage.without("plan", "-f", "mesh.yaml", "-o", "json")
    assert good.code == 0, good.said
    stage.install("command", fault)
    result = stage.run("plan", "-f", "mesh.yaml", fault=fault)
    named_once(result, "command", fault)
    assert result.code == FAULTS[fault][2] and "secrets" not in result.err, result.said
    document = stage.run("plan", "-f", "mesh.yaml", "-o", "json", fault=fault).document()
    assert document["actions"] == good.document()["actions"], document
    (problem,) = document["refusals"]
    is_named(problem, "command", fault)
    for words in (("up", "--yes"), ("down", "--yes"), ("plan", "--output-dir", "tree")):
        refused = stage.run(words[0], "-f", "mesh.yaml", *words[1:], fault=fault)
        named_once(refused, "command", fault)
        assert refused.code == FAULTS[fault][2] and stage.world.writes() == [] and not (stage.world.folder / "tree").exists(), refused.said


INSTALL = ("dns", "install", "--contexts", "a", "--dry-run=client", "--strategy")


@ALL
@pytest.mark.parametrize("strategy", ["coredns", "auto"])
def test_a_strategy_that_was_not_chosen_is_left_out(stage, fault, strategy):
    good = stage.without(*INSTALL, strategy, "-o", "json")
    assert good.code == 0 and good.document()["actions"], good.said
    stage.install("dns", fault)
    result = stage.run(*INSTALL, strategy, fault=fault)
    named_once(result, "dns", fault)
    assert result.code == 0, result.said
    document = stage.run(*INSTALL, strategy, "-o", "json", fault=fault).document()
    assert document["actions"] == good.document()["actions"], document
    (note,) = [note for note in document["notes"] if "faulty-dns" in note["text"]]
    assert note["severity"] == "warning" and note["text"].startswith("strategy faulty-dns is left out: "), note


READING = {"verify": ("--objects-only",), "status": (), "dns show": (), "init": ()}


@pytest.mark.parametrize("point, words", [("check", ("verify", "--only", "faulty-check", "--contexts", "a")), ("overview", ("status", "--contexts", "a"))])
def test_a_reading_call_that_may_succeed_later_is_made_again(stage, point, words):
    stage.install(point, "")
    good = stage.run(*words)
    result = stage.run(*words, fault="busy-twice")
    assert (result.code, result.out) == (good.code, good.out) and result.err.count("asked") == 2, result.said


@pytest.mark.parametrize("point, words, calls", [("check", ("verify", "--only", "faulty-check", "--contexts", "a"), 3),
                                                 ("command", ("faulty-command", "make", "--contexts", "a"), 1)])
def test_it_is_made_three_times_at_most_and_a_change_is_not_made_again(stage, point, words, calls):
    stage.install(point, "")
    result = stage.run(*words, fault="busy")
    assert result.code == 5 and "busy" in result.said, result.said
    assert "run the same command again" in result.said
    assert result.err.count("asked") == calls


@pytest.mark.parametrize("fault", ["crash", "hang", "untrusted", "schema"])
@pytest.mark.parametrize("command", READING)
def test_what_reads_the_dns_goes_on_without_the_strategy(stage, fault, command):
    words = (*command.split(), "--contexts", "a", *READING[command])
    good = stage.without(*words)
    stage.install("dns", fault)
    result = stage.run(*words, fault=fault)
    named_once(result, "dns", fault)
    assert result.code == good.code, result.said
    missing = [line for line in good.out.splitlines() if line not in result.out and " 36" not in line]
    assert missing == [], missing


@ALL
def test_the_chosen_strategy_is_the_one_that_is_blamed(stage, fault):
    stage.install("dns", fault)
    result = stage.run(*INSTALL, "faulty-dns", fault=fault)
    named_once(result, "dns", fault)
    assert result.code == FAULTS[fault][2] and "plugin dns" not in result.said, result.said


@pytest.mark.parametrize("point", ["check", "overview", "dns", "command"])
@pytest.mark.parametrize("fault", ["crash-at-start", *LIBRARY])
def test_help_completion_and_lists_run_no_plugin(stage, point, fault):
    stage.install(point, fault)
    for words in (("--help",), ("plugin", "list"), ("dns", "install", "--help"), ("__complete", "dns", "install", "--strategy", "")):
        result = stage.run(*words, fault=fault)
        assert result.code == 0 and "crashed" not in result.said, result.said


@pytest.mark.parametrize("point", ["check", "overview", "dns", "command"])
def test_a_plugin_in_order_is_not_blamed(stage, point):
    """The other side: what faulty.c does without a fault fits every schema."""
    stage.install(point, "")
    document = stage.run("verify", "--contexts", "a", "--objects-only", "-o", "json").document()
    assert sum(item["id"] == "faulty/row" for item in document["items"]) == (point == "check"), document
    for words in (("status", "--contexts", "a"), ("init", "--contexts", "a"), ("plan", "-f", "mesh.yaml"), (*INSTALL, "coredns")):
        result = stage.run(*words)
        assert result.code == 0 and "plugin faulty" not in result.said, result.said


@pytest.mark.parametrize("fault", ["crash", "untrusted", "rebuilt"])
@pytest.mark.parametrize("point", ["check", "overview", "dns"])
def test_up_writes_although_a_plugin_that_only_reads_is_there(tmp_path, pki, point, fault):
    """Its last step, verify, waits for an Istio that nobody installs: it is interrupted."""
    fresh = Stage.__new__(Stage)
    fresh.world = World(tmp_path, pki, names=("a",))
    fresh.world.environment()
    fresh.install(point, fault)
    (tmp_path / "mesh.yaml").write_text("clusters: [{context: a}]\nskip: [helm, serviceentry, dns, inject]\n")
    fresh.world.extra_env = {"LC_NAME": fault}
    process = fresh.world.start("up", "-f", "mesh.yaml", "--yes")
    try:
        wait_until(lambda: process.poll() is not None or fresh.world["a"].kube.get("istio-system", "secrets", "cacerts"))
        interrupt(process)
        result = finish(process)
        assert fresh.world["a"].kube.get("istio-system", "secrets", "cacerts"), result.said
    finally:
        process.kill()
        fresh.world.close()
