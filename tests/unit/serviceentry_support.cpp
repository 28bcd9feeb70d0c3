#include "unit/serviceentry_support.hpp"

namespace mesh::serviceentry::test {

Mesh::Mesh() {
  extensions["exposure/1:alias"] = make_alias();
  extensions["exposure/1:discovery"] = make_discovery();
  add_cluster("game-agones", "c1", "n1");
  add_cluster("game-gke", "c2", "n2");
  add_gateway("game-agones", "n1", "10.77.0.101");
  add_gateway("game-gke", "n2", "10.77.0.102");
  add_service("game-agones", "app1", {{{"name", "http"}, {"port", 8000}, {"protocol", "TCP"}}});
  add_pod("game-agones", "app1", "app1");
}

void Mesh::add_cluster(const std::string& context, const std::string& name,
                       const std::string& network) {
  view.members.push_back({context, name, network});
  put(context, {{"apiVersion", "v1"},
                {"kind", "Namespace"},
                {"metadata", {{"name", "istio-system"}}},
                {"status", {{"phase", "Active"}}}});
  put(context, {{"apiVersion", "apiextensions.k8s.io/v1"},
                {"kind", "CustomResourceDefinition"},
                {"metadata", {{"name", "serviceentries.networking.istio.io"}}},
                {"spec", {{"versions", {{{"name", "v1"}, {"served", true}}}}}}});
  endpoints[context] = {{"server", "https://" + name + ".example.com:6443"}, {"caPem", "kube-ca"}};
}

void Mesh::add_gateway(const std::string& context, const std::string& network,
                       const std::string& address) {
  Json gateway{{"apiVersion", "v1"},
               {"kind", "Service"},
               {"metadata",
                {{"name", "istio-eastwestgateway"},
                 {"namespace", "istio-system"},
                 {"labels", {{"topology.istio.io/network", network}}}}},
               {"spec",
                {{"type", "LoadBalancer"},
                 {"selector", {{"istio", "eastwestgateway"}}},
                 {"ports", {{{"name", "tls"}, {"port", 15443}, {"nodePort", 30443}}}}}},
               {"status", {{"loadBalancer", Json::object()}}}};
  const bool name = address.find_first_not_of("0123456789.") != std::string::npos;
  if (!address.empty())
    gateway["status"]["loadBalancer"]["ingress"] = {{{name ? "hostname" : "ip", address}}};
  put(context, gateway);
}

void Mesh::add_service(const std::string& context, const std::string& name, Json ports, Json more) {
  Json service{{"apiVersion", "v1"},
               {"kind", "Service"},
               {"metadata", {{"name", name}, {"namespace", "default"}}},
               {"spec",
                {{"type", "ClusterIP"},
                 {"clusterIP", "10.0.0.7"},
                 {"selector", {{"app", name}}},
                 {"ports", std::move(ports)}}}};
  service["spec"].update(more);
  put(context, service);
}

void Mesh::add_pod(const std::string& context, const std::string& app, const std::string& account) {
  put(context,
      {{"apiVersion", "v1"},
       {"kind", "Pod"},
       {"metadata", {{"name", app + "-1"}, {"namespace", "default"}, {"labels", {{"app", app}}}}},
       {"spec",
        {{"serviceAccountName", account},
         {"containers", {{{"name", "app"}}, {{"name", "istio-proxy"}}}}}},
       {"status",
        {{"phase", "Running"}, {"conditions", {{{"type", "Ready"}, {"status", "True"}}}}}}});
}

void Mesh::annotate(const std::string& context, const std::string& service, const std::string& key,
                    const std::string& value) {
  (*find(context, "Service default/" + service))["metadata"]["annotations"][key] = value;
}

CommandRequest Mesh::request(const std::string& verb, Json options, Json settings) const {
  std::vector<std::string> clusters;
  for (const Member& member : view.members) {
    const auto& out = not_of_this_run;
    if (std::find(out.begin(), out.end(), member.context) == out.end())
      clusters.push_back(member.context);
  }
  return {.verb = verb,
          .clusters = clusters,
          .options = std::move(options),
          .settings = std::move(settings),
          .mesh = view,
          .ahead = ahead};
}

Plan Mesh::plan(const std::string& verb, Json options, Json settings) {
  const CommandRequest asked = request(verb, std::move(options), std::move(settings));
  if (verb == "export") return export_services(asked, host());
  if (verb == "remove") return serviceentry::remove(asked, host());
  return sync(asked, host());
}

std::size_t count(const Plan& plan, ActionType type) {
  return static_cast<std::size_t>(
      std::count_if(plan.actions.begin(), plan.actions.end(),
                    [&](const Action& action) { return action.type == type; }));
}

std::string words_of(const Plan& plan) {
  std::string text;
  for (const Note& note : plan.notes) text += note.cluster + ": " + note.text + "\n";
  for (const Problem& problem : plan.refusals) text += problem.message + "\n" + problem.hint + "\n";
  return text;
}

}  // namespace mesh::serviceentry::test
