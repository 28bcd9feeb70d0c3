#include "conformance/world.hpp"

#include <array>
#include <chrono>

#include "conformance/resources.hpp"

#include "base/text.hpp"
#include "mesh/lookup.hpp"
#include "mesh/problem.hpp"
#include "mesh/time.hpp"

namespace mesh::conformance {

namespace {

constexpr std::array<const char*, 3> k_clusters{"alpha", "beta", "gamma"};

Json problem_of(const char* code, const std::string& message) {
  return to_json(Problem{.code = code,
                         .message = message,
                         .hint = {},
                         .cluster = {},
                         .object = {},
                         .retryable = false});
}

/// A label selector as far as plugins use it: keys, and keys with a value.
bool selected(const Json& object, const std::string& labels) {
  for (const std::string& part : split(labels, ',')) {
    if (part.empty()) continue;
    const std::size_t equals = part.find('=');
    const std::string value =
        lookup::text(object, "/metadata/labels/" + lookup::step(part.substr(0, equals)));
    if (equals == std::string::npos ? value.empty() : value != part.substr(equals + 1))
      return false;
  }
  return true;
}

std::string uid_of(const std::string& cluster, const std::string& key) {
  return cluster + "/" + key;
}

/// As an API server does: labels and annotations that hold nothing are not there.
void drop_empty_maps(Json& object) {
  Json& metadata = object["metadata"];
  for (const char* map : {"labels", "annotations"}) {
    if (metadata.contains(map) && metadata[map].empty()) metadata.erase(map);
  }
}

}  // namespace

std::string key_of(const ObjectRef& ref) {
  return ref.kind + " " + ref.name_space + "/" + ref.name;
}

World::World(const std::vector<Json>& also) {
  const Json& fixture = resource("fixtures/world.json");
  for (const char* cluster : k_clusters) {
    const auto place = [&](Json object) {
      const std::string key = key_of(ref_of(object));
      object["metadata"]["uid"] = uid_of(cluster, key);
      m_clusters[cluster][key] = std::move(object);
    };
    for (const char* part : {"common", cluster}) {
      for (const Json& object : fixture.at(part)) place(object);
    }
    for (const Json& object : also) place(object);
  }
}

Json World::answer(std::string_view service, std::string_view verb, const Json& request) {
  struct Row {
    std::string_view service;
    std::string_view verb;
    Json (World::*answer)(const Json& request);
  };
  static constexpr std::array<Row, 12> k_rows{{{"kube.read/1", "read", &World::read},
                                               {"kube.read/1", "forget", &World::forget},
                                               {"kube.read/1", "try", &World::try_token},
                                               {"cluster/1", "describe", &World::describe},
                                               {"cluster/1", "versions", &World::versions},
                                               {"pod/1", "ask", &World::pods},
                                               {"tls/1", "probe", &World::handshake},
                                               {"program/1", "run", &World::program},
                                               {"clock/1", "now", &World::now},
                                               {"random/1", "bytes", &World::random},
                                               {"store/1", "get", &World::stored},
                                               {"operator/1", "secret", &World::ask_operator}}};
  for (const Row& row : k_rows) {
    if (row.service == service && row.verb == verb) return (this->*row.answer)(request);
  }
  throw Failure("unsupported", "there is no service " + std::string(service));
}

Json World::read(const Json& request) {
  Json results = Json::array();
  for (const Json& wanted : lookup::list(request, "/reads")) results.push_back(read_one(wanted));
  return {{"results", results}};
}

Json World::read_one(const Json& wanted) {
  const std::string kind = lookup::text(wanted, "/kind");
  const std::string name = lookup::text(wanted, "/name");
  const std::string space = lookup::text(wanted, "/namespace");
  m_used.reads.push_back(lookup::text(wanted, "/apiVersion") + "/" + kind);
  const auto cluster = m_clusters.find(lookup::text(wanted, "/cluster"));
  if (cluster == m_clusters.end()) {
    return {{"found", false},
            {"problem", problem_of("unknown-context", "this cluster is not of this run")}};
  }
  if (!name.empty()) {
    const Json found = object(cluster->first, kind + " " + space + "/" + name);
    return found.is_null() ? Json{{"found", false}} : Json{{"found", true}, {"object", found}};
  }
  Json items = Json::array();
  const std::string begin = kind + " " + space + (space.empty() ? "" : "/");
  for (const auto& [key, object] : cluster->second) {
    const bool here = key.starts_with(begin);
    if (here && selected(object, lookup::text(wanted, "/labels"))) items.push_back(object);
  }
  return {{"found", true}, {"object", {{"items", items}}}};
}

Json World::forget(const Json&) {
  return Json::object();
}

Json World::try_token(const Json& request) {
  const std::size_t count = lookup::list(request, "/reads").size();
  return {{"answers", std::vector<Json>(count, Json::object())}};
}

Json World::describe(const Json& request) {
  return {{"server", "https://" + lookup::text(request, "/cluster") + ".example:6443"}};
}

Json World::versions(const Json& request) {
  const std::size_t count = lookup::list(request, "/clusters").size();
  return {{"versions", std::vector<Json>(count, {{"version", "v1.36.4"}})}};
}

Json World::pods(const Json& request) {
  m_used.pods = true;
  Json results = Json::array();
  for (std::size_t count = lookup::list(request, "/asks").size(); count > 0; --count) {
    results.push_back({{"problem", problem_of("unreachable", "this pod answers nobody")}});
  }
  return {{"results", results}};
}

Json World::handshake(const Json&) {
  m_used.network = true;
  return {{"chain", Json::array()}, {"problem", problem_of("unreachable", "nobody answers")}};
}

Json World::program(const Json& request) {
  const std::string name = lookup::text(request, "/program");
  m_used.programs.push_back(name);
  throw Failure("missing", name + " is not installed");
}

/// A run sees one moment only, so that its answers can be alike.
Json World::now(const Json&) {
  static const auto moment =
      std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  return {{"time", time_text(moment)}};
}

Json World::stored(const Json& request) {
  const auto file = m_files.find(lookup::text(request, "/name"));
  if (file == m_files.end()) return {{"found", false}};
  return {{"found", true}, {"data", file->second}};
}

Json World::ask_operator(const Json& request) {
  m_questions.push_back(request);
  const std::string question = lookup::text(request, "/question");
  if (question.empty()) throw Failure("invalid-document", "operator/1: the question is empty");
  if (!m_has_terminal) throw Failure("usage", "there is no terminal to ask on: " + question);
  return {{"answer", k_answer}};
}

Json World::random(const Json& request) {
  Json bytes = Json::array();
  for (std::int64_t count = lookup::number(request, "/count"); count > 0; --count) {
    bytes.push_back(m_random() % 256);
  }
  return {{"bytes", bytes}};
}

Json World::object(const std::string& cluster, const std::string& key) const {
  const auto there = m_clusters.find(cluster);
  if (there == m_clusters.end()) return {};
  const auto found = there->second.find(key);
  return found == there->second.end() ? Json() : found->second;
}

std::string World::carry_out(const Json& plan) {
  for (const Json& action : lookup::list(plan, "/actions")) {
    const std::string objection = change(action);
    if (!objection.empty()) return objection;
  }
  return {};
}

/// Server-side apply by one owner, as far as it can be seen in what is there afterwards.
std::string World::change(const Json& action) try {
  const std::string type = lookup::text(action, "/type");
  if (type == "store") {
    m_files[action.at("file").at("name")] = action.at("file").at("data");
    return {};
  }
  const std::string cluster = lookup::text(action, "/cluster");
  auto& objects = m_clusters[cluster];
  if (type == "apply") {
    const std::string made = key_of(ref_of(action.at("object")));
    objects[made].merge_patch(action.at("object"));
    objects[made]["metadata"]["uid"] = uid_of(cluster, made);
    return {};
  }
  if (type != "edit" && type != "delete") return {};
  const std::string key = key_of(object_ref_from_json(action.at("target")));
  const auto live = objects.find(key);
  if (live == objects.end()) return type + " of " + key + ", which is not there";
  const Json precondition = action.value("precondition", Json::object());
  for (const auto& [pointer, value] : precondition.items()) {
    if (lookup::value(live->second, pointer) != value) {
      return "the precondition " + pointer + " of " + key + " does not hold";
    }
  }
  if (type == "edit") {
    live->second = live->second.patch(action.at("patch"));
    drop_empty_maps(live->second);
  }
  if (type == "delete") objects.erase(live);
  return {};
} catch (const Json::exception& error) {
  return error.what();
}

}  // namespace mesh::conformance
