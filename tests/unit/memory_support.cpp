#include "unit/memory_support.hpp"

#include <algorithm>

#include "unit/agreed.hpp"

namespace mesh::test {

namespace {

void merge(Json& live, const Json& wanted) {
  for (const auto& [key, value] : wanted.items()) {
    if (value.is_object() && live.contains(key) && live[key].is_object()) {
      merge(live[key], value);
    } else {
      live[key] = value;
    }
  }
}

Json problem_answer(const char* code, const std::string& message) {
  return {{"found", false}, {"problem", {{"code", code}, {"message", message}}}};
}

}  // namespace

std::string key_of(const Json& object) {
  const ObjectRef ref = ref_of(object);
  return ref.kind + " " + ref.name_space + "/" + ref.name;
}

bool selected(const Json& object, const std::string& labels) {
  const Json have = object.value(Json::json_pointer("/metadata/labels"), Json::object());
  for (std::size_t from = 0; from < labels.size();) {
    const std::size_t to = std::min(labels.find(',', from), labels.size());
    const std::string part = labels.substr(from, to - from);
    const std::size_t equals = part.find('=');
    const std::string key = part.substr(0, equals);
    if (!have.contains(key)) return false;
    if (equals != std::string::npos && have[key] != part.substr(equals + 1)) return false;
    from = to + 1;
  }
  return true;
}

MemoryClusters::MemoryClusters() {
  m_functions.struct_size = sizeof m_functions;
  m_functions.ctx = this;
  m_functions.call = call;
  m_functions.cancelled = [](void*) -> std::int32_t { return 0; };
  m_functions.deadline = [](void*) -> std::uint64_t { return 0; };
}

std::int32_t MemoryClusters::call(void* self, mesh_text service, mesh_text verb, mesh_text request,
                                  const mesh_sink* reply) {
  const auto text = [](mesh_text part) { return std::string(part.ptr, part.len); };
  const auto write = [&](const Json& document) {
    const std::string line = to_text(document);
    return reply->write(reply->ctx, line.data(), line.size());
  };
  try {
    return write(static_cast<MemoryClusters*>(self)->answer(
        text(service), text(verb), parse_json(text(request), "the request")));
  } catch (const Failure& failure) {
    if (failure.problem().code == "unsupported") return MESH_UNSUPPORTED;
    write(to_json(failure.problem()));
    return MESH_FAILED;
  }
}

Json MemoryClusters::answer(const std::string& service, const std::string& verb,
                            const Json& request) {
  if (service == "progress/1" || service == "log/1") return Json::object();
  if (service == "clock/1") return {{"time", "2023-11-14T22:13:20.000Z"}};
  if (service == "yaml/1")  // as far as YAML is JSON
    return {{"documents", {parse_json(request.at("text").get<std::string>(), "the text")}}};
  if (verb == "try") {
    const Json answer = token_problem.empty()
                            ? Json::object()
                            : Json{{"problem", {{"code", token_problem}, {"message", "no"}}}};
    return {{"answers", std::vector<Json>(request.at("reads").size(), answer)}};
  }
  if (service == "kube.read/1") {
    Json results = Json::array();
    for (const Json& wanted : request.at("reads")) results.push_back(read(wanted));
    return {{"results", results}};
  }
  if (service == "cluster/1" && verb == "versions") {
    const std::size_t count = request.at("clusters").size();
    return {{"versions", std::vector<Json>(count, {{"version", kubernetes}})}};
  }
  if (service == "cluster/1") {
    const auto found = endpoints.find(request.at("cluster").get<std::string>());
    if (found == endpoints.end()) throw Failure("unsupported", service);
    return found->second;
  }
  if (service == "pod/1" && pod) {
    Json results = Json::array();
    for (const Json& ask : request.at("asks")) results.push_back(pod(ask));
    return {{"results", results}};
  }
  if (service == "tls/1" && tls) return tls(request);
  if (service == "program/1" && program) return program(request);
  if (service == "catalogue/1") {
    Json list = Json::array();
    for (const auto& [address, extension] : extensions) {
      if (address.starts_with(request.at("point").get<std::string>() + ":"))
        list.push_back({{"address", address}, {"name", extension->describe().name}});
    }
    return {{"extensions", list}};
  }
  const auto extension = extensions.find(service);
  if (extension == extensions.end()) throw Failure("unsupported", service);
  return extension->second->invoke(verb, request, host());
}

Json MemoryClusters::read(const Json& wanted) {
  ++reads;
  const std::string cluster = wanted.at("cluster");
  if (std::find(not_of_this_run.begin(), not_of_this_run.end(), cluster) != not_of_this_run.end())
    return problem_answer("unknown-context", cluster + " is not of this run");
  if (cluster == unreadable) return problem_answer("unreachable", cluster + ": no answer");
  const std::string name = wanted.value("name", std::string());
  if (name.empty()) return list(wanted);
  const std::string key = wanted.at("kind").get<std::string>() + " " +
                          wanted.value("namespace", std::string()) + "/" + name;
  const Json* object = find(cluster, key);
  if (object == nullptr) return {{"found", false}};
  return {{"found", true}, {"object", *object}};
}

Json MemoryClusters::list(const Json& wanted) {
  // Tests may leave it out of an object.
  const auto is_of_group = [&](const Json& object) {
    const auto group = [](const std::string& version) {
      return version.substr(0, version.find('/'));
    };
    const std::string asked = wanted.at("apiVersion").get<std::string>();
    return group(object.value("apiVersion", asked)) == group(asked);
  };
  const std::string begin = wanted.at("kind").get<std::string>() + " ";
  const std::string name_space = wanted.value("namespace", std::string());
  std::vector<Json> items;
  for (const auto& [key, object] : objects[wanted.at("cluster")]) {
    const bool there =
        key.starts_with(begin) && (name_space.empty() || key.starts_with(begin + name_space + "/"));
    if (there && is_of_group(object) && selected(object, wanted.value("labels", std::string())))
      items.push_back(object);
  }
  const std::size_t from = std::stoul("0" + wanted.value("next", std::string()));
  const std::size_t size = std::min(page, wanted.at("limit").get<std::size_t>());
  const std::size_t to = std::min(items.size(), from + size);
  const Json part(std::vector<Json>(items.begin() + static_cast<long>(from),
                                    items.begin() + static_cast<long>(to)));
  return {{"found", true},
          {"object", {{"items", part}}},
          {"next", to < items.size() ? std::to_string(to) : ""}};
}

Json* MemoryClusters::find(const std::string& cluster, const std::string& key) {
  auto& there = objects[cluster];
  const auto found = there.find(key);
  return found == there.end() ? nullptr : &found->second;
}

void MemoryClusters::erase(const std::string& cluster, const std::string& key) {
  objects[cluster].erase(key);
}

void MemoryClusters::put(const std::string& cluster, Json object) {
  const std::string key = key_of(object);
  object["metadata"]["uid"] = "uid-" + std::to_string(++m_uids);
  objects[cluster][key] = std::move(object);
}

void MemoryClusters::apply(const std::string& cluster, const Json& object) {
  Json* live = find(cluster, key_of(object));
  if (live == nullptr) return put(cluster, object);
  merge(*live, object);
  // What is no map of Kubernetes' own merges as a whole where we are the only owner.
  if (object.contains("spec")) (*live)["spec"] = object["spec"];
}

int MemoryClusters::carry_out(const Plan& plan) {
  REQUIRE(plan.refusals.empty());
  std::vector<Action> actions = plan.actions;
  std::stable_sort(actions.begin(), actions.end(),
                   [](const Action& a, const Action& b) { return a.phase < b.phase; });
  int writes = 0;
  for (const Action& action : actions) {
    if (hook) hook(action);
    const Json before = objects[action.cluster];
    if (action.type == ActionType::apply) apply(action.cluster, action.object);
    const std::string key =
        action.target.kind + " " + action.target.name_space + "/" + action.target.name;
    if (action.type == ActionType::edit || action.type == ActionType::remove) {
      Json* live = find(action.cluster, key);
      if (live == nullptr) continue;
      for (const auto& [pointer, value] : action.precondition.items()) {
        INFO(key << " " << pointer);
        REQUIRE(live->at(Json::json_pointer(pointer)) == value);
      }
      if (action.type == ActionType::edit) *live = live->patch(action.patch);
      if (action.type == ActionType::remove) erase(action.cluster, key);
    }
    writes += before != Json(objects[action.cluster]) ? 1 : 0;
  }
  return writes;
}

int MemoryClusters::settle(const std::function<Plan()>& ask) {
  int writes = 0;
  Agreed agreed;
  for (int round = 0; round < 10; ++round) {
    const Plan plan = ask();
    agreed.look_at(plan);
    writes += carry_out(plan);
    if (!plan.continues) return writes;
  }
  FAIL("the plan never ends");
  return writes;
}

}  // namespace mesh::test
