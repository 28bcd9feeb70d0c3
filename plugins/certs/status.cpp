#include <algorithm>
#include <map>

#include "arrival.hpp"
#include "verbs.hpp"

#include "mesh/counted.hpp"

// How far the Secrets have got: a row for istiod, one for the namespaces, one per workload with
// proxies. The proof of a rotation asks for it, too.

namespace mesh::certs {

namespace {

constexpr const char* k_good = "up to date";
constexpr const char* k_unused = "passes TLS through, uses no certificate";

/// One line of the table. `fault` empty: all is well.
void add_row(Report& report, const std::string& cluster, const std::string& object, Json fields,
             const std::string& fault) {
  fields["cluster"] = cluster;
  fields["object"] = object;
  if (!fault.empty()) fields["state"] = fault;
  if (!fields.contains("state")) fields["state"] = k_good;
  // As findings have it: a proof that fails is told by them.
  fields["severity"] = to_string(fault.empty() ? Severity::pass : Severity::failure);
  fields["title"] = cluster + ": " + object;
  fields["evidence"] = fields["state"];
  report.failed = report.failed || !fault.empty();
  report.items.push_back(std::move(fields));
}

std::string istiod_fault(const ClusterFacts& facts) {
  const auto late = std::find_if(facts.istiod.begin(), facts.istiod.end(),
                                 [&](const IstiodPod& pod) { return is_late(pod, facts); });
  if (late == facts.istiod.end()) return {};
  return "started on " + late->started + ", before the Secret was changed on " + facts.changed;
}

std::string namespaces_fault(const ClusterFacts& facts, const Assessment& found) {
  const std::vector<std::string> late = late_namespaces(facts, found);
  if (late.empty()) return {};
  return counted(late.size(), "namespace holds", "namespaces hold") + " other roots, " +
         late.front() + " is one";
}

std::string names_of(const std::vector<Certificate>& list) {
  std::string text;
  for (const Certificate& one : list) {
    const std::string name = short_fingerprint(one.sha256);
    if (text.find(name) == std::string::npos) text += (text.empty() ? "" : "+") + name;
  }
  return text;
}

/// The proxies of one workload.
struct Group {
  std::size_t pods = 0, asked = 0;
  std::string trusts, presents;  ///< of the first one that was asked
  std::optional<Time> ends;      ///< first
  std::string fault;
  bool passes_through = true;  ///< all of them
};

void take(Group& group, const SeenProxy& proxy) {
  ++group.pods;
  group.passes_through = group.passes_through && proxy.passes_through;
  if (!proxy.was_asked()) return;
  if (++group.asked == 1) group.trusts = names_of(proxy.roots);
  if (proxy.chain.empty()) return;
  const Certificate& own = proxy.chain.front();
  if (group.presents.empty() && proxy.chain.size() > 1)
    group.presents = short_fingerprint(proxy.chain[1].sha256);
  group.ends = std::min(group.ends.value_or(own.not_after), own.not_after);
}

void add_proxies(Report& report, const ClusterFacts& facts, const Assessment& found, Time now) {
  if (facts.unlisted) report.problems.push_back(*facts.unlisted);
  std::map<std::string, Group> groups;
  for (const SeenProxy& proxy : facts.proxies) take(groups[name_of(proxy.proxy)], proxy);
  for (const Lack& lack : lacks_of(facts, need_of(found), now, Age::all)) {
    std::string& fault = groups[name_of(lack.proxy->proxy)].fault;
    if (fault.empty()) fault = lack.what;
  }
  for (const auto& [name, group] : groups) {
    Json fields{{"pods", group.pods},
                {"asked", group.asked},
                {"trusts", group.trusts},
                {"presents", group.presents},
                {"notAfter", group.ends ? date_text(*group.ends) : ""}};
    if (group.passes_through) fields["state"] = k_unused;
    add_row(report, facts.cluster, name, std::move(fields), group.fault);
  }
  const std::string unread = unread_text(facts);
  if (!unread.empty())
    report.notes.push_back(
        {Severity::warning, facts.cluster, unread + "; judged by age, which is an inference"});
}

}  // namespace

Report status(const CommandRequest& given, const Host& host) {
  const CommandRequest request = with_mesh_file(given);
  const bool proxies = !request.flag("without-proxies");
  Report report;
  report.kind = "CertificateStatus";
  report.columns = {{"CLUSTER", "/cluster"},    {"OBJECT", "/object"},
                    {"PODS", "/pods"},          {"TRUSTS", "/trusts"},
                    {"SIGNED BY", "/presents"}, {"NOT AFTER", "/notAfter", true},
                    {"STATE", "/state"}};
  const Time now = now_of(host);
  for (const ClusterFacts& facts :
       read_facts(host, look_of(request, proxies ? Depth::proxies : Depth::spread))) {
    if (facts.problem) {
      report.problems.push_back(*facts.problem);
      continue;
    }
    const Assessment found = assess(facts, now);
    const bool sound = found.state == Assessment::State::valid;
    add_row(report, facts.cluster, secret_name(facts),
            {{"trusts", names_of(found.roots)},
             {"presents",
              found.signing.empty() ? "" : short_fingerprint(found.signing.front().sha256)}},
            sound ? "" : in_words(found));
    if (!sound) continue;
    if (!facts.istiod.empty()) {
      add_row(report, facts.cluster, "istiod", {{"pods", facts.istiod.size()}},
              istiod_fault(facts));
      add_row(report, facts.cluster, "ConfigMap istio-ca-root-cert", Json::object(),
              namespaces_fault(facts, found));
    }
    if (proxies) add_proxies(report, facts, found, now);
  }
  return report;
}

}  // namespace mesh::certs
