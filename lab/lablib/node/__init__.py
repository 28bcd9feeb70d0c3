"""A mesh lab's node agent: kubelet and kube-proxy for the pods of one cluster that have processes here.

`python3 -m lablib.node CLUSTER` runs inside the lab's namespaces, one per cluster.
"""
