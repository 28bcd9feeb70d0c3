#include "plugin/in_process.hpp"

#include <fcntl.h>

#include "text.hpp"

#include "mesh/problem.hpp"

namespace mesh {

namespace {

/// Where a plugin writes its reply. What it is told by the return value it may ignore: too much
/// stays too much.
class ReplySink {
 public:
  mesh_sink c_sink() { return {this, write}; }

  Reply reply(std::int32_t code) {
    if (m_too_large) return {MESH_TOO_LARGE, {}};
    return {code, std::move(m_text)};
  }

 private:
  static std::int32_t write(void* ctx, const char* bytes, std::uint64_t len) noexcept try {
    auto& sink = *static_cast<ReplySink*>(ctx);
    const std::uint64_t room = MESH_DOCUMENT_MAX - sink.m_text.size();
    if (sink.m_too_large || len > room || (bytes == nullptr && len > 0)) {
      sink.m_too_large = true;
      sink.m_text.clear();
      return MESH_TOO_LARGE;
    }
    sink.m_text.append(bytes, len);
    return MESH_OK;
  } catch (...) {
    return MESH_TOO_LARGE;
  }

  std::string m_text;
  bool m_too_large = false;
};

/// The edge towards the plugin: nothing that a service throws may cross it.
std::int32_t host_call(void* ctx, mesh_text service, mesh_text verb, mesh_text request,
                       const mesh_sink* reply) noexcept try {
  const Reply answer = static_cast<const HostCalls*>(ctx)->call(
      detail::view_of(service), detail::view_of(verb), detail::view_of(request));
  if (answer.text.empty()) return answer.code;
  const std::int32_t written = reply->write(reply->ctx, answer.text.data(), answer.text.size());
  return written == MESH_OK ? answer.code : MESH_TOO_LARGE;
} catch (...) {
  return MESH_FAILED;
}

std::int32_t host_cancelled(void* ctx) noexcept try {
  return static_cast<const HostCalls*>(ctx)->cancelled() ? 1 : 0;
} catch (...) {
  return 1;
}

std::uint64_t host_deadline(void* ctx) noexcept {
  return to_unix_millis(static_cast<const HostCalls*>(ctx)->deadline);
}

mesh_host host_of(const HostCalls& calls) {
  return {sizeof(mesh_host), MESH_ABI_MINOR, const_cast<HostCalls*>(&calls),
          host_call,         host_cancelled, host_deadline};
}

Reply escaped(const std::string& what) {
  Problem problem;
  problem.code = "plugin-fault";
  problem.message = "let an exception cross the C boundary (" + what + ")";
  return problem_reply(problem);
}

/// The contract says that no exception crosses; a plugin that breaks it must not end the host.
template <typename Work>
Reply guarded(const Work& work) {
  try {
    return work();
  } catch (const std::exception& error) {
    return escaped(error.what());
  } catch (...) {
    return escaped("not a std::exception");
  }
}

/// The copy's descriptor stays open for good: the loader knows a library by its path, and under a
/// number that is used again it would find the one from before.
std::filesystem::path bytes_of(const PluginStart& start) {
  if (!start.sealed) return {};
  return SealedLibrary::path_of(::fcntl(start.sealed->descriptor(), F_DUPFD_CLOEXEC, 0));
}

class InProcess : public PluginInstance {
 public:
  InProcess(const PluginEntry& entry, const PluginStart& start)
      : m_manifest(entry.manifest), m_plugin(load_library(entry.library, bytes_of(start))) {
    check_manifest(entry, m_plugin.manifest());
    const ServiceCall services = log_only(start.services);
    check_started(entry, m_plugin.start(calls_of(services, start.deadline)));
  }
  InProcess(const InProcess&) = delete;
  InProcess& operator=(const InProcess&) = delete;
  ~InProcess() override { m_plugin.stop(); }

