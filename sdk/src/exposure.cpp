#include "mesh/exposure.hpp"

#include <array>

#include "fields.hpp"

// exposure/1 on the wire: sdk/schemas/exposure.json. Both ends in one file, so that they cannot
// differ.

namespace mesh {

namespace {

using State = ClusterGateway::State;
constexpr std::array<std::pair<std::string_view, State>, 3> k_states{
    {{"ready", State::ready}, {"pending", State::pending}, {"absent", State::absent}}};

std::string_view word_of(State state) {
  for (const auto& [word, value] : k_states) {
    if (value == state) return word;
  }
  return "absent";
}

State state_of(const std::string& text) {
  for (const auto& [word, value] : k_states) {
    if (word == text) return value;
  }
  throw Failure("invalid-document", "the state of a gateway \"" + text + "\" is not known");
}

Json export_json(const Export& entry) {
  Json document{{"cluster", entry.cluster},       {"namespace", entry.name_space},
                {"service", entry.service},       {"host", entry.host},
                {"identities", entry.identities}, {"ports", Json::array()}};
  for (const ExposedPort& port : entry.ports) {
    document["ports"].push_back(
        {{"number", port.number}, {"name", port.name}, {"protocol", port.protocol}});
  }
  return document;
}

Export read_export(const Json& document) {
  Export entry{.cluster = document.at("cluster").get<std::string>(),
               .name_space = document.at("namespace").get<std::string>(),
               .service = document.at("service").get<std::string>(),
               .host = document.at("host").get<std::string>(),
               .ports = {},
               .identities = document.value("identities", std::vector<std::string>())};
  for (const Json& port : document.at("ports")) {
    entry.ports.push_back({.number = port.at("number").get<int>(),
                           .name = port.at("name").get<std::string>(),
                           .protocol = text_at(port, "protocol")});
  }
  return entry;
}

Json gateway_json(const ClusterGateway& gateway) {
  Json document{{"cluster", gateway.cluster},
                {"state", word_of(gateway.state)},
                {"namespace", gateway.name_space},
                {"service", gateway.service},
                {"why", gateway.why},
                {"addresses", Json::array()}};
  for (const GatewayAddress& one : gateway.addresses) {
    document["addresses"].push_back({{"address", one.address}, {"port", one.port}});
  }
  return document;
}

ClusterGateway read_gateway(const Json& document) {
  ClusterGateway gateway{.cluster = document.at("cluster").get<std::string>(),
                         .state = state_of(document.at("state").get<std::string>()),
                         .name_space = text_at(document, "namespace"),
                         .service = text_at(document, "service"),
                         .why = text_at(document, "why"),
                         .addresses = {}};
  for (const Json& one : document.value("addresses", Json::array())) {
    gateway.addresses.push_back(
        {.address = one.at("address").get<std::string>(), .port = one.at("port").get<int>()});
  }
  return gateway;
}

/// A stranger's answer of the wrong shape is his fault, said in his name.
template <typename Reader>
auto answer_of(const std::string& address, const char* verb, const ExposureRequest& request,
               const Host& host, Reader reader) {
  const Json answer = host.call(address, verb, to_json(request));
  try {
    return reader(answer);
  } catch (const Failure& failure) {
    throw Failure("plugin-fault", address + " " + verb + " answered a document of another shape: " +
                                      failure.problem().message);
  }
}

}  // namespace

Json to_json(const ExposureRequest& request) {
  Json document{{"settings", request.settings},
                {"mesh", to_json(request.mesh)},
                {"clusters", request.clusters},
                {"unseen", request.unseen},
                {"ahead", request.ahead},
                {"istioNamespace", request.istio_namespace},
                {"waitSeconds", request.wait_seconds},
                {"exports", Json::array()},
                {"gateways", Json::array()}};
  for (const Export& entry : request.exports) document["exports"].push_back(export_json(entry));
  for (const ClusterGateway& one : request.gateways)
    document["gateways"].push_back(gateway_json(one));
  return document;
}

ExposureRequest exposure_request_from_json(const Json& document) try {
  ExposureRequest request;
  request.settings = document.value("settings", Json::object());
  request.mesh = mesh_view_from_json(document.value("mesh", Json()));
  request.clusters = document.at("clusters").get<std::vector<std::string>>();
  request.unseen = document.value("unseen", std::vector<std::string>());
  request.ahead = document.value("ahead", false);
  request.istio_namespace = document.value("istioNamespace", request.istio_namespace);
  request.wait_seconds = document.value("waitSeconds", request.wait_seconds);
  for (const Json& entry : document.value("exports", Json::array()))
    request.exports.push_back(read_export(entry));
  for (const Json& one : document.value("gateways", Json::array()))
    request.gateways.push_back(read_gateway(one));
  return request;
} catch (const Json::exception& error) {
  throw Failure("invalid-document",
                std::string("the exposure request has another shape: ") + error.what());
}

Json ExposureStrategy::invoke(std::string_view verb, const Json& request, const Host& host) {
  if (verb == "sync") return to_json(sync(exposure_request_from_json(request), host));
  if (verb == "remove") return to_json(remove(exposure_request_from_json(request), host));
  if (verb == "list") return to_json(list(exposure_request_from_json(request), host));
  throw Failure("unsupported", "exposure/1 has no verb \"" + std::string(verb) + "\"");
}

ExposureClient::ExposureClient(const std::string& name, const Host& host)
    : m_address("exposure/1:" + name), m_host(host) {}

Plan ExposureClient::sync(const ExposureRequest& request) const {
  return answer_of(m_address, "sync", request, m_host, plan_from_json);
}

Plan ExposureClient::remove(const ExposureRequest& request) const {
  return answer_of(m_address, "remove", request, m_host, plan_from_json);
}

Report ExposureClient::list(const ExposureRequest& request) const {
  return answer_of(m_address, "list", request, m_host, report_from_json);
}

}  // namespace mesh
