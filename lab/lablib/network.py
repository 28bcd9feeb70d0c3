"""The addresses of a mesh lab. They exist in its network namespace and nowhere else."""

INTERNET_DNS = "172.30.0.53"  # the name server of the world outside of the clusters
LOAD_BALANCERS = "100.64.0.0/10"
ALL_SERVICES = "10.96.0.0/11"
MOST_CLUSTERS = 8


def control_plane(index):
    """The address of a cluster's API server and of its node."""
    return f"172.30.0.{10 + index}"


def pods(index):
    return f"10.{10 + index}.0.0/16"


def pretending_pods(index):
    return f"10.{10 + index}.0.0/17"


def pod(index, number):
    """The address of the pod with this number, in the half of the range that kwok does not give away."""
    return f"10.{10 + index}.{128 + number // 256 % 128}.{number % 256}"


def services(index):
    return f"10.{96 + index}.0.0/16"


def service(index, last):
    return f"10.{96 + index}.0.{last}"
