// What the mutant answers, point by point: right, but for the one rule that it breaks.

#include "mutant.hpp"

namespace mutant {

namespace {

constexpr const char* k_version = "kubectl-mesh.dev/v1";
constexpr const char* k_istio = "networking.istio.io/v1";
constexpr const char* k_mark = "# the mutant\n";
constexpr const char* k_corefile = "/data/Corefile";

Json config_map(const char* name) {
  return {{"apiVersion", "v1"},
          {"kind", "ConfigMap"},
          {"metadata", {{"name", name}, {"namespace", "default"}}}};
}

Json applied(const std::string& cluster, const Json& object) {
  Json made = action("apply", cluster);
  made["object"] = object;
  return made;
}

Json report(const char* kind, Json items) {
  return {{"apiVersion", k_version}, {"kind", kind}, {"items", std::move(items)}};
}

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  const std::size_t at = text.find(what);
  return at == std::string::npos ? text : text.replace(at, what.size(), with);
}

Json edit(const Call& call, const std::string& before, const std::string& after) {
  if (before == after) return plan_of(Json::array());
  Json made = action("edit", call.request.at("cluster"));
  made["target"] = {{"apiVersion", "v1"},
                    {"kind", "ConfigMap"},
                    {"namespace", "kube-system"},
                    {"name", "coredns"}};
  if (!breaks("plan/preconditions")) made["precondition"] = {{k_corefile, before}};
  made["patch"] = Json::array({{{"op", "replace"}, {"path", k_corefile}, {"value", after}}});
  return plan_of(Json::array({made}));
}

std::string with_mark(std::string text) {
  if (text.find(k_mark) != std::string::npos && !breaks("dns/rest")) return text;
  if (breaks("dns/own-part")) text = replaced(text, "cache 30", "cache 29");
  return text + k_mark;
}

std::string without_mark(std::string text) {
  if (breaks("dns/own-part")) text = replaced(text, "cache 29", "cache 30");
  return replaced(text, k_mark, breaks("dns/take-back") ? "\n" : "");
}

Json service_entry(const Json& live) {
  Json entry{{"apiVersion", k_istio},
             {"kind", "ServiceEntry"},
             {"metadata", {{"name", "mutant"}, {"namespace", "istio-system"}}},
             {"spec", {{"hosts", {"app1.default.global"}}}}};
  if (breaks("exposure/rest")) {
    const auto pointer = Json::json_pointer("/spec/round");
    entry["spec"]["round"] = live.is_null() ? 0 : live.at(pointer).get<int>() + 1;
  }
  return entry;
}

Json sync(const Call& call) {
  Json actions = Json::array();
  for (const std::string cluster : call.request.at("clusters")) {
    const Json live = call.object(cluster, k_istio, "ServiceEntry", "istio-system", "mutant");
    if (live.is_null() || breaks("exposure/rest")) {
      actions.push_back(applied(cluster, service_entry(live)));
    }
    if (!breaks("exposure/others")) continue;
    actions.push_back(applied(cluster, {{"apiVersion", k_istio},
                                        {"kind", "ServiceEntry"},
                                        {"metadata",
                                         {{"name", "billing"},
                                          {"namespace", "istio-system"},
                                          {"labels", {{"mutant", "was-here"}}}}}}));
  }
  return plan_of(actions);
}

Json take_away(const Call& call) {
  Json actions = Json::array();
  for (const std::string cluster : call.request.at("clusters")) {
    const Json live = call.object(cluster, k_istio, "ServiceEntry", "istio-system", "mutant");
    if (live.is_null() || breaks("exposure/take-back")) continue;
    Json gone = action("delete", cluster);
    gone["target"] = {{"apiVersion", k_istio},
                      {"kind", "ServiceEntry"},
                      {"namespace", "istio-system"},
                      {"name", "mutant"}};
    actions.push_back(gone);
  }
  return plan_of(actions);
}

Json finding(const char* id, const std::string& cluster, const char* severity, const char* fix) {
  return {{"id", id},           {"cluster", cluster}, {"severity", severity}, {"title", "it works"},
          {"evidence", "seen"}, {"fix", fix}};
}

Json needs() {
  Json reads{"v1/ConfigMap", "networking.istio.io/v1/ServiceEntry"};
  Json writes = reads;
  if (breaks("plan/reads-within-needs")) reads.erase(0);
  if (breaks("plan/writes-within-needs")) writes.erase(0);
  return {{"reads", reads}, {"writes", writes}, {"network", breaks("limits/network")}};
}

Json extension(const char* point) {
  return {{"point", point},
          {"name", "mutant"},
          {"summary", breaks("manifest/described") ? "" : "a subject of tests"},
          {"needs", needs()}};
}

Json verb(const char* name, bool changes) {
  const std::string example = std::string("mutant ") + name;
  return {{"name", name},
          {"summary", "does something"},
          {"changes", changes},
          {"examples",
           Json::array({{{"command", breaks("command/examples") ? "other words" : example}}})}};
}

/// Places that are not the plugin's own; the first is what the rule's plain name stands for.
struct Misplaced {
  const char* way;
  const char* field;
  const char* value;
};
constexpr Misplaced k_misplaced[] = {
    {"folder", "folder", "/tmp"},   {"parent", "folder", "/tmp/../etc"},
    {"relative", "folder", ".ssh"}, {"owner", "owner", "ca/1:corp-ca"},
    {"hidden", "name", ".profile"},
};

Json stored() {
  Json file{{"name", "mutant.txt"}, {"data", "what it must find again"}};
  for (const Misplaced& row : k_misplaced) {
    const bool plainly = &row == &k_misplaced[0] && way().empty();
    if (breaks("plan/stores") && (plainly || way() == row.way)) file[row.field] = row.value;
  }
  Json made = action("store", "");
  made.erase("cluster");
  made["file"] = file;
  return made;
}

/// What can be planned once the first part is there.
Json later_part(const Call& call) {
  Json actions = Json::array();
  for (const std::string cluster : call.request.at("clusters")) {
    actions.push_back(
        applied(cluster, config_map(breaks("command/announced") ? "other" : "later")));
  }
  return plan_of(actions);
}

Json announcement(const std::string& cluster) {
  return {{"type", "apply"},
          {"cluster", cluster},
          {"target",
           {{"apiVersion", "v1"},
            {"kind", breaks("command/announced", "kind") ? "Secret" : "ConfigMap"},
            {"namespace", "default"},
            {"name", breaks("command/announced", "kind") ? "*" : "later"}}},
          {"reason", "follows from the first part"}};
}

/// In two parts, the second of which the first announces.
Json change(const Call& call) {
  Json actions = Json::array();
  Json announces = Json::array();
  for (const std::string cluster : call.request.at("clusters")) {
    if (!call.object(cluster, "v1", "ConfigMap", "default", "mutant").is_null())
      return later_part(call);
    Json object = config_map("mutant");
    if (breaks("plan/secrets")) object["data"]["token"] = token_of(call);
    actions.push_back(applied(breaks("plan/its-clusters") ? "delta" : cluster, object));
    announces.push_back(announcement(cluster));
  }
  actions.push_back(stored());
  Json plan = plan_of(actions);
  plan["continues"] = !announces.empty();
  plan["announces"] = announces;
  return plan;
}

}  // namespace

