// A well-behaved plugin that calls: itself, others and services, also from threads of its own.

#include <thread>

#include "mesh/extension.hpp"

namespace {

using mesh::Host;
using mesh::Json;

Json ask(const Json& request, const Host& host) {
  return host.call(request.at("address").get<std::string>(), request.at("verb").get<std::string>(),
                   request.value("request", Json::object()));
}

Json ask_from_threads(const Json& request, const Host& host) {
  std::vector<Json> answers(4);
  std::vector<std::thread> threads;
  for (Json& answer : answers) threads.emplace_back([&] { answer = ask(request, host); });
  for (std::thread& thread : threads) thread.join();
  return answers;
}

/// What the Failure of a call looks like from here.
Json report_failure(const Json& request, const Host& host) {
  try {
    return ask(request, host);
  } catch (const mesh::Failure& failure) {
    return to_json(failure.problem());
  }
}

class Asker : public mesh::ExtensionPoint {
 public:
  explicit Asker(std::string name) : m_name(std::move(name)) {}

  mesh::Extension describe() const override {
    mesh::Extension extension;
    extension.point = "test/1";
    extension.name = m_name;
    extension.needs.asks = {"test/1"};
    mesh::Verb limited;
    limited.name = "ask-within-a-second";
    limited.timeout_seconds = 1;
    extension.verbs = {limited};
    return extension;
  }

  Json invoke(std::string_view verb, const Json& request, const Host& host) override {
    if (verb == "echo") return {{"name", m_name}, {"request", request}};
    if (verb == "ask" || verb == "ask-within-a-second") return ask(request, host);
    if (verb == "ask-from-threads") return ask_from_threads(request, host);
    if (verb == "report-failure") return report_failure(request, host);
    if (verb == "fail") throw mesh::Failure("conflict", "somebody else holds it", "ask them");
    if (verb == "circle") return host.call("test/1:" + m_name, "circle", request);
    if (verb == "log") {
      host.log("info", request.at("text").get<std::string>());
      return Json::object();
    }
    throw mesh::Failure("unsupported", "no verb " + std::string(verb));
  }

 private:
  std::string m_name;
};

}  // namespace

MESH_PLUGIN("asker", "1.0.0", "asks", "the tests", new Asker("first"), new Asker("second"))