  Json invoke(std::string_view address, std::string_view verb, const Json& request,
              const ServiceCall& services, Deadline deadline) override {
    const Asked asked = asked_of(m_manifest, address, verb);
    const Reply reply =
        m_plugin.invoke(address, verb, to_text(request), calls_of(services, deadline));
    if (reply.code == MESH_OK) refuse_late(asked, deadline);
    return read_answer(asked, reply, deadline);
  }

 private:
  static HostCalls calls_of(const ServiceCall& services, Deadline deadline) {
    return {[&services, deadline](std::string_view service, std::string_view verb,
                                  std::string_view request) {
              return serve_call(services, deadline, service, verb, request);
            },
            [deadline] { return stop_requested() || deadline.passed(); }, deadline};
  }

  /// Code in our own process cannot be stopped; but what comes too late does not count.
  static void refuse_late(const Asked& asked, Deadline deadline) {
    if (!deadline.passed()) return;
    const auto late = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now() - deadline.at());
    if (late < k_late) return;
    throw plugin_fault(asked,
                       "answered " + std::to_string(late.count()) + " ms after its deadline");
  }

  Manifest m_manifest;
  NativePlugin m_plugin;
};

}  // namespace

Reply NativePlugin::start(const HostCalls& calls) {
  const mesh_host host = host_of(calls);
  ReplySink sink;
  const mesh_sink reply = sink.c_sink();
  const Reply answer =
      guarded([&] { return sink.reply(m_library.plugin.start(&host, &m_self, &reply)); });
  m_started = answer.code == MESH_OK;
  return answer;
}

Reply NativePlugin::invoke(std::string_view address, std::string_view verb,
                           std::string_view request, const HostCalls& calls) {
  const mesh_host host = host_of(calls);
  ReplySink sink;
  const mesh_sink reply = sink.c_sink();
  return guarded([&] {
    return sink.reply(m_library.plugin.invoke(m_self, &host, detail::text_of(address),
                                              detail::text_of(verb), detail::text_of(request),
                                              &reply));
  });
}

void NativePlugin::stop() {
  if (!m_started || m_library.plugin.stop == nullptr) return;
  m_started = false;
  guarded([&] {
    m_library.plugin.stop(m_self);
    return Reply{MESH_OK, {}};
  });
}

std::unique_ptr<PluginInstance> start_in_process(const PluginEntry& entry,
                                                 const PluginStart& start) {
  return std::make_unique<InProcess>(entry, start);
}

void check_manifest(const PluginEntry& entry, const std::string& in_library) {
  const auto normal = [](const std::string& text) {
    return to_text(parse_json(text, "the manifest"));
  };
  try {
    if (normal(in_library) == normal(entry.manifest_text)) return;
  } catch (const Failure& failure) {
    throw Failure("plugin-refused",
                  "plugin " + entry.manifest.name + ": in its library " + failure.problem().message,
                  "install the plugin again");
  }
  throw Failure("plugin-refused",
                "plugin " + entry.manifest.name +
                    ": its library describes itself otherwise than the manifest beside it",
                "install the plugin again: the two are of different versions");
}

void check_started(const PluginEntry& entry, const Reply& reply) {
  if (reply.code == MESH_OK) return;
  const Asked asked{entry.manifest.name + " " + entry.manifest.version, "start"};
  try {
    read_answer(asked, reply, Deadline::never());
  } catch (const Failure& failure) {
    Problem problem = failure.problem();
    problem.code = "plugin-refused";
    problem.message = "plugin " + asked.plugin + " did not start: " + problem.message;
    throw Failure(std::move(problem));
  }
}

ServiceCall log_only(const ServiceCall& services) {
  return [services](std::string_view service, std::string_view verb, const Json& request) {
    if (service != "log/1" || !services) {
      throw Failure("unsupported", std::string(service) + " cannot be called while starting");
    }
    return services(service, verb, request);
  };
}

}  // namespace mesh
