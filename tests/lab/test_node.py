"""The mesh lab's kubelet and kube-proxy, as far as they can be asked without a cluster."""

import sys
import time
from types import SimpleNamespace

import pytest

from conftest import LAB

sys.path.insert(0, str(LAB.parent))
from lablib import images, limits  # noqa: E402
from lablib.errors import LabError  # noqa: E402
from lablib.node import capture, container, fields, services, volumes  # noqa: E402

POD = {"metadata": {"name": "web-1", "namespace": "shop", "labels": {"app": "web"}, "annotations": {"a/b": "c"}},
       "spec": {"serviceAccountName": "web"}, "status": {"podIP": "10.10.128.1"}}
NOTHING = lambda *_: None  # noqa: E731


class Told:
    """The events of a pod, as they were reported."""

    def __init__(self):
        self.warnings = []

    def warn(self, reason, message, container=None):
        self.warnings.append((reason, message, container))


def variables(*env, read=NOTHING, image=images.Image((), {})):
    return fields.environment(POD, {"env": list(env), "resources": {"limits": {"cpu": "1500m", "memory": "1Gi"}}}, image, "10.96.0.1", read)


@pytest.mark.parametrize("path, value", [("metadata.name", "web-1"), ("status.podIP", "10.10.128.1"), ("metadata.labels['app']", "web"),
                                         ("metadata.annotations['a/b']", "c"), ("metadata.labels", 'app="web"\n'), ("status.hostIP", "")])
def test_fields_of_the_downward_api(path, value):
    assert fields.field(POD, path) == value


