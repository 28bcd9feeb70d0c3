#include "memory_support.hpp"
#include "orphans.hpp"
#include "revisions.hpp"
#include "verbs.hpp"

// What an earlier Istio, other tools and other names leave in a cluster.

namespace mesh::helm {

namespace {

const Json k_by_helm{{"app.kubernetes.io/managed-by", "Helm"}};

Json annotations_of(const std::string& release) {
  return {{"meta.helm.sh/release-name", release},
          {"meta.helm.sh/release-namespace", "istio-system"}};
}

/// A cluster and a helm that renders `chart` and knows what `help` says.
class Place : public test::MemoryClusters {
 public:
  Place() {
    extensions["helm-driver/1:helm"] = make_helm_driver();
    view.members = {{"ctx-a", "a", "net-a"}};
    put("ctx-a",
        {{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", "istio-system"}}}});
    program = [this](const Json& run) -> Json {
      const Json& arguments = run.at("arguments");
      ++runs;
      if (arguments.at(0) == "upgrade") return end(help);
      return end(arguments.at(1) == k_base ? to_text(chart) : "{}");
    };
  }

  void definition(const Json& labels, const Json& annotations) {
    chart = {{"apiVersion", "apiextensions.k8s.io/v1"},
             {"kind", "CustomResourceDefinition"},
             {"metadata", {{"name", "wasmplugins.extensions.istio.io"}}}};
    Json there = chart;
    there["metadata"]["labels"] = labels;
    there["metadata"]["annotations"] = annotations;
    put("ctx-a", there);
  }

  void webhook(const char* kind, const char* label, const char* service, const char* policy) {
    const Json called{{"service", {{"name", service}, {"namespace", "istio-system"}}}};
    const Json one{{"failurePolicy", policy}, {"clientConfig", called}};
    const Json labels{{"app", label}, {"istio.io/rev", "x"}};
    put("ctx-a", {{"apiVersion", "admissionregistration.k8s.io/v1"},
                  {"kind", kind},
                  {"metadata", {{"name", "left-behind"}, {"labels", labels}}},
                  {"webhooks", Json::array({one})}});
  }

  Plan installing(const Json& options = Json::object()) {
    return install({.verb = "install",
                    .clusters = {"ctx-a"},
                    .options = options,
                    .settings = Json::object(),
                    .mesh = view},
                   host());
  }

  std::string refused(const Json& options = Json::object()) {
    const Plan plan = installing(options);
    return plan.refusals.empty() ? "" : plan.refusals.front().message;
  }

  std::map<std::string, Severity> verdicts() {
    const Wanted wanted = wanted_of(
        {.verb = {}, .clusters = {"ctx-a"}, .options = Json::object(), .settings = Json::object()});
    std::vector<ClusterFacts> all = read_facts(host(), {"ctx-a"}, wanted);
    read_policies(host(), all);
    read_orphans(host(), all);
    std::map<std::string, Severity> found;
    for (const Finding& finding : findings_of(all, view)) found[finding.id] = finding.severity;
    return found;
  }

  Json chart = Json::object();
  std::string help = "--take-ownership";
  int runs = 0;
  MeshView view;

 private:
  static Json end(const std::string& output) {
    return {{"status", 0}, {"output", output}, {"errors", ""}};
  }
};

const Json k_adopt{{"adopt", true}};

std::string arguments_of_base(const Plan& plan) {
  for (const Action& action : plan.actions) {
    if (action.release && action.release->name == k_base) return to_text(Json(action.arguments));
  }
  return "";
}

}  // namespace

TEST_CASE("helm leftovers: an empty cluster starts no program for a plan") {
  Place place;
  CHECK(place.refused().empty());
  CHECK(place.runs == 0);
}

TEST_CASE("helm leftovers: what Helm would not take over is refused before the first write") {
  Place place;
  SECTION("a CRD of no release, which --adopt takes over") {
    place.definition(Json::object(), Json::object());
    CHECK_THAT(place.refused(),
               Catch::Contains("release istio-base cannot be installed: CustomResourceDefinition "
                               "wasmplugins.extensions.istio.io is there already"));
    CHECK(place.refused(k_adopt).empty());
    CHECK_THAT(arguments_of_base(place.installing(k_adopt)), Catch::Contains("--take-ownership"));
    // Helm 4 lets the API server merge, where the fields have an owner, too.
    place.help = "--force-conflicts --take-ownership";
    CHECK_THAT(arguments_of_base(place.installing(k_adopt)),
               Catch::Contains("--take-ownership") && Catch::Contains("--force-conflicts"));
  }
  SECTION("by a helm that cannot take over") {
    place.definition(Json::object(), Json::object());
    place.help = "--force";
    CHECK_THAT(place.refused(k_adopt), Catch::Contains("does not know --take-ownership"));
  }
  SECTION("half of the marks are none") {
    place.definition(k_by_helm, Json::object());
    CHECK_FALSE(place.refused().empty());
  }
  SECTION("a CRD of another release stays his, with --adopt too") {
    place.definition(k_by_helm, annotations_of("my-base"));
    CHECK_THAT(place.refused(),
               Catch::Contains("Helm release my-base in namespace istio-system has "));
    CHECK_THAT(place.refused(k_adopt), Catch::Contains("Helm release my-base"));
  }
  SECTION("a CRD of the release itself") {
    place.definition(k_by_helm, annotations_of(k_base));
    CHECK(place.refused().empty());
  }
  SECTION("one that the chart does not have is nobody's business") {
    place.definition(Json::object(), Json::object());
    place.chart = Json::object();
    CHECK(place.refused().empty());
    CHECK_THAT(arguments_of_base(place.installing()), !Catch::Contains("--take-ownership"));
  }
}

TEST_CASE("helm leftovers: a webhook whose Service is gone") {
  Place place;
  SECTION("stops pods: refused, and a failure of verify") {
    place.webhook("MutatingWebhookConfiguration", "sidecar-injector", "istiod-1-20", "Fail");
    CHECK_THAT(place.refused(),
               Catch::Contains("left-behind calls Service istio-system/istiod-1-20,"
                               " which is not there: no pod"));
    CHECK(place.verdicts().at("istio/webhooks-answer") == Severity::failure);
  }
  SECTION("stops objects of Istio") {
    place.webhook("ValidatingWebhookConfiguration", "istiod", "istiod-1-20", "Fail");
    CHECK_THAT(place.refused(), Catch::Contains("objects of Istio cannot be written"));
    CHECK(place.verdicts().at("istio/webhooks-answer") == Severity::failure);
  }
  SECTION("stops nothing where failures are ignored") {
    place.webhook("MutatingWebhookConfiguration", "sidecar-injector", "istiod-1-20", "Ignore");
    CHECK(place.refused().empty());
    CHECK(place.verdicts().at("istio/webhooks-answer") == Severity::pass);
  }
  SECTION("is answered after the installation") {
    place.webhook("ValidatingWebhookConfiguration", "istiod", "istiod", "Fail");
    CHECK(place.refused().empty());
  }
  SECTION("is answered") {
    place.webhook("MutatingWebhookConfiguration", "sidecar-injector", "istiod-1-20", "Fail");
    place.put("ctx-a", {{"apiVersion", "v1"},
                        {"kind", "Service"},
                        {"metadata", {{"name", "istiod-1-20"}, {"namespace", "istio-system"}}}});
    CHECK(place.refused().empty());
    CHECK(place.verdicts().at("istio/webhooks-answer") == Severity::pass);
  }
}

namespace {

/// An east-west gateway of any name, in a namespace of its own, as `kind` of Gateway opens it.
void gateway_elsewhere(Place& place, const Json& labels, const Json& opening) {
  const Json metadata{{"name", "eastwest"}, {"namespace", "gateways"}, {"labels", labels}};
  place.put("ctx-a",
            {{"apiVersion", "v1"},
             {"kind", "Service"},
             {"metadata", metadata},
             {"spec", {{"selector", {{"app", "eastwest"}}}, {"ports", {{{"port", 15443}}}}}},
             {"status", {{"loadBalancer", {{"ingress", {{{"ip", "192.0.2.7"}}}}}}}}});
  place.put(
      "ctx-a",
      {{"apiVersion", "apps/v1"},
       {"kind", "Deployment"},
       {"metadata", metadata},
       {"spec",
        {{"template",
          {{"metadata",
            {{"labels",
              {{"app", "eastwest"}, {"gateway.networking.k8s.io/gateway-name", "eastwest"}}}}}}}}},
       {"status", {{"availableReplicas", 1}}}});
  place.put("ctx-a", opening);
}

Json istio_gateway(const char* selector, int port) {
  return {{"apiVersion", "networking.istio.io/v1"},
          {"kind", "Gateway"},
          {"metadata", {{"name", "expose"}, {"namespace", "gateways"}}},
          {"spec",
           {{"selector", {{"app", selector}}},
            {"servers",
             {{{"port", {{"number", port}}},
               {"tls", {{"mode", "AUTO_PASSTHROUGH"}}},
               {"hosts", {"*.local"}}}}}}}};
}

Json listener_gateway(const char* protocol) {
  return {{"apiVersion", "gateway.networking.k8s.io/v1"},
          {"kind", "Gateway"},
          {"metadata", {{"name", "eastwest"}, {"namespace", "gateways"}}},
          {"spec",
           {{"listeners",
             {{{"port", 15443},
               {"tls",
                {{"mode", "Passthrough"},
                 {"options", {{"gateway.istio.io/listener-protocol", protocol}}}}}}}}}}};
}

const Json k_network{{"topology.istio.io/network", "net-a"}};

}  // namespace

TEST_CASE("helm gateways: judged wherever they are, whatever their name is") {
  Place place;
  const auto rows = [&](const char* id) { return place.verdicts().at(id); };
  SECTION("by Istio's Gateway") {
    gateway_elsewhere(place, k_network, istio_gateway("eastwest", 15443));
    for (const char* id : {"istio/gateway-ready", "istio/gateway-address", "istio/gateway-network",
                           "istio/gateway-policies", "istio/exposes-services"}) {
      INFO(id);
      CHECK(rows(id) == Severity::pass);
    }
  }
  const Json by_api{{"topology.istio.io/network", "net-a"},
                    {"gateway.networking.k8s.io/gateway-name", "eastwest"}};
  SECTION("by the Gateway API") {
    gateway_elsewhere(place, by_api, listener_gateway("auto-passthrough"));
    CHECK(rows("istio/exposes-services") == Severity::pass);
  }
  SECTION("a listener that ends TLS elsewhere opens nothing") {
    gateway_elsewhere(place, by_api, listener_gateway("TLS"));
    CHECK(rows("istio/exposes-services") == Severity::failure);
  }
  SECTION("a Gateway for other pods opens nothing") {
    gateway_elsewhere(place, k_network, istio_gateway("ingress", 15443));
    CHECK(rows("istio/exposes-services") == Severity::failure);
  }
  SECTION("another port opens nothing") {
    gateway_elsewhere(place, k_network, istio_gateway("eastwest", 443));
    CHECK(rows("istio/exposes-services") == Severity::failure);
  }
  SECTION("of another network") {
    gateway_elsewhere(place, {{"topology.istio.io/network", "net-b"}},
                      istio_gateway("eastwest", 15443));
    CHECK(rows("istio/gateway-network") == Severity::failure);
  }
  SECTION("shut off in its own namespace") {
    gateway_elsewhere(place, k_network, istio_gateway("eastwest", 15443));
    place.put("ctx-a", {{"apiVersion", "networking.k8s.io/v1"},
                        {"kind", "NetworkPolicy"},
                        {"metadata", {{"name", "shut"}, {"namespace", "gateways"}}},
                        {"spec", {{"podSelector", Json::object()}, {"ingress", Json::array()}}}});
    CHECK(rows("istio/gateway-policies") == Severity::failure);
  }
  SECTION("without the network's label it is no gateway between networks") {
    gateway_elsewhere(place, Json::object(), istio_gateway("eastwest", 15443));
    CHECK(rows("istio/gateway-ready") == Severity::failure);
  }
}

TEST_CASE("helm installs: an istiod of another release is named with it") {
  Place place;
  place.put("ctx-a", {{"apiVersion", "apps/v1"},
                      {"kind", "Deployment"},
                      {"metadata",
                       {{"name", "istiod"},
                        {"namespace", "istio-system"},
                        {"labels", {{"app", "istiod"}}},
                        {"annotations", annotations_of("istio-istiod")}}}});
  CHECK_THAT(place.refused(), Catch::Contains("of Helm release istio-istiod in namespace "
                                              "istio-system"));
}

}  // namespace mesh::helm
