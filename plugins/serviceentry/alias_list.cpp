#include <algorithm>

#include "alias.hpp"
#include "names.hpp"

namespace mesh::serviceentry {

namespace {

std::string gateway_text(const ClusterGateway* gateway) {
  std::string text;
  if (gateway == nullptr) return text;
  for (const GatewayAddress& one : gateway->addresses)
    text += (text.empty() ? "" : ",") + one.address + ":" + std::to_string(one.port);
  return text;
}

std::string ports_text(const Export& service) {
  std::string text;
  for (const ExposedPort& port : service.ports)
    text += (text.empty() ? "" : ",") + std::to_string(port.number) +
            (port.protocol.empty() ? "" : "/" + port.protocol);
  return text;
}

std::string state_of(const Wanted& wanted, bool there) {
  if (!there) return "missing";
  return wanted.entry_fits && wanted.rule_fits ? "in step" : "differs";
}

bool has_entry(const AliasFacts& facts, const std::string& host) {
  return std::any_of(facts.entries.begin(), facts.entries.end(),
                     [&](const SeenEntry& entry) { return entry.ours && entry.name == host; });
}

Json row(const ExposureRequest& request, const AliasFacts& facts, const Export& service) {
  return {{"alias", service.host},
          {"cluster", facts.cluster},
          {"from", service.cluster},
          {"service", service.name_space + "/" + service.service},
          {"ports", ports_text(service)},
          {"address", ""},
          {"gateway", gateway_text(gateway_for(request, service.cluster))}};
}

void add_rows(Report& report, const ExposureRequest& request, const AliasSettings& settings,
              const AliasFacts& facts) {
  std::set<std::string> told;
  for (const Wanted& wanted : wanted_in(request, settings, facts)) {
    Json entry = row(request, facts, *wanted.service);
    entry["address"] = wanted.address;
    entry["state"] = state_of(wanted, has_entry(facts, wanted.service->host));
    told.insert(wanted.service->host);
    report.items.push_back(std::move(entry));
  }
  for (const Export& service : request.exports) {
    if (service.cluster == facts.cluster || !told.insert(service.host).second) continue;
    Json entry = row(request, facts, service);
    const ClusterGateway* gateway = gateway_for(request, service.cluster);
    entry["state"] = gateway != nullptr && gateway->state == ClusterGateway::State::pending
                         ? "waits for the gateway"
                         : "no gateway";
    report.items.push_back(std::move(entry));
  }
  for (const SeenEntry& entry : facts.entries) {
    if (!entry.ours || entry.from.empty() || told.contains(entry.name)) continue;
    report.items.push_back(
        {{"alias", entry.name},
         {"cluster", facts.cluster},
         {"from", entry.from},
         {"service", ""},
         {"ports", ""},
         {"address", entry.addresses.empty() ? std::string() : entry.addresses.front()},
         {"gateway", ""},
         {"state", "not exported any more"}});
  }
}

}  // namespace

Report alias_list(const ExposureRequest& request, const std::vector<AliasFacts>& all) {
  const AliasSettings settings = alias_settings(request.settings);
  Report report;
  report.kind = "ExposureList";
  report.columns = {{"ALIAS", "/alias"},       {"FROM", "/from"},  {"SERVICE", "/service"},
                    {"PORTS", "/ports", true}, {"IN", "/cluster"}, {"ADDRESS", "/address"},
                    {"GATEWAY", "/gateway"},   {"STATE", "/state"}};
  for (const AliasFacts& facts : all) {
    if (facts.problem) {
      report.problems.push_back(*facts.problem);
    } else {
      add_rows(report, request, settings, facts);
    }
  }
  return report;
}

}  // namespace mesh::serviceentry
