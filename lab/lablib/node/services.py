"""kube-proxy for one cluster: addresses of Services and of load balancers become addresses of ready pods.

The whole table is written anew when something changes; nft puts it in place of the old one at one moment.
"""

import re
import subprocess
import sys
import threading
import time

TARGET = re.compile(r"\d : (\S+ . \d+)")
SETTLE = 0.05  # seconds in which more changes are taken along
TABLE = """\
table ip {name} {{ }}
delete table ip {name}
table ip {name} {{
  map services {{
    type ipv4_addr . inet_proto . inet_service : verdict
{services}
  }}
  set own {{
    type ipv4_addr . ipv4_addr
{own}
  }}
  set refused {{
    type ipv4_addr . inet_proto . inet_service
{refused}
  }}
{chains}
  chain prerouting {{
    type nat hook prerouting priority -100; policy accept;
    ip daddr . meta l4proto . th dport vmap @services
  }}
  chain output {{
    type nat hook output priority -100; policy accept;
    ip daddr . meta l4proto . th dport vmap @services
  }}
  chain postrouting {{
    type nat hook postrouting priority 100; policy accept;
    ct status dnat ip saddr . ip daddr @own masquerade
  }}
  chain refuse_forward {{
    type filter hook forward priority -10; policy accept;
    ip daddr . meta l4proto . th dport @refused reject with icmp type port-unreachable
  }}
  chain refuse_output {{
    type filter hook output priority -10; policy accept;
    ip daddr . meta l4proto . th dport @refused reject with icmp type port-unreachable
  }}
}}
"""


def elements(listed):
    return f"    elements = {{ {', '.join(listed)} }}" if listed else ""


def load_balancers(service):
    """Addresses on which the outside reaches the Service, and host names with theirs.

    The address behind a host name is the one that stages.yaml would have given.
    """
    _, second, third, fourth = service["spec"]["clusterIP"].split(".")
    behind = f"100.{int(second) - 32}.{third}.{fourth}"
    addresses, names = [], {}
    for ingress in service.get("status", {}).get("loadBalancer", {}).get("ingress", []):
        if "ip" in ingress:
            addresses.append(ingress["ip"])
        elif "hostname" in ingress:
            addresses.append(behind)
            names[ingress["hostname"]] = behind
    return addresses, names


class Services(threading.Thread):
    def __init__(self, index, services, slices, hosts):
        super().__init__(daemon=True)
        self.index, self.services, self.slices, self.hosts = index, services, slices, hosts
        self.dirty, self.written = threading.Event(), None

    def run(self):
        while True:
            self.dirty.wait()
            time.sleep(SETTLE)
            self.dirty.clear()
            try:
                self.write()
            except (OSError, subprocess.CalledProcessError) as error:
                print(f"services: {error!r} {getattr(error, 'stderr', '')}", file=sys.stderr, flush=True)
                time.sleep(1)
                self.dirty.set()

    def _endpoints(self):
        """(namespace, service) -> name of port -> ["address . port"] of the ready."""
        found = {}
        for item in list(self.slices.objects.values()):
            metadata = item["metadata"]
            ports = found.setdefault((metadata["namespace"], metadata.get("labels", {}).get("kubernetes.io/service-name")), {})
            for port in item.get("ports") or []:
                if item["addressType"] == "IPv4" and port.get("port"):
                    ports.setdefault(port.get("name", ""), []).extend(
                        f"{address} . {port['port']}" for endpoint in item.get("endpoints") or []
                        if endpoint.get("conditions", {}).get("ready", True) for address in endpoint["addresses"])
        return found

    def table(self):
        endpoints, chains, services, refused, hosts = self._endpoints(), [], [], [], {}
        for service in sorted(list(self.services.objects.values()), key=lambda s: s["metadata"]["uid"]):
            spec, metadata = service["spec"], service["metadata"]
            if spec.get("clusterIP", "None") in ("None", ""):
                continue
            outside, names = load_balancers(service)
            hosts |= names
            for port in spec.get("ports", []):
                keys = [f"{address} . {port['protocol'].lower()} . {port['port']}" for address in (spec["clusterIP"], *outside)]
                targets = sorted(endpoints.get((metadata["namespace"], metadata["name"]), {}).get(port.get("name", ""), []))
                if not targets:
                    refused += keys
                    continue
                chain = f"service-{len(chains)}"
                listed = ", ".join(f"{number} : {target}" for number, target in enumerate(targets))
                chains.append(f"  chain {chain} {{\n    meta l4proto {port['protocol'].lower()} "
                              f"dnat ip to numgen random mod {len(targets)} map {{ {listed} }}\n  }}")
                services += [f"{key} : goto {chain}" for key in keys]
        return chains, services, refused, hosts

    def write(self):
        chains, services, refused, hosts = self.table()
        # A pod that is sent to itself must see a stranger's address, or it answers itself directly.
        pods = sorted({target.partition(" ")[0] for chain in chains for target in TARGET.findall(chain)})
        text = TABLE.format(name=f"services-{self.index}", chains="\n".join(chains), services=elements(services),
                            refused=elements(refused), own=elements([f"{pod} . {pod}" for pod in pods]))
        if text != self.written:
            subprocess.run(["nft", "-f", "-"], input=text, text=True, check=True, capture_output=True)
            self.written = text
        listed = "".join(f"{address} {name}\n" for name, address in sorted(hosts.items()))
        if not self.hosts.exists() or self.hosts.read_text() != listed:
            part = self.hosts.with_suffix(".part")
            part.write_text(listed)
            part.rename(self.hosts)