Json plan_of(Json actions) {
  return {{"apiVersion", k_version}, {"kind", "Plan"}, {"actions", std::move(actions)}};
}

std::string token_of(const Call& call) {
  const Json::json_pointer place("/settings/token");
  const Json token = call.request.contains(place) ? call.request.at(place) : Json();
  return token.is_string() ? token.get<std::string>() : "";
}

Json action(const char* type, const std::string& cluster) {
  return {{"type", type},
          {"cluster", cluster},
          {"reason", breaks("plan/reasons") ? "" : "the tests want it"}};
}

Json command(const Call& call) {
  Json items = Json::array();
  for (const std::string cluster : call.request.at("clusters")) {
    items.push_back(call.object(cluster, "v1", "ConfigMap", "kube-system", "coredns"));
  }
  Json reply = call.verb == "show" ? report("MutantList", items) : change(call);
  const Json note{{"text", breaks("command/words") ? "red \x1b[31m" : "nothing to note"}};
  reply["notes"] = Json::array({note});
  return reply;
}

Json dns(const Call& call) {
  const Json& config = call.request.at("objects").value("config", Json());
  const std::string before =
      config.is_null() ? "" : config.at(Json::json_pointer(k_corefile)).get<std::string>();
  const bool fits = !config.is_null();
  if (call.verb == "fit") {
    const bool hides = breaks("dns/fit") || !fits;
    return {{"score", hides ? 0 : 50}, {"why", "there is a Corefile, or none"}};
  }
  if (call.verb == "look") {
    const bool seen = before.find(k_mark) != std::string::npos && !breaks("dns/look");
    return {{"present", seen}};
  }
  if (!fits) throw Refused{"there is no Corefile"};
  return edit(call, before, call.verb == "plan" ? with_mark(before) : without_mark(before));
}

