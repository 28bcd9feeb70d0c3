"""Real clusters: what people and scripts rely on. Needs the programs built: about a minute, more on a busy machine."""

import os
import signal
import subprocess
import threading
import time

import pytest

from conftest import LAB, Lab, runs

DEPLOYMENT = ["create", "deployment", "web", "--image", "web"]


def eventually(check, what, seconds=30):
    deadline = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < deadline, f"never: {what}"
        time.sleep(0.1)


# Without any lab


@pytest.mark.parametrize("words", [[], ["nope"], ["up", "--nope"], ["up", "0"], ["up", "51"], ["up", "x"], ["logs"]])
def test_a_mistake_in_the_command_line_is_2_with_usage(bare, words):
    result = bare(*words, ok=False)
    assert result.returncode == 2 and "usage: lab/lab" in result.stderr
    assert not bare.directory.exists()


@pytest.mark.parametrize("words", [["status"], ["env"], ["exec", "--", "true"], ["logs", "etcd"]])
def test_what_needs_a_lab_says_how_to_get_one(bare, words):
    result = bare(*words, ok=False)
    assert result.returncode == 1 and "lab/lab up" in result.stderr
    assert not bare.directory.exists()


def test_building_starts_nothing(bare):
    assert "programs ready" in bare("build").stderr
    assert not bare.directory.exists()


def test_down_when_nothing_is_up(bare):
    assert "nothing was up" in bare("down").stderr
    assert not bare.directory.exists()


def test_a_directory_with_other_things_in_it_is_not_touched(bare):
    bare.directory.mkdir()
    (bare.directory / "thesis").write_text("")
    for words in (["up"], ["down"]):
        assert "other things" in bare(*words, ok=False).stderr
    assert [path.name for path in bare.directory.iterdir()] == ["thesis"]
    (bare.directory / "thesis").unlink()


# Two whole clusters


def test_two_clusters_are_ready(lab):
    status = lab.status()
    assert status["ready"] and [c["name"] for c in status["clusters"]] == ["game-agones", "game-gke"]
    assert lab("exec", "--", "kubectl", "config", "get-contexts", "-o", "name").stdout.split() == ["game-agones", "game-gke"]
    assert "all ready" in lab("status").stdout


def test_a_second_up_is_instant_and_changes_nothing(lab):
    before = lab.pids()
    used = os.times().children_user
    assert "up already" in lab("up").stderr
    assert os.times().children_user - used < 1  # CPU; it takes 0.14 s
    assert lab.pids() == before


def test_pods_run_services_get_addresses_jobs_complete(lab):
    kubectl = lambda *words: lab.kubectl("game-gke", *words)  # noqa: E731
    kubectl(*DEPLOYMENT)
    kubectl("expose", "deployment", "web", "--port", "80", "--type", "LoadBalancer")
    kubectl("create", "job", "once", "--image", "once")
    kubectl("wait", "--for=condition=Available", "deployment/web", "--timeout=30s")
    kubectl("wait", "--for=condition=Complete", "job/once", "--timeout=30s")
    kubectl("wait", "--for=jsonpath={.status.loadBalancer.ingress[0].ip}", "service/web", "--timeout=30s")
    assert kubectl("get", "service", "web", "-o", "jsonpath={.status.loadBalancer.ingress[0].ip}").startswith("100.65.")
    assert kubectl("get", "endpointslices", "-l", "kubernetes.io/service-name=web", "-o", "jsonpath={.items[*].endpoints[*].addresses}")
    kubectl("delete", "deployment/web", "job/once", "service/web", "--timeout=30s")
    eventually(lambda: not kubectl("get", "pods", "-o", "name"), "the pods are deleted")
    assert lab.kubectl("game-agones", "get", "pods", "-o", "name") == ""


def test_a_service_chooses_what_its_load_balancer_does(lab):
    for wish in ("pending", "hostname", "203.0.113.9"):
        service = f"""{{apiVersion: v1, kind: Service, metadata: {{name: wish-{wish.replace('.', '-')},
          annotations: {{lab/load-balancer: "{wish}"}}}}, spec: {{type: LoadBalancer, ports: [{{port: 80}}]}}}}"""
        (lab.directory.parent / "service.yaml").write_text(service)
        lab.kubectl("game-agones", "apply", "-f", str(lab.directory.parent / "service.yaml"))
    ingress = lambda name: lab.kubectl("game-agones", "get", "service", name, "-o", "jsonpath={.status.loadBalancer.ingress}")  # noqa: E731
    eventually(lambda: "203.0.113.9" in ingress("wish-203-0-113-9"), "the address asked for")
    eventually(lambda: "wish-hostname.default.elb.example.com" in ingress("wish-hostname"), "a host name")
    assert ingress("wish-pending") == ""


def test_exec_passes_arguments_and_exit_code_through(lab):
    result = lab("exec", "--", "sh", "-c", 'printf "%s|" "$@"; exit 7', "sh", "a b", "--bare", "", "--", "-h", ok=False)
    assert (result.stdout, result.returncode) == ("a b|--bare||--|-h|", 7)
    assert lab("exec", "--", "no-such-command", ok=False).returncode == 127


