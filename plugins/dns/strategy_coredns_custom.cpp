#include "corefile.hpp"
#include "facts.hpp"
#include "loadable.hpp"
#include "look_up.hpp"
#include "owners.hpp"
#include "strategies.hpp"

// A key in the ConfigMap with further server blocks that the platform leaves to its users.

namespace mesh::dns {

namespace {

constexpr int k_custom_score = 80;
constexpr const char* k_managed_by = "/metadata/labels/app.kubernetes.io~1managed-by";

const Json& custom_of(const DnsRequest& request) {
  return object_in(request, "custom");
}

std::optional<Corefile> corefile_of(const DnsRequest& request) try {
  return parse_corefile(text_at(object_in(request, "config"), "/data/Corefile"));
} catch (const Failure&) {
  return std::nullopt;
}

/// The import outside of all blocks, "custom/*.server": its files are server blocks.
std::string import_of(const Corefile& file) {
  for (const Token& import : file.imports) {
    if (import.text.find("/*") != std::string::npos) return import.text;
  }
  return {};
}

/// "kubectl-mesh.server", for what the Corefile imports.
std::string key_of(const DnsRequest& request) {
  const std::optional<Corefile> file = corefile_of(request);
  const std::string import = file ? import_of(*file) : "";
  const std::size_t star = import.rfind('*');
  return "kubectl-mesh" + (star == std::string::npos ? ".server" : import.substr(star + 1));
}

std::string pointer_of(const DnsRequest& request) {
  return "/data/" + pointer_step(key_of(request));
}

bool exists(const Json& config_map) {
  return !text_at(config_map, "/metadata/uid").empty();
}

class CoreDnsCustom : public DnsStrategy {
 public:
  Extension describe() const override {
    return strategy_named("coredns-custom", "a key in the ConfigMap that CoreDNS imports", true);
  }

  DnsFit fit(const DnsRequest& request, const Host&) override {
    if (auto hindered = hindrance(request)) return *hindered;
    const Json& custom = custom_of(request);
    if (custom.is_null())
      return {.score = 0, .why = "its Corefile imports no ConfigMap of server blocks", .hint = {}};
    if (const auto unfit = owned(custom)) return *unfit;
    return {.score = k_custom_score, .why = "CoreDNS imports " + object_name(custom), .hint = {}};
  }

  DnsLook look(const DnsRequest& request, const Host&) override {
    const std::string block = text_at(custom_of(request), pointer_of(request));
    if (block.empty()) return {};
    return {
        .present = true, .targets = targets_of(block), .where = object_name(custom_of(request))};
  }

  Plan plan(const DnsRequest& request, const Host& host) override {
    require_no_settings(request);
    Plan plan;
    const DnsFit fits = fit(request, host);
    const std::optional<Corefile> file = corefile_of(request);
    if (fits.score == 0 || !file) {
      plan.refusals.push_back(refusal(request, custom_of(request), fits.why, fits.hint));
      return plan;
    }
    if (auto problem = zone_taken(request, *file, key_of(request))) {
      plan.refusals.push_back(*problem);
      return plan;
    }
    if (const auto fault = load_fault(request, key_of(request))) {
      plan.refusals.push_back(unloadable(request, *fault));
      return plan;
    }
    const std::string block = stub_block(request.suffix, root_port(*file), request.server);
    if (text_at(custom_of(request), pointer_of(request)) == block) return plan;
    plan.actions.push_back(apply_of(request, block));
    note_owner(plan, request.cluster, custom_of(request));
    add_restart(plan, request, *file);
    return plan;
  }

  Plan remove(const DnsRequest& request, const Host& host) override {
    Plan plan;
    if (!look(request, host).present) return plan;
    const Json& custom = custom_of(request);
    const bool alone = at(custom, "/data").size() == 1;
    Action action = edit_of(request, custom, "take our server block out of it");
    if (alone && text_at(custom, k_managed_by) == "kubectl-mesh") {
      action.type = ActionType::remove;
      action.reason = "made by dns install";
      action.precondition = {{"/metadata/uid", text_at(custom, "/metadata/uid")}};
    } else {
      action.precondition = {{pointer_of(request), text_at(custom, pointer_of(request))}};
      action.patch = {{{"op", "remove"}, {"path", pointer_of(request)}}};
    }
    plan.actions.push_back(std::move(action));
    if (const auto file = corefile_of(request)) add_restart(plan, request, *file);
    return plan;
  }

 private:
  static Action apply_of(const DnsRequest& request, const std::string& block) {
    const Json& custom = custom_of(request);
    Action action;
    action.type = ActionType::apply;
    action.cluster = request.cluster;
    action.reason = "send " + request.suffix + " to " + request.server;
    action.object = {{"apiVersion", "v1"},
                     {"kind", "ConfigMap"},
                     {"metadata",
                      {{"name", text_at(custom, "/metadata/name")},
                       {"namespace", text_at(custom, "/metadata/namespace")}}},
                     {"data", {{key_of(request), block}}}};
    if (!exists(custom) || text_at(custom, k_managed_by) == "kubectl-mesh")
      action.object["metadata"]["labels"] = {{"app.kubernetes.io/managed-by", "kubectl-mesh"}};
    return action;
  }

  /// AKS says that its CoreDNS must be restarted; without the plugin reload any must.
  static void add_restart(Plan& plan, const DnsRequest& request, const Corefile& file) {
    if (!has_plugin(file, "reload")) {
      plan.actions.push_back(
          restart_of(request, "its Corefile lacks the plugin reload, so it reads it only once"));
    } else if (request.platform == "aks") {
      plan.actions.push_back(restart_of(request, "AKS wants it after a change of coredns-custom"));
    }
  }
};

}  // namespace

ExtensionPtr make_coredns_custom() {
  return std::make_unique<CoreDnsCustom>();
}

}  // namespace mesh::dns
