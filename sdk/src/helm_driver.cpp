#include "mesh/helm_driver.hpp"

#include "mesh/time.hpp"

// helm-driver/1 on the wire: sdk/schemas/helm-driver.json. Both ends, so that they cannot differ.

namespace mesh {

namespace {

Json to_json(const Release& release) {
  return {{"cluster", release.cluster},
          {"name", release.name},
          {"namespace", release.name_space},
          {"chart",
           {{"name", release.chart.name},
            {"repository", release.chart.repository},
            {"version", release.chart.version}}},
          {"values", release.values},
          {"valueFiles", release.value_files},
          {"inputs", release.inputs}};
}

Release release_in(const Json& document) {
  const Json& chart = document.at("chart");
  return {.cluster = document.at("cluster").get<std::string>(),
          .name = document.at("name").get<std::string>(),
          .name_space = document.at("namespace").get<std::string>(),
          .chart = {.name = chart.at("name").get<std::string>(),
                    .repository = chart.value("repository", std::string()),
                    .version = chart.value("version", std::string())},
          .values = document.value("values", Json::object()),
          .value_files = document.value("valueFiles", std::vector<std::string>()),
          .inputs = document.value("inputs", std::string())};
}

Json to_json(const ReleaseState& state) {
  Json document{{"cluster", state.cluster}, {"name", state.name},   {"status", state.status},
                {"inputs", state.inputs},   {"chart", state.chart}, {"revision", state.revision}};
  if (state.changed) document["changed"] = time_text(*state.changed);
  return document;
}

std::optional<std::chrono::sys_seconds> read_changed(const Json& document) {
  const auto time = read_time(document.value("changed", std::string()));
  if (!time) return std::nullopt;
  return std::chrono::floor<std::chrono::seconds>(*time);
}

ReleaseState read_state(const Json& document) {
  return {.cluster = document.value("cluster", std::string()),
          .name = document.value("name", std::string()),
          .status = document.value("status", std::string()),
          .inputs = document.value("inputs", std::string()),
          .chart = document.value("chart", std::string()),
          .revision = document.value("revision", std::int64_t{0}),
          .changed = read_changed(document)};
}

/// Actions travel as a plan: its reader is the one that checks them.
Json reply_with(std::vector<Action> actions) {
  Plan plan;
  plan.actions = std::move(actions);
  return to_json(plan);
}

Json request_with(const DriverRequest& request, const ReleaseState& state) {
  Json document{{"release", to_json(request.release)},
                {"settings", request.settings},
                {"state", to_json(state)}};
  if (request.complete) document["complete"] = true;
  return document;
}

}  // namespace

Json HelmDriver::invoke(std::string_view verb, const Json& request, const Host& host) {
  if (verb == "look") {
    std::vector<Release> releases;
    for (const Json& release : request.at("releases")) releases.push_back(release_in(release));
    Json reply{{"states", Json::array()}};
    for (const ReleaseState& state : look(releases, host))
      reply["states"].push_back(to_json(state));
    return reply;
  }
  if (verb != "install" && verb != "uninstall") {
    throw Failure("unsupported", "no verb \"" + std::string(verb) + "\"");
  }
  const DriverRequest asked{.release = release_in(request.at("release")),
                            .settings = request.value("settings", Json::object()),
                            .complete = request.value("complete", false)};
  const ReleaseState state = read_state(request.value("state", Json::object()));
  return reply_with(verb == "install" ? install(asked, state, host)
                                      : uninstall(asked, state, host));
}

HelmDriverClient::HelmDriverClient(const std::string& name, const Host& host)
    : m_address("helm-driver/1:" + name), m_host(host) {}

std::vector<ReleaseState> HelmDriverClient::look(const std::vector<Release>& releases) const {
  Json request{{"releases", Json::array()}};
  for (const Release& release : releases) request["releases"].push_back(to_json(release));
  const Json reply = m_host.call(m_address, "look", request);
  std::vector<ReleaseState> states;
  for (const Json& state : reply.at("states")) states.push_back(read_state(state));
  if (states.size() != releases.size()) {
    throw Failure("invalid-document", m_address + " answered another number of releases");
  }
  return states;
}

std::vector<Action> HelmDriverClient::install(const DriverRequest& request,
                                              const ReleaseState& state) const {
  return plan_from_json(m_host.call(m_address, "install", request_with(request, state))).actions;
}

std::vector<Action> HelmDriverClient::uninstall(const DriverRequest& request,
                                                const ReleaseState& state) const {
  return plan_from_json(m_host.call(m_address, "uninstall", request_with(request, state))).actions;
}

}  // namespace mesh
