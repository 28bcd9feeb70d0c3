"""The few requests that the launcher itself makes to an API server, as user `lab`, and the kubeconfig files for everyone else."""

import base64
import http.client
import json
import ssl

KUBECONFIG = """\
apiVersion: v1
kind: Config
current-context: {current}
clusters:
{clusters}contexts:
{contexts}users:
{users}"""
CLUSTER = "- {{name: {name}, cluster: {{server: 'https://{host}:{port}', certificate-authority-data: {ca}}}}}\n"
CONTEXT = "- {{name: {name}, context: {{cluster: {name}, user: {name}}}}}\n"
USER = "- {{name: {name}, user: {{client-certificate-data: {crt}, client-key-data: {key}}}}}\n"


def write_kubeconfig(path, clusters, pki, user="admin", host=lambda _: "127.0.0.1"):
    """One file for the clusters; `pki` says where a cluster's certificates are. Written whole or not at all, for its owner only."""
    def data(cluster, name):
        return base64.b64encode((pki(cluster) / name).read_bytes()).decode()

    part = path.with_name(path.name + ".part")
    part.touch(mode=0o600)
    part.write_text(KUBECONFIG.format(
        current=clusters[0].name,
        clusters="".join(CLUSTER.format(name=c.name, host=host(c), port=c.port, ca=data(c, "ca.crt")) for c in clusters),
        contexts="".join(CONTEXT.format(name=c.name) for c in clusters),
        users="".join(USER.format(name=c.name, crt=data(c, f"{user}.crt"), key=data(c, f"{user}.key")) for c in clusters),
    ))
    part.rename(path)


class Api:
    def __init__(self, port, pki, user="lab"):
        self.port = port
        self.context = ssl.create_default_context(cafile=str(pki / "ca.crt"))
        self.context.load_cert_chain(str(pki / f"{user}.crt"), str(pki / f"{user}.key"))

    def request(self, method, path, body=None, kind="application/json"):
        """Status and body; status 0 if nobody answers."""
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, context=self.context, timeout=10)
        try:
            connection.request(method, path, json.dumps(body) if body else None, {"Content-Type": kind})
            response = connection.getresponse()
            return response.status, response.read()
        except (OSError, http.client.HTTPException):
            return 0, b""
        finally:
            connection.close()

    def get(self, path):
        """The object, or None if there is none."""
        status, body = self.request("GET", path)
        return json.loads(body) if status == 200 else None

    def ready(self):
        return self.request("GET", "/readyz")[0] == 200

    def create(self, path, body):
        """True once the object is there, whoever made it."""
        return self.request("POST", path, body)[0] in (201, 409)
