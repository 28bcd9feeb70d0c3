#include <algorithm>

#include "facts.hpp"
#include "look_up.hpp"
#include "owners.hpp"
#include "strategies.hpp"
#include "stub_domains.hpp"

// A stub domain of kube-dns. The text of stubDomains has no place for a mark, so an annotation on
// the ConfigMap says which domain is ours.

namespace mesh::dns {

namespace {

constexpr int k_kube_dns_score = 70;
constexpr const char* k_stubs = "/data/stubDomains";
constexpr const char* k_annotation = "kubectl-mesh.dev/stub-domain";
constexpr const char* k_annotation_pointer = "/metadata/annotations/kubectl-mesh.dev~1stub-domain";

const Json& map_of(const DnsRequest& request) {
  return object_in(request, "stubs");
}

std::optional<std::string> stubs_text(const DnsRequest& request) {
  const Json& text = at(map_of(request), k_stubs);
  if (!text.is_string()) return std::nullopt;
  return text.get<std::string>();
}

std::string ours(const DnsRequest& request) {
  return text_at(map_of(request), k_annotation_pointer);
}

std::optional<std::vector<std::string>> target_of(const DnsRequest& request,
                                                  const std::string& domain) {
  const std::optional<std::string> text = stubs_text(request);
  return text ? stub_of(*text, domain) : std::nullopt;
}

/// A member that may be the first of its map: the map is written whole then.
Json added(const Json& object, const std::string& map, const std::string& pointer,
           const std::string& key, const Json& value) {
  if (at(object, map).is_object()) return {{"op", "add"}, {"path", pointer}, {"value", value}};
  return {{"op", "add"}, {"path", map}, {"value", {{key, value}}}};
}

class KubeDns : public DnsStrategy {
 public:
  Extension describe() const override {
    return strategy_named("kube-dns", "a stub domain in ConfigMap kube-dns", true);
  }

  DnsFit fit(const DnsRequest& request, const Host&) override {
    if (auto hindered = hindrance(request)) return *hindered;
    if (text_at(object_in(request, "workload"), "/metadata/name") != "kube-dns")
      return {.score = 0, .why = "no Deployment kube-system/kube-dns answers here", .hint = {}};
    if (map_of(request).is_null())
      return {.score = 0,
              .why = "ConfigMap kube-system/kube-dns is not there",
              .hint = "make an empty one: kubectl -n kube-system create configmap kube-dns"};
    if (const auto unfit = owned(map_of(request))) return *unfit;
    return {.score = k_kube_dns_score, .why = "kube-dns reads stub domains", .hint = {}};
  }

  DnsLook look(const DnsRequest& request, const Host&) override {
    std::optional<std::vector<std::string>> target;
    try {
      target = target_of(request, request.suffix);
    } catch (const Failure&) {  // broken: nothing of ours can be in it
    }
    if (!target || !is_ours(request, *target)) return {};
    return {.present = true, .targets = *target, .where = object_name(map_of(request))};
  }

  Plan plan(const DnsRequest& request, const Host& host) override {
    require_no_settings(request);
    Plan plan;
    const DnsFit fits = fit(request, host);
    if (fits.score == 0) {
      plan.refusals.push_back(refusal(request, map_of(request), fits.why, fits.hint));
      return plan;
    }
    try {
      plan_stub(plan, request);
      note_owner(plan, request.cluster, map_of(request));
    } catch (const Failure& failure) {
      plan.refusals.push_back(
          refusal(request, map_of(request), failure.problem().message, failure.problem().hint));
    }
    return plan;
  }

  Plan remove(const DnsRequest& request, const Host& host) override {
    Plan plan;
    const std::string domain = ours(request).empty() ? request.suffix : ours(request);
    if (!look(request, host).present && ours(request).empty()) return plan;
    const std::optional<std::string> before = stubs_text(request);
    Action action = edit_of(request, map_of(request), "take our stub domain out");
    action.precondition = {{k_stubs, before ? Json(*before) : Json()}};
    if (before) {
      const std::optional<std::string> after = without_stub(*before, domain);
      Json operation{{"op", after ? "replace" : "remove"}, {"path", k_stubs}};
      if (after) operation["value"] = *after;
      action.patch.push_back(std::move(operation));
    }
    if (!ours(request).empty())
      action.patch.push_back({{"op", "remove"}, {"path", k_annotation_pointer}});
    plan.actions.push_back(std::move(action));
    return plan;
  }

 private:
  static bool is_ours(const DnsRequest& request, const std::vector<std::string>& target) {
    return ours(request) == request.suffix ||
           (!request.server.empty() && target == std::vector<std::string>{request.server});
  }

  /// The mesh had another suffix before.
  static std::optional<std::string> without_old(const DnsRequest& request,
                                                const std::optional<std::string>& text) {
    if (!text || ours(request).empty() || ours(request) == request.suffix) return text;
    return without_stub(*text, ours(request));
  }

  static void plan_stub(Plan& plan, const DnsRequest& request) {
    const Json& map = map_of(request);
    const std::optional<std::string> before = stubs_text(request);
    const auto target = target_of(request, request.suffix);
    if (target && !is_ours(request, *target)) {
      plan.refusals.push_back(refusal(
          request, map,
          object_name(map) + " sends " + request.suffix + " to " + joined(*target) + " already",
          "if nobody answers there any more (istiocoredns of 2019), take it out of stubDomains, "
          "then run the same command again"));
      return;
    }
    if (target && *target == std::vector<std::string>{request.server}) return;
    Action action = edit_of(request, map, "send " + request.suffix + " to " + request.server);
    action.precondition = {{k_stubs, before ? Json(*before) : Json()}};
    const std::string after =
        with_stub(without_old(request, before), request.suffix, request.server);
    action.patch.push_back(added(map, "/data", k_stubs, "stubDomains", after));
    if (ours(request) != request.suffix)
      action.patch.push_back(
          added(map, "/metadata/annotations", k_annotation_pointer, k_annotation, request.suffix));
    plan.actions.push_back(std::move(action));
  }
};

}  // namespace

ExtensionPtr make_kube_dns() {
  return std::make_unique<KubeDns>();
}

}  // namespace mesh::dns
