"""What the init container `istio-init` does: send a pod's connections through its sidecar.

Istio tells Envoy's own connections by their user id; here all have one. They are told by where they go: an application speaks to
addresses of Services and to reserved ones (240.0.0.0/4), Envoy never does, and pilot-agent only to istiod, whose ports are left out.
A connection to a pod's own address is not captured on its way out. Were Envoy sent to such an address once, it would call itself
for ever: the limit ends that.
"""

from .. import network

ISTIOD_PORTS = "15010, 15012"
RULES = """
table ip sidecar {{
  chain output {{
    type nat hook output priority -100; policy accept;
    tcp dport {{ {left_alone} }} accept
    meta l4proto tcp ip daddr {{ {captured} }} limit rate over 500/second burst 500 packets drop
    meta l4proto tcp ip daddr {{ {captured} }} redirect to :{outbound}
  }}
  chain prerouting {{
    type nat hook prerouting priority -100; policy accept;
    tcp dport {{ 15008, {inbound_excluded} }} accept
    meta l4proto tcp redirect to :{inbound}
  }}
}}
"""


def is_capture(container):
    return (container.get("args") or [""])[0] == "istio-iptables"


def rules(container):
    """The nft rules that mean what the container's arguments say, as far as they are understood here."""
    words = container["args"][1:]
    options = dict(zip(words, words[1:]))

    def listed(option):
        return [word for word in options.get(option, "").split(",") if word]

    return RULES.format(
        captured=f"{network.ALL_SERVICES}, 240.0.0.0/4",
        left_alone=", ".join([ISTIOD_PORTS, *listed("-o")]),
        inbound_excluded=", ".join(listed("-d") or ["15090", "15021", "15020"]),
        outbound=options.get("-p", "15001"), inbound=options.get("-z", "15006"))
