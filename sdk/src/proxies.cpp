#include "mesh/proxies.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "mesh/base64.hpp"
#include "mesh/lookup.hpp"

namespace mesh {

namespace {

constexpr const char* k_container = "istio-proxy";
constexpr const char* k_secrets = "/config_dump?resource=dynamic_active_secrets";
constexpr const char* k_listeners = "/config_dump?resource=dynamic_listeners";
// As istiod names the clusters behind AUTO_PASSTHROUGH: they have no TLS of their own.
constexpr const char* k_passing_cluster = "outbound_.";
constexpr const char* k_no_cluster = "BlackHoleCluster";
// The secrets that istio's agent serves, by the names that every Istio gives them.
constexpr const char* k_own = "default";
constexpr const char* k_trusted = "ROOTCA";
// An answer has some 10 KiB, and all answers of one call together are one document.
constexpr std::size_t k_asks_at_once = 200;

const Json* container_of(const Json& pod) {
  // A native sidecar is an init container.
  for (const char* list : {"/spec/containers", "/spec/initContainers"}) {
    for (const Json& container : lookup::list(pod, list)) {
      if (lookup::text(container, "/name") == k_container) return &container;
    }
  }
  return nullptr;
}

std::string variable(const Json& container, const std::string& name) {
  for (const Json& entry : lookup::list(container, "/env")) {
    if (lookup::text(entry, "/name") == name) return lookup::text(entry, "/value");
  }
  return {};
}

/// A DataSource of Envoy.
std::string text_of(const Json& source) {
  const std::string bytes = lookup::text(source, "/inline_bytes");
  return bytes.empty() ? lookup::text(source, "/inline_string") : base64_decode(bytes);
}

/// The roots of a validation context: a bundle, or one per trust domain (SPIFFE's validator, which
/// Istio uses where there are several).
std::string roots_of(const Json& context) {
  std::string roots = text_of(lookup::value(context, "/trusted_ca"));
  for (const Json& domain :
       lookup::list(context, "/custom_validator_config/typed_config/trust_domains")) {
    roots += text_of(lookup::value(domain, "/trust_bundle"));
    if (!roots.ends_with('\n')) roots += '\n';
  }
  return roots;
}

std::string place_of(const ProxyState& state) {
  return state.proxy.cluster + "/" + state.proxy.name_space;
}

/// Which are asked: of each workload one, then of each a second, until there are `sample`.
std::vector<ProxyState*> chosen(std::vector<ProxyState>& all, std::size_t sample) {
  std::map<std::tuple<std::string, std::string, std::string>, std::size_t> seen;
  std::vector<std::pair<std::size_t, ProxyState*>> ranked;
  for (ProxyState& one : all) {
    const Proxy& proxy = one.proxy;
    const std::string name = proxy.owner.name.empty() ? proxy.pod : proxy.owner.name;
    ranked.emplace_back(seen[{proxy.name_space, proxy.owner.kind, name}]++, &one);
  }
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<ProxyState*> some;
  for (const auto& [rank, one] : ranked) {
    if (sample != 0 && some.size() == sample) {
      one->unread = "not asked (--sample)";
    } else {
      some.push_back(one);
    }
  }
  return some;
}

using Shut = std::set<std::string>;

/// What a filter says of the connections that it gets; one that hands them on by itself.
bool passes(const Json& filter) {
  const std::string type = lookup::text(filter, "/typed_config/@type");
  const bool ends = type.ends_with("TcpProxy") || type.ends_with("HttpConnectionManager");
  const std::string cluster = lookup::text(filter, "/typed_config/cluster");
  return !ends || cluster.starts_with(k_passing_cluster) || cluster == k_no_cluster;
}

void take_listeners(ProxyState& state, const PodAnswer& answer, Shut&) {
  if (answer.problem || answer.status != 200) return;
  try {
    state.passes_through = only_passes_through(answer.bytes);
  } catch (const Failure&) {  // then it is taken for one that does more
  }
}

void take_secrets(ProxyState& state, const PodAnswer& answer, Shut& shut) {
  if (answer.problem) {
    state.unread = answer.problem->message;
    // Rights are given by namespace: who may not here may not there either.
    if (answer.problem->code == "forbidden") shut.insert(place_of(state));
    return;
  }
  if (answer.status != 200) {
    state.unread = "Envoy answered with status " + std::to_string(answer.status);
    return;
  }
  try {
    state.holds = proxy_certificates(answer.bytes);
  } catch (const Failure& failure) {
    state.unread = failure.problem().message;
  }
}

/// Halves what is asked at once when the answers together are more than a document.
std::vector<PodAnswer> ask(const Host& host, const std::vector<PodAsk>& asks) {
  try {
    return host.ask_pods(asks);
  } catch (const Failure& failure) {
    if (failure.problem().code != "too-large" || asks.size() == 1) throw;
  }
  const auto middle = asks.begin() + static_cast<long>(asks.size() / 2);
  std::vector<PodAnswer> answers = ask(host, {asks.begin(), middle});
  for (PodAnswer& answer : ask(host, {middle, asks.end()})) answers.push_back(std::move(answer));
  return answers;
}

void ask_all(const Host& host, const std::vector<ProxyState*>& wanted, const char* path,
             void (*take)(ProxyState&, const PodAnswer&, Shut&)) {
  Shut shut;
  for (std::size_t next = 0; next < wanted.size();) {
    std::vector<PodAsk> asks;
    std::vector<ProxyState*> whose;
    for (; next < wanted.size() && asks.size() < k_asks_at_once; ++next) {
      ProxyState& one = *wanted[next];
      if (shut.contains(place_of(one))) {
        one.unread = "port-forward is forbidden in its namespace";
        continue;
      }
      asks.push_back({.cluster = one.proxy.cluster,
                      .name_space = one.proxy.name_space,
                      .pod = one.proxy.pod,
                      .port = one.proxy.admin_port,
                      .path = path,
                      .frame = {}});
      whose.push_back(&one);
    }
    if (asks.empty()) continue;
    const std::vector<PodAnswer> answers = ask(host, asks);
    for (std::size_t at = 0; at < answers.size(); ++at) take(*whose[at], answers[at], shut);
  }
}

/// Gateways that have answered are asked what they do with it.
void ask_gateways(const Host& host, const std::vector<ProxyState*>& all) {
  std::vector<ProxyState*> gateways;
  for (ProxyState* one : all) {
    if (one->proxy.gateway && one->holds) gateways.push_back(one);
  }
  ask_all(host, gateways, k_listeners, take_listeners);
}

}  // namespace

std::optional<Proxy> proxy_of(const std::string& cluster, const Json& pod) {
  const Json* container = container_of(pod);
  if (container == nullptr || is_gone(pod) || lookup::text(pod, "/status/phase") != "Running")
    return std::nullopt;
  Proxy proxy{.cluster = cluster,
              .name_space = lookup::text(pod, "/metadata/namespace"),
              .pod = lookup::text(pod, "/metadata/name"),
              .owner = owner_of(pod),
              .created = lookup::text(pod, "/metadata/creationTimestamp"),
              .gateway = lookup::text(*container, "/args/1") == "router",
              .takes_roots = variable(*container, "PROXY_CONFIG_XDS_AGENT") == "true"};
  const Json config = json_or_null(variable(*container, "PROXY_CONFIG"));
  const std::int64_t port = lookup::number(config, "/proxyAdminPort");
  if (port > 0 && port <= 65535) proxy.admin_port = static_cast<int>(port);
  return proxy;
}

bool only_passes_through(const std::string& listeners) {
  const Json document = parse_json(listeners, "Envoy's answer");
  for (const Json& entry : lookup::list(document, "/configs")) {
    if (!lookup::value(entry, "/active_state/listener/default_filter_chain").is_null())
      return false;
    for (const Json& chain : lookup::list(entry, "/active_state/listener/filter_chains")) {
      if (!lookup::value(chain, "/transport_socket").is_null()) return false;
      const Json& filters = lookup::list(chain, "/filters");
      if (!std::all_of(filters.begin(), filters.end(), passes)) return false;
    }
  }
  return true;
}

ProxyCertificates proxy_certificates(const std::string& secrets) {
  const Json document = parse_json(secrets, "Envoy's answer");
  ProxyCertificates holds;
  for (const Json& entry : lookup::list(document, "/configs")) {
    const std::string name = lookup::text(entry, "/name");
    if (name == k_own)
      holds.chain = text_of(lookup::value(entry, "/secret/tls_certificate/certificate_chain"));
    if (name == k_trusted)
      holds.roots = roots_of(lookup::value(entry, "/secret/validation_context"));
  }
  return holds;
}

std::vector<ClusterProxies> read_proxies(const Host& host, const ProxyLook& look) {
  std::vector<ClusterProxies> all;
  std::vector<Read> reads;
  for (const std::string& cluster : look.clusters) {
    all.push_back({.cluster = cluster, .proxies = {}, .problem = {}});
    reads.push_back(lookup::list_of(cluster, "v1", "Pod"));
  }
  const auto problems = lookup::each_page(host, reads, [&](std::size_t at, const Json& items) {
    for (const Json& pod : items) {
      if (std::optional<Proxy> proxy = proxy_of(all[at].cluster, pod))
        all[at].proxies.push_back({.proxy = std::move(*proxy), .holds = {}, .unread = {}});
    }
  });
  std::vector<ProxyState*> wanted;
  for (std::size_t at = 0; at < all.size(); ++at) {
    all[at].problem = problems[at];
    std::vector<ProxyState>& proxies = all[at].proxies;
    std::sort(proxies.begin(), proxies.end(), [](const ProxyState& a, const ProxyState& b) {
      return std::tie(a.proxy.name_space, a.proxy.owner.name, a.proxy.pod) <
             std::tie(b.proxy.name_space, b.proxy.owner.name, b.proxy.pod);
    });
    for (ProxyState* one : chosen(proxies, look.sample)) wanted.push_back(one);
  }
  if (!look.ask) {
    for (ProxyState* one : wanted) one->unread = "not asked (--objects-only)";
    return all;
  }
  if (!wanted.empty())
    host.progress("", "asking " + std::to_string(wanted.size()) + " proxies what they hold");
  ask_all(host, wanted, k_secrets, take_secrets);
  ask_gateways(host, wanted);
  return all;
}

}  // namespace mesh
