#include "unit/dns_support.hpp"

#include <algorithm>
#include <arpa/inet.h>

#include "strategies.hpp"
#include "stub_domains.hpp"
#include "suffix.hpp"
#include "unit/agreed.hpp"

#include "mesh/base64.hpp"

namespace mesh::dns::test {

namespace {

Json named(const char* api_version, const char* kind, const std::string& name_space,
           const std::string& name) {
  Json object{{"apiVersion", api_version}, {"kind", kind}, {"metadata", {{"name", name}}}};
  if (!name_space.empty()) object["metadata"]["namespace"] = name_space;
  return object;
}

std::string key_of(const Json& object) {
  return object.at("kind").get<std::string>() + " " +
         object["metadata"].value("namespace", std::string()) + "/" +
         object["metadata"].at("name").get<std::string>();
}

Json workload(const std::string& name, const std::string& image) {
  Json deployment = named("apps/v1", "Deployment", "kube-system", name);
  deployment["spec"]["replicas"] = 2;
  Json& pod = deployment["spec"]["template"];
  pod["metadata"]["labels"]["k8s-app"] = "kube-dns";
  pod["spec"]["containers"] = {
      {{"name", "coredns"},
       {"image", image},
       {"args", {"-conf", "/etc/coredns/Corefile"}},
       {"volumeMounts", {{{"name", "config-volume"}, {"mountPath", "/etc/coredns"}}}}}};
  pod["spec"]["volumes"] = {{{"name", "config-volume"}, {"configMap", {{"name", "coredns"}}}}};
  return deployment;
}

char low(unsigned value) {
  return static_cast<char>(value & 0xffU);
}

}  // namespace

Json dns_pod(const std::string& name_space, const std::string& name, int port) {
  Json pod = named("v1", "Pod", name_space, name);
  pod["status"] = {{"phase", "Running"}, {"conditions", {{{"type", "Ready"}, {"status", "True"}}}}};
  pod["spec"]["containers"] = {
      {{"name", "kubedns"},
       {"ports", {{{"name", "dns-tcp-local"}, {"protocol", "TCP"}, {"containerPort", 10053}}}}},
      {{"name", "dns"},
       {"ports", {{{"name", "dns-tcp"}, {"protocol", "TCP"}, {"containerPort", port}}}}}};
  return pod;
}

std::string wire_reply(const std::string& query, const std::vector<std::string>& addresses,
                       const std::string& code) {
  std::string reply = query.substr(0, 2);
  reply += {low(0x81), low(code == "NXDOMAIN" ? 0x83 : code == "SERVFAIL" ? 0x82 : 0x80)};
  reply += {0, 1, 0, low(static_cast<unsigned>(addresses.size())), 0, 0, 0, 0};
  const std::size_t question = query.find('\0', 12) + 5;
  reply += query.substr(12, question - 12);
  for (const std::string& address : addresses) {
    const bool v6 = is_ipv6(address);
    char bytes[16] = {};
    ::inet_pton(v6 ? AF_INET6 : AF_INET, address.c_str(), bytes);
    reply += {low(0xc0), 12, 0, low(v6 ? 28 : 1), 0, 1, 0, 0, 0, 30, 0, low(v6 ? 16 : 4)};
    reply.append(bytes, v6 ? 16 : 4);
  }
  return reply;
}

std::pair<std::string, bool> asked_in(const std::string& query) {
  std::string name;
  std::size_t at = 12;
  while (query.at(at) != 0) {
    const auto size = static_cast<unsigned char>(query[at]);
    name += (name.empty() ? "" : ".") + query.substr(at + 1, size);
    at += size + 1U;
  }
  return {name, query.at(at + 2) == 28};
}

Json finding(const Report& report, const std::string& id, const std::string& cluster) {
  for (const Json& item : report.items) {
    if (item.at("id") == id && item.at("cluster") == cluster) return item;
  }
  return {};
}

const Finding* find(const std::vector<Finding>& findings, const std::string& id) {
  const auto row = std::find_if(findings.begin(), findings.end(),
                                [&](const Finding& one) { return one.id == id; });
  return row == findings.end() ? nullptr : &*row;
}

Clusters::Clusters() {
  m_functions.struct_size = sizeof m_functions;
  m_functions.ctx = this;
  m_functions.call = call;
  m_functions.cancelled = [](void*) -> std::int32_t { return 0; };
  m_functions.deadline = [](void*) -> std::uint64_t { return 0; };
  strategies["istio-proxy"] = make_istio_proxy();
  strategies["coredns"] = make_coredns();
  strategies["coredns-custom"] = make_coredns_custom();
  strategies["kube-dns"] = make_kube_dns();
}

void Clusters::add_coredns(const std::string& cluster, const std::string& corefile) {
  Json config = named("v1", "ConfigMap", "kube-system", "coredns");
  config["data"]["Corefile"] = corefile;
  put(cluster, config);
  put(cluster, workload("coredns", "registry.k8s.io/coredns/coredns:v1.11.3"));
  put(cluster, dns_pod("kube-system", "coredns-1", 53));
  put(cluster, dns_pod("kube-system", "coredns-2", 53));
  Json service = named("v1", "Service", "default", "kubernetes");
  service["spec"]["clusterIP"] = "10.96.0.1";
  put(cluster, service);
  put(cluster, named("v1", "Namespace", "", "istio-system"));
}

void Clusters::add_custom(const std::string& cluster, bool there) {
  add_coredns(cluster, std::string(k_corefile) + "import custom/*.server\n");
  Json& spec = object(cluster, "Deployment kube-system/coredns")["spec"]["template"]["spec"];
  spec["containers"][0]["volumeMounts"].push_back(
      {{"name", "custom"}, {"mountPath", "/etc/coredns/custom"}});
  spec["volumes"].push_back({{"name", "custom"}, {"configMap", {{"name", "coredns-custom"}}}});
  if (there) {
    Json custom = named("v1", "ConfigMap", "kube-system", "coredns-custom");
    custom["data"]["corp.server"] = "corp.example:53 {\n    forward . 10.1.1.1\n}\n";
    put(cluster, custom);
  }
}

void Clusters::add_kube_dns(const std::string& cluster, const std::optional<std::string>& stubs) {
  add_coredns(cluster);
  auto& there = objects[cluster];
  there.erase("ConfigMap kube-system/coredns");
  there.erase("Deployment kube-system/coredns");
  Json deployment = workload("kube-dns", "registry.k8s.io/dns/k8s-dns-kube-dns:1.23.0");
  deployment["spec"]["template"]["spec"]["containers"][0]["args"] = {"--domain=cluster.local."};
  deployment["spec"]["template"]["spec"]["volumes"] = Json::array();
  put(cluster, deployment);
  Json config = named("v1", "ConfigMap", "kube-system", "kube-dns");
  config["metadata"]["labels"]["addonmanager.kubernetes.io/mode"] = "EnsureExists";
  if (stubs) config["data"]["stubDomains"] = *stubs;
  put(cluster, config);
}

void Clusters::export_name(const std::string& cluster, const std::string& host,
                           const std::string& address) {
  Json entry = named("networking.istio.io/v1", "ServiceEntry", "istio-system", "mesh-" + host);
  entry["metadata"]["labels"]["app.kubernetes.io/managed-by"] = "kubectl-mesh";
  entry["spec"] = {{"hosts", {host}}, {"addresses", {address}}};
  put(cluster, entry);
}

Json& Clusters::object(const std::string& cluster, const std::string& key) {
  REQUIRE(objects[cluster].contains(key));
  return objects[cluster][key];
}

std::string Clusters::corefile(const std::string& cluster) {
  return object(cluster, "ConfigMap kube-system/coredns")["data"]["Corefile"];
}

std::optional<std::string> Clusters::stubs(const std::string& cluster) {
  const Json data = object(cluster, "ConfigMap kube-system/kube-dns").value("data", Json::object());
  if (!data.contains("stubDomains")) return std::nullopt;
  return data["stubDomains"].get<std::string>();
}

// ---- as the host

std::int32_t Clusters::call(void* self, mesh_text service, mesh_text verb, mesh_text request,
                            const mesh_sink* reply) {
  const auto text = [](mesh_text part) { return std::string(part.ptr, part.len); };
  const auto write = [&](const Json& document) {
    const std::string line = to_text(document);
    return reply->write(reply->ctx, line.data(), line.size());
  };
  try {
    return write(static_cast<Clusters*>(self)->answer(text(service), text(verb),
                                                      parse_json(text(request), "the request")));
  } catch (const Failure& failure) {
    if (failure.problem().code == "unsupported") return MESH_UNSUPPORTED;
    write(to_json(failure.problem()));
    return MESH_FAILED;
  }
}

Json Clusters::answer(const std::string& service, const std::string& verb, const Json& request) {
  Json results = Json::array();
  if (service == "kube.read/1") {
    for (const Json& wanted : request.at("reads")) results.push_back(read(wanted));
    return {{"results", results}};
  }
  if (service == "pod/1") {
    for (const Json& wanted : request.at("asks")) results.push_back(ask(wanted));
    return {{"results", results}};
  }
  if (service == "catalogue/1") {
    for (const auto& [name, strategy] : strategies)
      results.push_back({{"address", "dns/1:" + name},
                         {"name", name},
                         {"abilities", strategy->describe().abilities}});
    return {{"extensions", results}};
  }
  const auto strategy = strategies.find(service.substr(service.find(':') + 1));
  if (strategy == strategies.end()) throw Failure("unsupported", service);
  return strategy->second->invoke(verb, request, host());
}

Json Clusters::read(const Json& wanted) {
  const std::string cluster = wanted.at("cluster");
  if (cluster == unreadable)
    return {{"found", false},
            {"problem", {{"code", "unreachable"}, {"message", cluster + ": no answer"}}}};
  const std::string name_space = wanted.value("namespace", std::string());
  const std::string begin = wanted.at("kind").get<std::string>() + " " + name_space;
  const auto& there = objects[cluster];
  const std::string name = wanted.value("name", std::string());
  if (!name.empty()) {
    const auto object = there.find(begin + "/" + name);
    if (object == there.end()) return {{"found", false}};
    return {{"found", true}, {"object", object->second}};
  }
  Json items = Json::array();
  for (const auto& [key, object] : there) {
    if (key.starts_with(begin)) items.push_back(object);
  }
  return {{"found", true}, {"object", {{"items", items}}}, {"next", ""}};
}

/// The stub leads where the objects say, the server answers what its ConfigMap holds.
std::vector<std::string> Clusters::resolve(const std::string& cluster, const std::string& name,
                                           bool v6, std::string& code) {
  const std::string zone =
      object(cluster, "ConfigMap istio-system/kubectl-mesh-dns")["data"]["zone"];
  std::vector<std::string> addresses;
  code = "NXDOMAIN";
  for (std::size_t begin = 0; begin < zone.size();) {
    const std::size_t end = zone.find('\n', begin);
    const std::string line = zone.substr(begin, end - begin);
    begin = end + 1;
    if (!line.starts_with(name + ". ")) continue;
    code = "NOERROR";
    const std::string type = v6 ? " IN AAAA " : " IN A ";
    const std::size_t at = line.find(type);
    if (at != std::string::npos) addresses.push_back(line.substr(at + type.size()));
  }
  return addresses;
}

Json Clusters::ask(const Json& wanted) {
  const std::string cluster = wanted.at("cluster");
  if (wanted.at("pod") == deaf)
    return {{"problem", {{"code", "unreachable"}, {"message", "pod " + deaf + ": no answer"}}}};
  CHECK(wanted.at("port") == (wanted.at("namespace") == "istio-system" ? 1053 : 53));
  const std::string query = base64_decode(wanted.at("frame").get<std::string>());
  const auto [name, v6] = asked_in(query);
  std::string code = "NXDOMAIN";
  std::vector<std::string> addresses;
  if (name == "kubernetes.default.svc.cluster.local" && cluster_names) {
    code = "NOERROR";
    addresses = {"10.96.0.1"};
  } else if (name.ends_with("." + mesh.suffix)) {
    const DnsRequest asked =
        request_for(read_facts(host(), {cluster}, "istio-system", Depth::objects).front(),
                    mesh.suffix, settings);
    const bool direct = wanted.at("namespace") == "istio-system" || wanted.at("namespace") == "dns";
    const Host self = host();
    const bool stub = std::any_of(strategies.begin(), strategies.end(), [&](const auto& entry) {
      return DnsClient(entry.first, self).look(asked).targets ==
             std::vector<std::string>{asked.server};
    });
    if (direct || (stub && !asked.server.empty())) addresses = resolve(cluster, name, v6, code);
  }
  return {{"frame", base64_encode(wire_reply(query, addresses, code))}};
}

void Clusters::put(const std::string& cluster, Json object) {
  Json& live = objects[cluster][key_of(object)];
  object["metadata"]["uid"] = live.is_object() ? live["metadata"]["uid"].get<std::string>()
                                               : "uid-" + std::to_string(++m_uids);
  Json merged = live.is_object() ? live : Json::object();
  merged.merge_patch(object);
  live = std::move(merged);
}

void Clusters::start_server(const std::string& cluster) {
  object(cluster, "Service istio-system/kubectl-mesh-dns")["spec"]["clusterIP"] = "10.96.77.7";
  Json& deployment = object(cluster, "Deployment istio-system/kubectl-mesh-dns");
  deployment["status"] = {{"availableReplicas", 2}, {"updatedReplicas", 2}};
  put(cluster, dns_pod("istio-system", "kubectl-mesh-dns-1", 1053));
}

CommandRequest Clusters::request(const char* verb, std::vector<std::string> names, Json options,
                                 Json extra) {
  return {.verb = verb,
          .clusters = std::move(names),
          .options = std::move(options),
          .settings = extra.empty() ? settings : std::move(extra),
          .mesh = mesh};
}

Plan Clusters::install(std::vector<std::string> names, Json options) {
  return dns::install(request("install", std::move(names), std::move(options)), host());
}

Report Clusters::verify(std::vector<std::string> names, Json options) {
  return dns::verify(request("verify", std::move(names), std::move(options)), host());
}

int Clusters::install_all(const std::vector<std::string>& names, const Json& options) {
  int writes = 0;
  mesh::test::Agreed agreed;
  for (int round = 0; round < 4; ++round) {
    const Plan plan = install(names, options);
    agreed.look_at(plan);
    writes += apply(plan);
    if (!plan.continues) return writes;
  }
  FAIL("the plan continues for ever");
  return 0;
}

int Clusters::apply(const Plan& plan) {
  for (const Problem& refusal : plan.refusals) UNSCOPED_INFO(refusal.message);
  REQUIRE(plan.refusals.empty());
  int writes = 0;
  for (const Action& action : plan.actions) {
    if (action.type == ActionType::apply) {
      put(action.cluster, action.object);
      ++writes;
    } else if (action.type == ActionType::wait) {
      start_server(action.cluster);
    } else if (action.type == ActionType::prove) {
      const Json& asked = action.request;
      const Report report = dns::verify(
          request("verify", asked.at("clusters"), asked.at("options"), asked.at("settings")),
          host());
      INFO(to_text(report.items));
      CHECK_FALSE(report.failed);
    } else if (action.type != ActionType::restart) {
      const std::string key =
          action.target.kind + " " + action.target.name_space + "/" + action.target.name;
      Json& live = object(action.cluster, key);
      for (const auto& [pointer, value] : action.precondition.items()) {
        const Json::json_pointer place(pointer);
        CHECK((live.contains(place) ? live.at(place) : Json()) == value);
      }
      if (action.type == ActionType::edit) {
        live = live.patch(action.patch);
      } else {
        objects[action.cluster].erase(key);
        if (action.target.kind == "Deployment")
          objects[action.cluster].erase("Pod istio-system/kubectl-mesh-dns-1");
      }
      ++writes;
    }
  }
  return writes;
}

}  // namespace mesh::dns::test