def test_env_is_for_a_shell_and_never_the_users_kubeconfig(lab, tmp_path):
    script = f'eval "$({LAB} env)"; command -v kubectl; kubectl --context game-gke get namespace default -o name; echo "$KUBECONFIG"'
    home = {**lab.env, "HOME": str(tmp_path)}
    out = subprocess.run(["sh", "-c", script], env=home, capture_output=True, text=True, check=True).stdout.split()
    assert out == [f"{lab.directory}/bin/kubectl", "namespace/default", f"{lab.directory}/kubeconfig"]
    assert not list(tmp_path.iterdir()), "nothing is written into the user's home, not even a cache"
    assert (lab.directory / "kubeconfig").stat().st_mode & 0o777 == 0o600


def test_requests_can_be_counted_at_the_server(lab):
    lab.kubectl("game-agones", "get", "configmaps", "-n", "kube-public")
    lines = lab("logs", "game-agones/audit").stdout.splitlines()
    mine = [line for line in lines if '"username":"admin"' in line and "/namespaces/kube-public/configmaps" in line]
    assert len(mine) == 1
    assert "apiserver_request_total" in lab.kubectl("game-agones", "get", "--raw", "/metrics")


def test_logs_by_name_and_the_names_if_unknown(lab):
    assert lab("logs", "game-gke/kube-apiserver").stdout
    result = lab("logs", "game-gke/nope", ok=False)
    assert result.returncode == 1 and "game-gke/kube-scheduler" in result.stderr and "etcd" in result.stderr


def test_another_kind_of_lab_is_refused(lab):
    result = lab("up", "--bare", ok=False)
    assert result.returncode == 1 and "lab/lab down" in result.stderr


def test_killed_processes_are_started_again_and_nothing_is_lost(lab):
    lab.kubectl("game-gke", "create", "namespace", "kept")
    before = lab.pids()
    killed = ["etcd", "game-gke/kube-controller-manager", "game-gke/kwok"]
    for name in killed:
        os.kill(before[name], signal.SIGKILL)
    eventually(lambda: not any(runs(before[name]) for name in killed), "they end")
    assert lab("status", ok=False).returncode == 1
    lab("up")
    after = lab.pids()
    assert all(after.values()) and {name for name in before if before[name] != after[name]} >= set(killed)
    assert lab.kubectl("game-gke", "get", "namespace", "kept", "-o", "name") == "namespace/kept"


def test_growing_leaves_the_others_alone(lab):
    before = lab.pids()
    lab("up", "3")
    after = lab.pids()
    assert before.items() <= after.items()
    assert lab.kubectl("game-3", "get", "nodes", "-o", "name") == "node/game-3-node"


def test_down_leaves_no_process_and_no_file(lab):
    pids = lab.pids().values()
    lab("down")
    assert not any(runs(pid) for pid in pids)
    assert not lab.directory.exists()


# Bare ones, for what needs labs of its own


def test_two_labs_at_a_time(bare, tmp_path):
    other = Lab(tmp_path / "other")
    try:
        ups = [threading.Thread(target=one, args=("up", "1", "--bare")) for one in (bare, other)]
        for thread in ups:
            thread.start()
        for thread in ups:
            thread.join()
        bare.kubectl("game-agones", "create", "namespace", "mine")
        assert "mine" not in other.kubectl("game-agones", "get", "namespaces", "-o", "name")
        bare("down")
        assert other.status()["ready"]
    finally:
        other("down")


def recorded(lab) -> set:
    """The processes that a lab has written down."""
    texts = [record.read_text() for record in lab.directory.rglob("*.process")]
    return {int(text.split()[1]) for text in texts if text}


@pytest.mark.parametrize("then", ["up", "down"])
def test_a_launcher_killed_in_the_middle(bare, then):
    """After each process that it starts: the next command must know that process."""
    pids = set()
    for count in (0, 1, 2):
        launcher = subprocess.Popen([LAB, "up", "1", "--bare"], env=bare.env, stderr=subprocess.DEVNULL)
        eventually(lambda least=count: len(recorded(bare)) >= least, f"{count} processes are recorded")
        launcher.kill()
        launcher.wait()
        pids |= recorded(bare)
    if then == "up":
        bare("up", "1", "--bare")
        assert bare.status()["ready"]
    bare("down")
    assert pids and not any(runs(pid) for pid in pids)
    assert not bare.directory.exists()


def test_an_interrupt_ends_the_wait_and_down_the_rest(bare):
    launcher = subprocess.Popen([LAB, "up", "2", "--bare"], env=bare.env, stderr=subprocess.PIPE, text=True)
    eventually(lambda: list(bare.directory.rglob("kube-apiserver.process")), "an API server starts")
    launcher.send_signal(signal.SIGINT)
    said = launcher.communicate(timeout=10)[1]
    assert launcher.returncode == 130 and "lab/lab down" in said
    assert "nothing of the lab is left" in bare("down").stderr


def test_a_pid_that_was_given_away_is_not_ended(bare):
    bare("up", "1", "--bare")
    record = bare.directory / "etcd.process"
    bystander = subprocess.Popen(["sleep", "60"], start_new_session=True)
    try:
        true_record = record.read_text()
        boot, pid, rest = true_record.split(" ", 2)
        record.write_text(f"{boot} {bystander.pid} {rest}")
        bare.status()
        (bare.directory / "spare.process").write_text(true_record)  # so that `down` still finds the real one
        bare("down")
        assert bystander.poll() is None
        assert not runs(int(pid))
    finally:
        bystander.kill()
