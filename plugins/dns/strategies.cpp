#include "strategies.hpp"

#include "corefile.hpp"
#include "facts.hpp"
#include "look_up.hpp"

namespace mesh::dns {

std::string stub_block(const std::string& suffix, const std::string& port,
                       const std::string& server) {
  return suffix + (port.empty() ? "" : ":" + port) +
         " {\n    errors\n    cache 30\n    forward . " + server + "\n}\n";
}

std::vector<std::string> targets_of(const std::string& block) {
  std::vector<std::string> targets;
  for (const ServerBlock& one : parse_corefile(block).blocks) {
    const Directive* forward = find_directive(one, "forward");
    if (forward == nullptr) continue;
    for (std::size_t at = 2; at < forward->tokens.size(); ++at) {
      if (forward->tokens[at].text == "{") break;
      targets.push_back(forward->tokens[at].text);
    }
  }
  return targets;
}

Extension strategy_named(const char* name, const char* summary, bool forwards) {
  Extension extension;
  extension.point = "dns/1";
  extension.name = name;
  extension.summary = summary;
  if (forwards) extension.abilities = {"forward"};
  extension.settings = {{"type", "object"}, {"additionalProperties", false}};
  return extension;
}

Problem refusal(const DnsRequest& request, const Json& object, std::string why, std::string hint) {
  return {.code = "refused",
          .message = request.cluster + ": " + std::move(why),
          .hint = std::move(hint),
          .cluster = request.cluster,
          .object = object_name(object)};
}

std::string at_line(const Served& served) {
  return "line " + std::to_string(served.line) + " (" + served.by + ")";
}

std::optional<Problem> zone_taken(const DnsRequest& request, const Corefile& others,
                                  const std::string& own_key) {
  const auto taken = [&](const Json& object, const std::string& where, const Served& served) {
    return refusal(
        request, object, where + " serves " + request.suffix + " already, " + at_line(served),
        "if nobody needs it any more (istiocoredns of 2019, or a block of ours that lost "
        "its marks), take it out, then run the same command again");
  };
  const Json& config = object_in(request, "config");
  if (const auto served = find_zone(others, request.suffix))
    return taken(config, object_name(config), *served);
  const Json& custom = object_in(request, "custom");
  for (const auto& [key, value] : at(custom, "/data").items()) {
    if (key == own_key || !value.is_string()) continue;
    try {
      if (const auto served = find_zone(parse_corefile(value.get<std::string>()), request.suffix))
        return taken(custom, key + " of " + object_name(custom), *served);
    } catch (const Failure&) {  // no file of server blocks: its own users know what it is
    }
  }
  return std::nullopt;
}

void require_no_settings(const DnsRequest& request) {
  if (request.settings.empty()) return;
  throw Failure("invalid-input",
                "dns: nothing reads the setting \"" + request.settings.begin().key() + "\"",
                "known are strategy, image, replicas and istio-namespace; others belong to "
                "strategies of plugins");
}

const Json& object_in(const DnsRequest& request, const char* role) {
  static const Json k_nothing;
  const auto object = request.objects.find(role);
  return object == request.objects.end() ? k_nothing : *object;
}

Action edit_of(const DnsRequest& request, const Json& object, std::string reason) {
  Action action;
  action.type = ActionType::edit;
  action.cluster = request.cluster;
  action.reason = std::move(reason);
  action.target = ref_of(object);
  return action;
}

Action restart_of(const DnsRequest& request, std::string reason) {
  Action action;
  action.type = ActionType::restart;
  action.cluster = request.cluster;
  action.reason = std::move(reason);
  action.target = ref_of(object_in(request, "workload"));
  action.seconds = 180;
  return action;
}

}  // namespace mesh::dns