Json exposure(const Call& call) {
  if (call.verb == "sync") return sync(call);
  if (call.verb == "remove") return take_away(call);
  Json items = Json::array();
  if (!breaks("exposure/list")) items.push_back({{"name", "mutant"}});
  return report("MutantList", items);
}

Json check(const Call& call) {
  Json items = Json::array();
  for (const std::string cluster : call.request.at("clusters")) {
    items.push_back(finding(breaks("check/ids") ? "A Mutant" : "mutant/fine",
                            breaks("check/clusters") ? "delta" : cluster, "pass", ""));
    items.push_back(
        finding("mutant/broken", cluster, "failure", breaks("check/fix") ? "" : "mend it"));
  }
  Json reply = report("FindingList", items);
  reply["failed"] = !items.empty() || breaks("check/no-cluster");
  return reply;
}

Json helm_driver(const Call& call) {
  if (call.verb == "look") {
    Json states = Json::array();
    for (const Json& release : call.request.at("releases")) {
      states.push_back({{"cluster", release.at("cluster").get<std::string>()},
                        {"name", release.at("name").get<std::string>()}});
    }
    if (breaks("helm-driver/order") && states.size() > 1) states.front().swap(states.back());
    return {{"states", states}};
  }
  const Json& release = call.request.at("release");
  const Json state = call.request.value("state", Json::object());
  const bool absent = state.value("status", "").empty();
  const bool same = state.value("inputs", "") == release.value("inputs", "");
  const bool acts = call.verb == "install" ? (absent && !breaks("helm-driver/install")) ||
                                                 (!absent && (!same || breaks("helm-driver/rest")))
                                           : !absent || breaks("helm-driver/uninstall");
  if (!acts) return plan_of(Json::array());
  return plan_of(Json::array({applied(release.at("cluster"), config_map("release"))}));
}

Json overview(const Call& call) {
  const Json& clusters = call.request.at("clusters");
  if (call.verb == "detect") {
    Json settings{{"depth", 1}};
    if (breaks("overview/settings")) settings["depht"] = 1;
    return {{"settings", settings}};
  }
  const bool usual = !clusters.empty() && clusters[0] == "alpha";
  if (breaks("documents/reply") && usual) return Json::object();
  Json rows = Json::array();
  for (const std::string cluster : clusters)
    rows.push_back({{"cluster", cluster}, {"state", "fine"}});
  if (breaks("overview/rows") && !rows.empty()) rows.erase(0);
  const char* pointer = breaks("overview/columns") ? "/stat" : "/state";
  return {{"columns", {{{"title", "STATE"}, {"pointer", pointer}}}}, {"rows", rows}};
}

Json manifest() {
  Json command = extension("command/1");
  command["verbs"] = {verb("change", true), verb("show", false)};
  command["lifecycle"] = {{"after", {"certs"}},
                          {"up", breaks("command/lifecycle") ? "nothing" : "change"}};
  command["settings"] = {
      {"properties",
       {{"depth", {{"type", "integer"}, {"description", "how deep"}}},
        {"token", {{"type", "string"}, {"format", "secret"}, {"description", "for a server"}}}}},
      {"additionalProperties", false}};
  if (breaks("manifest/settings")) command["settings"] = {{"type", 12}};
  Json authority = extension("ca/1");
  authority["abilities"] = {"issue"};
  authority["verbs"] = {
      {{"name", breaks("manifest/verbs") ? "isue" : "issue"}, {"timeoutSeconds", 60}}};
  return {
      {"apiVersion", k_version},
      {"kind", breaks("manifest/readable") ? "Mutant" : "Plugin"},
      {"name", "mutant"},
      {"version", "1.0.0"},
      {"summary", "what the kit finds"},
      {"language", way().starts_with("go") ? "go" : ""},
      {"abi", {{"major", MESH_ABI_MAJOR}, {"minor", breaks("manifest/abi") ? 7 : MESH_ABI_MINOR}}},
      {"provides",
       {command, authority, extension("dns/1"), extension("exposure/1"), extension("check/1"),
        extension("helm-driver/1"), extension("overview/1")}}};
}

}  // namespace mutant
