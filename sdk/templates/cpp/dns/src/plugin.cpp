// A DNS strategy: how the cluster's DNS learns the mesh's zone. This one has a block of its own at
// the end of CoreDNS's Corefile; whatever else is there stays, byte for byte.

#include "mesh/dns.hpp"

namespace {

using mesh::Action;
using mesh::DnsFit;
using mesh::DnsLook;
using mesh::DnsRequest;
using mesh::Extension;
using mesh::Host;
using mesh::Json;
using mesh::Plan;

constexpr const char* k_corefile = "/data/Corefile";
constexpr const char* k_begin = "# BEGIN @NAME@\n";
constexpr const char* k_forward = "    forward . ";
constexpr const char* k_end = "# END @NAME@\n";
constexpr const char* k_missing = "there is no ConfigMap with a Corefile";
constexpr const char* k_instead = "use it where CoreDNS runs";

Json config_of(const DnsRequest& request) {
  return request.objects.value("config", Json::object());
}

std::string corefile_of(const DnsRequest& request) {
  return config_of(request).value(Json::json_pointer(k_corefile), std::string());
}

/// Our block with its marks; empty: there is none.
std::string block_in(const std::string& corefile) {
  const std::size_t begin = corefile.find(k_begin);
  const std::size_t end = corefile.find(k_end);
  if (begin == std::string::npos || end == std::string::npos || end < begin) return {};
  return corefile.substr(begin, end + std::string(k_end).size() - begin);
}

std::string without(std::string corefile, const std::string& block) {
  return block.empty() ? corefile : corefile.erase(corefile.find(block), block.size());
}

Plan edit(const DnsRequest& request, const std::string& after, const std::string& reason) {
  Plan plan;
  const std::string before = corefile_of(request);
  if (before == after) return plan;
  Action action;
  action.type = mesh::ActionType::edit;
  action.cluster = request.cluster;
  action.reason = reason;
  action.target = mesh::ref_of(config_of(request));
  action.precondition = {{k_corefile, before}};
  action.patch = {{{"op", "replace"}, {"path", k_corefile}, {"value", after}}};
  plan.actions.push_back(action);
  return plan;
}

[[noreturn]] void refuse(const DnsRequest& request, const std::string& what,
                         const std::string& instead = {}) {
  throw mesh::Failure("invalid-input", request.cluster + ": " + what, instead);
}

class Forward : public mesh::DnsStrategy {
 public:
  Extension describe() const override {
    Extension extension;
    extension.point = "dns/1";
    extension.name = "@NAME@";
    extension.summary = "a block of its own in the Corefile";
    extension.abilities = {"forward"};  // the concern runs a name server: DnsRequest::server
    extension.needs.writes = {"v1/ConfigMap"};
    return extension;
  }

  DnsFit fit(const DnsRequest& request, const Host&) override {
    if (corefile_of(request).empty()) {
      return {.score = 0, .why = k_missing, .hint = k_instead};
    }
    return {.score = 1, .why = "there is a Corefile", .hint = {}};
  }

  DnsLook look(const DnsRequest& request, const Host&) override {
    const std::string block = block_in(corefile_of(request));
    if (block.empty()) return {};
    const std::size_t target = block.find(k_forward) + std::string(k_forward).size();
    return {.present = true,
            .targets = {block.substr(target, block.find('\n', target) - target)},
            .where = mesh::to_string(mesh::ref_of(config_of(request)))};
  }

  Plan plan(const DnsRequest& request, const Host&) override {
    const std::string before = corefile_of(request);
    if (before.empty()) refuse(request, k_missing, k_instead);
    if (request.server.empty())
      refuse(request, "the request names no server for " + request.suffix);
    const std::string block =
        k_begin + request.suffix + ":53 {\n" + k_forward + request.server + "\n}\n" + k_end;
    if (block_in(before) == block) return {};
    return edit(request, without(before, block_in(before)) + block,
                "send " + request.suffix + " to " + request.server);
  }

  Plan remove(const DnsRequest& request, const Host&) override {
    const std::string before = corefile_of(request);
    return edit(request, without(before, block_in(before)), "take " + request.suffix + " back");
  }
};

}  // namespace

MESH_PLUGIN("@NAME@", "0.1.0", "the mesh's zone in the Corefile", "Your Name <you@example.com>",
            new Forward)
