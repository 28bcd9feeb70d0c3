#include <algorithm>
#include <fstream>

#include "mesh/testing.hpp"

namespace mesh::testing {

namespace {

constexpr const char* k_masked = "<masked>";

Exchange exchange_from(const Json& line) {
  Exchange exchange{.by = line.at("by"),
                    .to = line.at("to"),
                    .verb = line.at("verb"),
                    .request = line.at("request"),
                    .reply = line.value("reply", Json()),
                    .problem = {}};
  if (line.contains("problem")) exchange.problem = problem_from_json(line["problem"]);
  return exchange;
}

/// What was masked agrees with anything.
bool agrees(const Json& recorded, const Json& now) {
  if (recorded == k_masked) return true;
  if (!recorded.is_structured() || recorded.type() != now.type()) return recorded == now;
  if (recorded.size() != now.size()) return false;
  for (const auto& [key, value] : recorded.items()) {
    const bool there = recorded.is_array() || now.contains(key);
    if (!there || !agrees(value, recorded.is_array() ? now[std::stoul(key)] : now[key]))
      return false;
  }
  return true;
}

std::string answer_of(const mesh_plugin* plugin, const FakeHost& host, const Exchange& exchange,
                      Json& reply) try {
  reply = ask(plugin, host, exchange.to, exchange.verb, exchange.request);
  return {};
} catch (const Failure& failure) {
  return failure.problem().code;
}

}  // namespace

std::vector<Exchange> read_recording(const std::string& file) {
  std::ifstream in(file);
  require(in.is_open(), file + " can be read");
  std::vector<Exchange> exchanges;
  for (std::string line; std::getline(in, line);) {
    exchanges.push_back(exchange_from(parse_json(line, "a line of " + file)));
  }
  return exchanges;
}

std::size_t replay(const mesh_plugin* plugin, const std::string& file) {
  const Manifest manifest = manifest_of(plugin);
  std::vector<Exchange> asked;
  std::vector<Exchange> told;
  for (Exchange& exchange : read_recording(file)) {
    const bool is_ours = std::any_of(manifest.provides.begin(), manifest.provides.end(),
                                     [&](const Extension& extension) {
                                       return exchange.to == extension.point + ":" + extension.name;
                                     });
    if (exchange.by == manifest.name) told.push_back(exchange);
    if (is_ours) asked.push_back(exchange);
  }
  FakeHost host;
  host.replay(told);
  for (const Exchange& exchange : asked) {
    Json reply;
    const std::string code = answer_of(plugin, host, exchange, reply);
    const std::string wanted = exchange.problem ? exchange.problem->code : std::string();
    require(code == wanted && agrees(exchange.reply, reply),
            exchange.to + " " + exchange.verb +
                " answers as it was recorded, but: " + (code.empty() ? to_text(reply) : code));
  }
  return asked.size();
}

}  // namespace mesh::testing