def test_the_environment_is_what_the_pod_says():
    made = variables({"name": "A", "value": "1"}, {"name": "B", "value": "$(A)$(NOPE)"},
                     {"name": "CPU", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu", "divisor": "1"}}},
                     {"name": "MEMORY", "valueFrom": {"resourceFieldRef": {"resource": "limits.memory", "divisor": "1Mi"}}},
                     {"name": "KEY", "valueFrom": {"configMapKeyRef": {"name": "c", "key": "k"}}},
                     read=lambda kind, _, name: {"k": b"v"} if (kind, name) == ("configMap", "c") else None)
    assert (made["B"], made["CPU"], made["MEMORY"], made["KEY"]) == ("1$(NOPE)", "2", "1024", "v")
    assert made["KUBERNETES_SERVICE_HOST"] == "10.96.0.1"


def test_what_is_not_there_yet_is_waited_for():
    reference = {"name": "s", "key": "k"}
    with pytest.raises(fields.Missing):
        variables({"name": "KEY", "valueFrom": {"secretKeyRef": reference}})
    assert "KEY" not in variables({"name": "KEY", "valueFrom": {"secretKeyRef": {**reference, "optional": True}}})


def test_a_pod_may_overrule_its_image():
    image = images.Image((), {}, (("PILOT_X", "false"),))
    assert variables(image=image)["PILOT_X"] == "false"
    assert variables({"name": "PILOT_X", "value": "true"}, image=image)["PILOT_X"] == "true"


def test_a_volume_changes_at_one_moment_and_loses_what_is_gone(tmp_path):
    data = {"a": b"1", "b": b"2"}
    pod = {**POD, "spec": {"volumes": [{"name": "v", "configMap": {"name": "c"}}]}}
    volume = volumes.Volumes(tmp_path, pod, None, lambda *_: data)
    volume.write(pod)
    assert {p.name: p.read_bytes() for p in (tmp_path / "v").iterdir() if not p.name.startswith("..")} == data
    kept = (tmp_path / "v" / "..data").readlink()
    volume.write(pod)
    assert (tmp_path / "v" / "..data").readlink() == kept, "nothing has changed, nothing is written"
    data = {"a": b"3"}
    volume.write(pod)
    assert {p.name: p.read_bytes() for p in (tmp_path / "v").iterdir() if not p.name.startswith("..")} == {"a": b"3"}


@pytest.mark.parametrize("image, known", [("docker.io/istio/pilot:1.31.0", True), ("registry.k8s.io/coredns/coredns@sha256:00", True),
                                          ("coredns/coredns", True), ("example.com:5000/nginx", False), ("pilot-light", False)])
def test_images_are_told_by_their_last_name(image, known):
    assert (images.image_of({"image": image}) is not None) == known


def test_capture_means_what_istio_init_is_told():
    container = {"args": ["istio-iptables", "-p", "15001", "-z", "15006", "-o", "3306", "-d", "15090,15021"]}
    assert capture.is_capture(container)
    rules = capture.rules(container)
    assert "redirect to :15001" in rules and "15010, 15012, 3306" in rules and "15008, 15090, 15021" in rules


def test_services_lead_to_ready_pods_and_refuse_without_any(tmp_path):
    def service(name, address, **status):
        return {"metadata": {"name": name, "namespace": "shop", "uid": name}, "status": status,
                "spec": {"clusterIP": address, "ports": [{"name": "http", "port": 80, "protocol": "TCP"}]}}

    web = service("web", "10.97.1.2", loadBalancer={"ingress": [{"hostname": "web.example.com"}]})
    endpoints = [{"addresses": ["10.11.128.1"], "conditions": {"ready": True}}, {"addresses": ["10.11.128.2"], "conditions": {"ready": False}}]
    piece = {"metadata": {"namespace": "shop", "labels": {"kubernetes.io/service-name": "web"}}, "addressType": "IPv4",
             "ports": [{"name": "http", "port": 8000}], "endpoints": endpoints}
    of = lambda *items: SimpleNamespace(objects=dict(enumerate(items)))  # noqa: E731
    table = services.Services(1, of(web, service("empty", "10.97.1.3"), service("headless", "None")), of(piece), tmp_path / "hosts")
    chains, forwarded, refused, hosts = table.table()
    assert len(chains) == 1 and "0 : 10.11.128.1 . 8000" in chains[0] and "10.11.128.2" not in chains[0]
    assert [key.partition(" : ")[0] for key in forwarded] == ["10.97.1.2 . tcp . 80", "100.65.1.2 . tcp . 80"]
    assert refused == ["10.97.1.3 . tcp . 80"]
    assert hosts == {"web.example.com": "100.65.1.2"}


def test_only_the_first_process_of_a_container_is_told_to_end(tmp_path):
    """As by a kubelet: pilot-agent decides when its Envoy ends."""
    script = f"trap : TERM; (touch {tmp_path}/begun; sleep 0.5; touch {tmp_path}/finished) & wait; wait"
    sandbox = SimpleNamespace(directory=tmp_path, address="127.0.0.1", enter=lambda: [])
    one = container.Container({"name": "c", "image": "x", "command": ["/bin/sh", "-c", script]}, images.Image((), {}), sandbox, Told())
    one.keep_running(POD, "10.96.0.1", NOTHING)
    while not (tmp_path / "begun").exists():
        time.sleep(0.01)
    one.stop(5)
    assert (tmp_path / "finished").exists()


def contained(tmp_path, image="x", **wish):
    sandbox = SimpleNamespace(directory=tmp_path, address="127.0.0.1", enter=lambda: [])
    return container.Container({"name": "c", "image": image, **wish}, images.Image((), {}), sandbox, Told())


def begin(one, read=NOTHING):
    """A run, or a try of one, whatever pause is due."""
    one.not_before = 0
    one.keep_running(POD, "10.96.0.1", read)
    if one.child:
        one.child.wait(10)


def test_a_container_that_ends_shows_how(tmp_path):
    one = contained(tmp_path, command=["/bin/sh", "-c", "echo run; echo no config >&2; exit 7"], terminationMessagePolicy="FallbackToLogsOnError")
    begin(one)
    begin(one)
    one.not_before = float("inf")
    one.keep_running(POD, "10.96.0.1", NOTHING)
    status = one.status()
    assert status["state"]["waiting"]["reason"] == "CrashLoopBackOff" and status["restartCount"] == 1 and not status["ready"]
    last = status["lastState"]["terminated"]
    assert (last["exitCode"], last["reason"]) == (7, "Error") and "no config" in last["message"]
    assert ("BackOff", "Back-off restarting failed container c", "c") in one.events.warnings
    # Where its runs begin in the log, for `kubectl logs --previous`.
    assert (tmp_path / "c.runs").read_text().split() == ["0", str(len("run\nno config\n"))]


def test_an_image_that_cannot_be_pulled(tmp_path):
    one = contained(tmp_path, image="registry.example.com/x:no-such-tag")
    begin(one)
    assert one.status()["state"]["waiting"]["reason"] == "ErrImagePull" and not one.is_started()
    one.not_before = time.monotonic() + 1
    one.keep_running(POD, "10.96.0.1", NOTHING)
    waiting = one.status()["state"]["waiting"]
    assert waiting["reason"] == "ImagePullBackOff" and "not found" in waiting["message"]
    assert [reason for reason, *_ in one.events.warnings] == ["Failed", "Failed"]


def test_a_container_without_its_key_is_not_created(tmp_path):
    key = {"name": "K", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}
    one = contained(tmp_path, command=["/bin/true"], env=[key])
    begin(one)
    assert one.status()["state"]["waiting"] == {"reason": "CreateContainerConfigError", "message": 'secret "s" not found'}
    begin(one, read=lambda *_: {"k": b"v"})
    assert one.status()["lastState"] == {} and one.restarts == 0


@pytest.mark.parametrize("image, fails", [("a.invalid/x:1", "no such host"), ("a.invalid:5000/b/x", "no such host"), ("a/x:no-such-tag", "not found"),
                                          ("invalid/x:1", None), ("a/x:1", None)])
def test_images_that_no_registry_has(image, fails):
    assert (fails in images.pull_error(image)) if fails else images.pull_error(image) is None


def test_a_limit_of_the_kernel_is_named(monkeypatch):
    monkeypatch.setattr(limits, "INSTANCES", 100_000)
    with pytest.raises(LabError, match="of .* inotify instances of your user are free") as refused:
        limits.check(1)
    assert "sysctl -w fs.inotify.max_user_instances=" in refused.value.hint
    limits.check(0)
