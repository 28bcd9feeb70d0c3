#include "unit/inject_support.hpp"

#include "mesh/base64.hpp"

namespace mesh::inject::test {

namespace {

Json expression(const char* key, const char* how, Json values = Json::array()) {
  return {{"key", key}, {"operator", how}, {"values", std::move(values)}};
}

Json selector(std::vector<Json> expressions) {
  return {{"matchExpressions", Json(std::move(expressions))}};
}

Json webhook_entry(const Json& namespaces, const Json& objects, const std::string& ca) {
  Json entry{{"namespaceSelector", namespaces}, {"objectSelector", objects}};
  entry["clientConfig"] = Json::object();
  if (!ca.empty()) entry["clientConfig"]["caBundle"] = base64_encode(ca);
  return entry;
}

Json one(const char* text) {
  Json list = Json::array();
  list.push_back(text);
  return list;
}

}  // namespace

Bench::Bench() {
  add_istio("a");
  add_namespace("default");
  add_app("app1");
}

void Bench::add_istio(const std::string& cluster, const std::string& revision,
                      const std::string& ca) {
  const std::string name = revision.empty() ? "default" : revision;
  const std::string end = revision.empty() ? "" : "-" + revision;
  const Json not_false = expression("sidecar.istio.io/inject", "NotIn", one("false"));
  Json hooks = Json::array();
  hooks.push_back(webhook_entry(selector({expression("istio.io/rev", "In", one(name.c_str())),
                                          expression("istio-injection", "DoesNotExist")}),
                                selector({not_false}), ca));
  hooks.push_back(webhook_entry(
      selector({expression("istio.io/rev", "DoesNotExist"),
                expression("istio-injection", "DoesNotExist")}),
      selector({not_false, expression("istio.io/rev", "In", one(name.c_str()))}), ca));
  if (revision.empty())
    hooks.push_back(webhook_entry(selector({expression("istio-injection", "In", one("enabled"))}),
                                  selector({not_false}), ca));
  put(cluster, {{"kind", "MutatingWebhookConfiguration"},
                {"metadata",
                 {{"name", "istio-sidecar-injector" + end},
                  {"labels", {{"app", "sidecar-injector"}, {"istio.io/rev", name}}}}},
                {"webhooks", hooks}});
  put(cluster,
      {{"kind", "ConfigMap"},
       {"metadata",
        {{"name", "istio-sidecar-injector" + end},
         {"namespace", "istio-system"},
         {"labels", {{"istio.io/rev", name}}}}},
       {"data",
        {{"values",
          R"({"global": {"meshID": "m", "network": "n1", "multiCluster": {"clusterName": "c1"}}})"}}}});
  put(cluster, {{"kind", "ConfigMap"},
                {"metadata", {{"name", "istio-ca-root-cert"}, {"namespace", "istio-system"}}},
                {"data", {{"root-cert.pem", k_root}}}});
  Json istiod{{"kind", "Pod"},
              {"metadata",
               {{"name", "istiod" + end + "-1"},
                {"namespace", "istio-system"},
                {"labels", {{"app", "istiod"}}}}}};
  istiod["spec"]["containers"] = Json::array();
  istiod["spec"]["containers"].push_back({{"image", "docker.io/istio/pilot:1.31.0-distroless"}});
  put(cluster, istiod);
}

void Bench::add_namespace(const std::string& name, Json labels, const std::string& cluster) {
  labels["kubernetes.io/metadata.name"] = name;
  put(cluster, {{"apiVersion", "v1"},
                {"kind", "Namespace"},
                {"metadata", {{"name", name}, {"labels", labels}}},
                {"status", {{"phase", "Active"}}}});
}

void Bench::add_app(const std::string& name, const std::string& sidecar,
                    const std::string& name_space, const std::string& cluster) {
  put(cluster,
      {{"apiVersion", "apps/v1"},
       {"kind", "Deployment"},
       {"metadata", {{"name", name}, {"namespace", name_space}}},
       {"spec", {{"replicas", 1}, {"template", {{"metadata", {{"labels", {{"app", name}}}}}}}}}});
  Json pod{{"apiVersion", "v1"},
           {"kind", "Pod"},
           {"metadata",
            {{"name", name + "-1"},
             {"namespace", name_space},
             {"labels", {{"app", name}, {"pod-template-hash", "77f"}}}}},
           {"status", {{"phase", "Running"}}}};
  pod["metadata"]["ownerReferences"] = Json::array();
  pod["metadata"]["ownerReferences"].push_back(
      {{"kind", "ReplicaSet"}, {"name", name + "-77f"}, {"controller", true}});
  pod["spec"]["containers"] = Json::array();
  pod["spec"]["containers"].push_back({{"name", "app"}});
  if (!sidecar.empty()) {
    pod["metadata"]["annotations"]["istio.io/rev"] = sidecar;
    Json proxy{{"name", "istio-proxy"}, {"image", "docker.io/istio/proxyv2:1.31.0"}};
    proxy["env"] = Json::array();
    for (const auto& [key, value] :
         std::map<std::string, std::string>{{"ISTIO_META_CLUSTER_ID", "c1"},
                                            {"ISTIO_META_NETWORK", "n1"},
                                            {"ISTIO_META_MESH_ID", "m"}})
      proxy["env"].push_back({{"name", key}, {"value", value}});
    pod["spec"]["containers"].push_back(proxy);
  }
  put(cluster, pod);
}

Json& Bench::pod(const std::string& name, const std::string& name_space,
                 const std::string& cluster) {
  Json* found = find(cluster, "Pod " + name_space + "/" + name + "-1");
  REQUIRE(found != nullptr);
  return *found;
}

Json& Bench::deployment(const std::string& name, const std::string& name_space,
                        const std::string& cluster) {
  Json* found = find(cluster, "Deployment " + name_space + "/" + name);
  REQUIRE(found != nullptr);
  return *found;
}

void Bench::add_budget(const std::string& app, int allowed) {
  put("a", {{"kind", "PodDisruptionBudget"},
            {"metadata", {{"name", app + "-budget"}, {"namespace", "default"}}},
            {"spec", {{"selector", {{"matchLabels", {{"app", app}}}}}}},
            {"status", {{"disruptionsAllowed", allowed}}}});
}

CommandRequest Bench::request(const std::string& verb, Json options, Json settings) const {
  MeshView view;
  for (const std::string& cluster : clusters) view.members.push_back({cluster, cluster, cluster});
  return {.verb = verb,
          .clusters = clusters,
          .options = std::move(options),
          .settings = std::move(settings),
          .mesh = view,
          .ahead = ahead};
}

Plan Bench::plan(const std::string& verb, Json options, Json settings) {
  const CommandRequest asked = request(verb, std::move(options), std::move(settings));
  if (verb == "disable") return disable(asked, host());
  if (verb == "restart") return restart(asked, host());
  return enable(asked, host());
}

Report Bench::report(Json options) {
  return status(request("status", std::move(options)), host());
}

Json Bench::labels(const std::string& name, const std::string& cluster) {
  Json found = (*find(cluster, "Namespace /" + name))["metadata"]["labels"];
  found.erase("kubernetes.io/metadata.name");
  return found;
}

std::vector<std::string> restarted(const Plan& plan) {
  std::vector<std::string> names;
  for (const Action& action : plan.actions) {
    if (action.type == ActionType::restart)
      names.push_back(action.cluster + ":" + action.target.name_space + "/" + action.target.name);
  }
  return names;
}

std::string words_of(const Plan& plan) {
  std::string text;
  for (const Note& note : plan.notes) text += note.cluster + ": " + note.text + "\n";
  for (const Problem& problem : plan.refusals) text += problem.message + "\n" + problem.hint + "\n";
  return text;
}

const Action* first(const Plan& plan, ActionType type) {
  for (const Action& action : plan.actions) {
    if (action.type == type) return &action;
  }
  return nullptr;
}

}  // namespace mesh::inject::test
