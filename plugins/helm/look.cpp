#include <algorithm>

#include "objects.hpp"
#include "revisions.hpp"
#include "verbs.hpp"

// The verbs that only look: status and diff.

namespace mesh::helm {

namespace {

/// A release, and the revision that it is of or that it follows.
struct Seen {
  Release release;
  std::string revision;
  bool selected = false;  ///< the revision that mesh.yaml selects is that one
};

/// Base, istiod and gateway, and the istiods of the other revisions.
std::vector<Seen> all_releases(const CommandRequest& request, const Wanted& wanted,
                               const Host& host) {
  std::vector<Seen> all;
  for (const ClusterFacts& facts : read_facts(host, request.clusters, wanted)) {
    if (facts.problem) throw Failure(*facts.problem);
    const Followed followed = followed_in(facts, wanted);
    std::vector<Release> releases =
        releases_of(wanted, request.mesh, request.mesh.member(facts.cluster), followed);
    for (Release& release : releases) {
      const std::string& revision = release.name == k_base      ? followed.base
                                    : release.name == k_gateway ? followed.gateway
                                                                : wanted.revision;
      all.push_back({std::move(release), revision, revision == wanted.revision});
    }
    for (const std::string& revision : other_revisions(facts, wanted.revision)) {
      Release other;
      other.cluster = facts.cluster;
      other.name = istiod_name(revision);
      other.name_space = wanted.name_space;
      all.push_back({std::move(other), revision, false});
    }
  }
  return all;
}

std::string values_of(const Seen& seen, const ReleaseState& state) {
  if (state.status.empty()) return "";
  if (!seen.selected) return "of revision " + shown_revision(seen.revision);
  return state.inputs == seen.release.inputs ? "as wanted" : "different";
}

/// Where `live` is not as the chart wants it; what it has beyond that is none of the chart's.
void differences(const Json& wanted, const Json& live, const std::string& pointer,
                 std::vector<std::string>& found) {
  if (wanted.is_object() && live.is_object()) {
    for (const auto& [key, value] : wanted.items()) {
      differences(value, live.value(key, Json()), pointer + "/" + key, found);
    }
    return;
  }
  if (wanted.is_array() && live.is_array() && wanted.size() == live.size()) {
    for (std::size_t at = 0; at < wanted.size(); ++at) {
      differences(wanted[at], live[at], pointer + "/" + std::to_string(at), found);
    }
    return;
  }
  const bool empty = live.is_null() && (wanted.is_null() || wanted.empty() || wanted == "");
  if (wanted != live && !empty) found.push_back(pointer);
}

Json difference_item(const Release& release, const Json& object, const ReadResult& live) {
  Json item{{"cluster", release.cluster},
            {"release", release.name},
            {"object", to_string(ref_of(object))},
            {"state", "as rendered"},
            {"fields", Json::array()}};
  if (!live.found) {
    item["state"] = "missing";
    return item;
  }
  std::vector<std::string> found;
  Json wanted = object;
  wanted["metadata"].erase("labels");  // what manages it differs between the drivers
  // istiod itself fills these in, and the API server stores what it is given otherwise.
  differences(wanted, live.object, "", found);
  std::erase_if(found, [](const std::string& pointer) {
    return pointer.ends_with("/failurePolicy") || pointer.ends_with("/caBundle") ||
           pointer.find("/resources/") != std::string::npos;
  });
  if (!found.empty()) item["state"] = "different";
  item["fields"] = found;
  std::string text;
  for (const std::string& field : found) text += (text.empty() ? "" : ", ") + field;
  item["where"] = text;
  return item;
}

}  // namespace

Report status(const CommandRequest& request, const Host& host) {
  const Wanted wanted = wanted_of(request);
  const std::vector<Seen> all = all_releases(request, wanted, host);
  std::vector<Release> releases;
  for (const Seen& seen : all) releases.push_back(seen.release);
  const HelmDriverClient driver = driver_of(wanted, host);
  Report report;
  report.kind = "ReleaseList";
  report.columns = {{"CLUSTER", "/cluster"}, {"RELEASE", "/name"},      {"STATUS", "/status"},
                    {"CHART", "/chart"},     {"REVISION", "/revision"}, {"VALUES", "/values"},
                    {"MADE BY", "/madeBy"}};
  const std::vector<ReleaseState> states = driver.look(releases);
  for (std::size_t at = 0; at < states.size(); ++at) {
    const ReleaseState& state = states[at];
    const bool there = !state.status.empty();
    report.items.push_back({{"cluster", state.cluster},
                            {"name", state.name},
                            {"status", there ? state.status : "absent"},
                            {"chart", state.chart},
                            {"revision", state.revision},
                            {"values", values_of(all[at], state)},
                            {"madeBy", !there                 ? ""
                                       : state.inputs.empty() ? "others"
                                                              : "kubectl-mesh"}});
  }
  return report;
}

Report diff(const CommandRequest& request, const Host& host) {
  const Wanted wanted = wanted_of(request);
  Report report;
  report.kind = "DifferenceList";
  report.columns = {{"CLUSTER", "/cluster"},
                    {"RELEASE", "/release"},
                    {"OBJECT", "/object"},
                    {"STATE", "/state"},
                    {"FIELDS", "/where"}};
  for (const auto& [release, revision, selected] : all_releases(request, wanted, host)) {
    if (!selected) continue;
    const std::vector<Json> objects = rendered({release, wanted.settings}, host);
    std::vector<Read> reads;
    for (const Json& object : objects) {
      reads.push_back(
          {.cluster = release.cluster, .object = ref_of(object), .labels = {}, .next = {}});
    }
    const std::vector<ReadResult> live = host.read(reads);
    for (std::size_t at = 0; at < objects.size(); ++at) {
      if (live[at].problem) {
        report.problems.push_back(*live[at].problem);
        continue;
      }
      Json item = difference_item(release, objects[at], live[at]);
      const bool same = item["state"] == "as rendered";
      report.failed = report.failed || !same;
      if (!same || request.flag("all")) report.items.push_back(std::move(item));
    }
  }
  return report;
}

}  // namespace mesh::helm
