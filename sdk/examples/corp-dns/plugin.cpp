// The DNS of one company, as a team outside of kubectl mesh would teach it the mesh's zone: its
// name servers read a ConfigMap of "zone = address" lines, and the operator names it.
//
//     dns:
//       strategy: corp-dns
//       config-map: corp-dns/zones

#include "mesh/dns.hpp"

namespace {

using mesh::Action;
using mesh::ActionType;
using mesh::DnsFit;
using mesh::DnsLook;
using mesh::DnsRequest;
using mesh::Extension;
using mesh::Host;
using mesh::Json;
using mesh::ObjectRef;
using mesh::Plan;

constexpr const char* k_hint = "name the zones of your name servers: config-map: NAMESPACE/NAME";

class CorpDns : public mesh::DnsStrategy {
 public:
  Extension describe() const override {
    Extension extension;
    extension.point = "dns/1";
    extension.name = "corp-dns";
    extension.summary = "a line in the company's ConfigMap of zones";
    // The concern runs a name server for the zone; its address is in DnsRequest::server.
    extension.abilities = {"forward"};
    extension.settings = {
        {"type", "object"},
        {"additionalProperties", false},
        {"properties",
         {{"config-map", {{"type", "string"}, {"description", "NAMESPACE/NAME of the zones"}}}}}};
    extension.needs = {.reads = {"v1/ConfigMap"}, .writes = {"v1/ConfigMap"}};
    return extension;
  }

  DnsFit fit(const DnsRequest& request, const Host& host) override {
    const ObjectRef ref = zones_of(request);
    if (ref.name.empty())
      return {.score = 0, .why = "the setting config-map is missing", .hint = k_hint};
    if (!read(request, host).is_object())
      return {.score = 0, .why = to_string(ref) + " is not there", .hint = k_hint};
    return {.score = 100, .why = "the company's name servers read " + to_string(ref), .hint = {}};
  }

  DnsLook look(const DnsRequest& request, const Host& host) override {
    const auto [line, target] = line_of(request, read(request, host));
    if (line.empty()) return {};
    return {.present = true, .targets = {target}, .where = to_string(zones_of(request))};
  }

  Plan plan(const DnsRequest& request, const Host& host) override {
    const DnsFit here = fit(request, host);
    if (here.score == 0)
      throw mesh::Failure("invalid-input", request.cluster + ": " + here.why, here.hint);
    const Json live = read(request, host);
    const std::string before = zones_in(live);
    std::string after = before;
    const auto [line, target] = line_of(request, live);
    const std::string wanted = request.suffix + " = " + request.server + "\n";
    if (line.empty()) {
      after += wanted;
    } else {
      after.replace(after.find(line), line.size(), wanted);
    }
    return edit(request, before, after, "the company's DNS learns " + request.suffix);
  }

  Plan remove(const DnsRequest& request, const Host& host) override {
    const Json live = read(request, host);
    const std::string before = zones_in(live);
    std::string after = before;
    const auto [line, target] = line_of(request, live);
    if (!line.empty()) after.erase(after.find(line), line.size());
    return edit(request, before, after, "the company's DNS forgets " + request.suffix);
  }

 private:
  static ObjectRef zones_of(const DnsRequest& request) {
    const std::string setting = request.settings.value("config-map", std::string());
    const std::size_t slash = setting.find('/');
    if (slash == std::string::npos) return {};
    return {.api_version = "v1",
            .kind = "ConfigMap",
            .name_space = setting.substr(0, slash),
            .name = setting.substr(slash + 1)};
  }

  static Json read(const DnsRequest& request, const Host& host) {
    const ObjectRef ref = zones_of(request);
    if (ref.name.empty()) return {};
    const auto results =
        host.read({{.cluster = request.cluster, .object = ref, .labels = {}, .next = {}}});
    if (results.front().problem) throw mesh::Failure(*results.front().problem);
    return results.front().object;
  }

  static std::string zones_in(const Json& live) {
    return live.is_object() ? live.value("data", Json::object()).value("zones", std::string()) : "";
  }

  /// The zone's line with its end, and the address in it; empty if there is none.
  static std::pair<std::string, std::string> line_of(const DnsRequest& request, const Json& live) {
    const std::string zones = "\n" + zones_in(live);
    const std::string begin = "\n" + request.suffix + " = ";
    const std::size_t at = zones.find(begin);
    if (at == std::string::npos) return {};
    const std::size_t end = zones.find('\n', at + 1);
    const std::size_t address = at + begin.size();
    return {zones.substr(at + 1, end - at), zones.substr(address, end - address)};
  }

  static Plan edit(const DnsRequest& request, const std::string& before, const std::string& after,
                   const std::string& reason) {
    Plan plan;
    if (before == after) return plan;
    Action action;
    action.type = ActionType::edit;
    action.cluster = request.cluster;
    action.reason = reason;
    action.target = zones_of(request);
    action.precondition = {{"/data/zones", before}};
    action.patch = {{{"op", "replace"}, {"path", "/data/zones"}, {"value", after}}};
    plan.actions.push_back(std::move(action));
    return plan;
  }
};

}  // namespace

MESH_PLUGIN("corp-dns", "1.0.0", "the mesh's zone in the company's DNS",
            "Corp Networks <dns@corp.example>", new CorpDns)
