#include "mesh/testing.hpp"

#include <stdexcept>

#include "../src/text.hpp"

namespace mesh::testing {

namespace {

std::int32_t write(const mesh_sink* sink, const Json& document) {
  const std::string text = to_text(document);
  return sink->write(sink->ctx, text.data(), text.size());
}

/// Throws what a code other than MESH_OK means.
void require_ok(std::int32_t code, const std::string& reply, const std::string& what) {
  if (code == MESH_OK) return;
  if (code == MESH_UNSUPPORTED) throw Failure("unsupported", what + " is not offered");
  if (code == MESH_CANCELLED) throw Failure("cancelled", what + " was cancelled");
  throw Failure(problem_from_json(parse_json(reply, "the problem of " + what)));
}

}  // namespace

FakeHost::FakeHost() {
  m_host.struct_size = sizeof(mesh_host);
  m_host.abi_minor = MESH_ABI_MINOR;
  m_host.ctx = this;
  m_host.call = call;
  m_host.cancelled = [](void* ctx) {
    return std::int32_t{static_cast<FakeHost*>(ctx)->m_cancelled};
  };
  m_host.deadline = [](void*) { return std::uint64_t{0}; };
}

FakeHost& FakeHost::answer(const std::string& service, const std::string& verb, Json reply) {
  return answer(service, verb, [reply = std::move(reply)](const Json&) { return reply; });
}

FakeHost& FakeHost::answer(const std::string& service, const std::string& verb, Answer answer) {
  m_rows[service + " " + verb] = std::move(answer);
  return *this;
}

FakeHost& FakeHost::replay(const std::vector<Exchange>& recording) {
  for (const Exchange& exchange : recording) {
    m_recorded[exchange.to + " " + exchange.verb + " " + to_text(exchange.request)].push_back(
        exchange);
  }
  return *this;
}

std::int32_t FakeHost::call(void* ctx, mesh_text service, mesh_text verb, mesh_text request,
                            const mesh_sink* reply) try {
  auto& self = *static_cast<FakeHost*>(ctx);
  const std::string what =
      std::string(detail::view_of(service)) + " " + std::string(detail::view_of(verb));
  self.m_asked.push_back(what);
  const auto row = self.m_rows.find(what);
  const Json asked = parse_json(detail::view_of(request), "the request");
  if (row != self.m_rows.end()) return write(reply, row->second(asked));
  const auto recorded = self.m_recorded.find(what + " " + to_text(asked));
  if (recorded == self.m_recorded.end()) return MESH_UNSUPPORTED;
  const Exchange exchange = recorded->second.front();
  if (recorded->second.size() > 1) recorded->second.pop_front();
  if (exchange.problem) throw Failure(*exchange.problem);
  return write(reply, exchange.reply);
} catch (const Failure& failure) {
  const std::int32_t code = write(reply, to_json(failure.problem()));
  return code == MESH_OK ? MESH_FAILED : code;
}

Json ask(const mesh_plugin* plugin, const FakeHost& host, std::string_view address,
         std::string_view verb, const Json& request) {
  const std::string what = std::string(address) + " " + std::string(verb);
  void* self = nullptr;
  std::string reply;
  const mesh_sink sink = detail::sink_of(reply);
  require_ok(plugin->start(host.get(), &self, &sink), reply, "start");
  const std::string document = to_text(request);
  const std::int32_t code = plugin->invoke(self, host.get(), detail::text_of(address),
                                           detail::text_of(verb), detail::text_of(document), &sink);
  if (plugin->stop != nullptr) plugin->stop(self);
  require_ok(code, reply, what);
  return parse_json(reply, "the reply of " + what);
}

Manifest manifest_of(const mesh_plugin* plugin) {
  return manifest_from_json(parse_json(detail::view_of(plugin->manifest), "the manifest"));
}

void require(bool claim, const std::string& what) {
  if (!claim) throw std::runtime_error("not true: " + what);
}

}  // namespace mesh::testing
