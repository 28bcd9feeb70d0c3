#include <algorithm>

#include "objects.hpp"
#include "verbs.hpp"

// The verbs that only look: status and diff.

namespace mesh::helm {

namespace {

std::vector<Release> all_releases(const CommandRequest& request, const Wanted& wanted) {
  std::vector<Release> releases;
  for (const std::string& cluster : request.clusters) {
    const std::vector<Release> some =
        releases_of(wanted, request.mesh, request.mesh.member(cluster));
    releases.insert(releases.end(), some.begin(), some.end());
  }
  return releases;
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
  const std::vector<Release> releases = all_releases(request, wanted);
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
                            {"values", !there                                ? ""
                                       : state.inputs == releases[at].inputs ? "as wanted"
                                                                             : "different"},
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
  for (const Release& release : all_releases(request, wanted)) {
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
