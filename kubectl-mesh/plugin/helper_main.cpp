#include <atomic>
#include <fcntl.h>
#include <iostream>
#include <mutex>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

#include "base/exit_code.hpp"
#include "mesh/problem.hpp"
#include "plugin/bridge.hpp"
#include "plugin/exchange.hpp"
#include "plugin/frames.hpp"
#include "plugin/helper_process.hpp"
#include "plugin/in_process.hpp"
#include "plugin/sandbox.hpp"

namespace mesh {

namespace {

constexpr std::size_t k_name_max = 1024;

/// Started as HelperProcess starts it. Anything else would end strangers: see end_with_host().
bool is_helper() {
  int type = 0;
  socklen_t size = sizeof type;
  return ::getsockopt(k_helper_socket, SOL_SOCKET, SO_TYPE, &type, &size) == 0 &&
         ::getpgrp() == ::getpid();
}

void wait_for(int descriptor, short events) {
  pollfd ready{descriptor, events, 0};
  while (::poll(&ready, 1, -1) < 0 && errno == EINTR) {
  }
}

/// Whatever the plugin is doing: without a host there is nobody to do it for. A closed socket is
/// all that the host's death leaves to be seen.
void end_with_host(int socket) {
  std::thread([socket] {
    for (;;) {
      pollfd gone{socket, POLLRDHUP, 0};
      if (::poll(&gone, 1, -1) > 0) ::kill(0, SIGKILL);
    }
  }).detach();
}

/// The helper's side of the conversation. The host invokes, the plugin calls, and while a call
/// waits for its reply the host may invoke again: then that runs on the calling thread.
class HelperServer {
 public:
  HelperServer() : m_peer(k_helper_socket, wait_for) {}

  /// `lacks` is what the sandbox lacks; then nothing is loaded.
  int run(const std::filesystem::path& library, const std::string& lacks) {
    std::optional<NativePlugin> plugin = load(library, lacks);
    if (!plugin) return 0;
    for (;;) {
      const std::optional<Frame> frame = m_peer.receive();
      if (!frame) return 1;
      if (frame->kind == Frame::Kind::stop) {
        plugin->stop();
        return 0;
      }
      if (frame->kind != Frame::Kind::cancel) answer(*frame, *plugin);
    }
  }

 private:
  /// One request of the host's. Threads of the plugin may call, one at a time; a nested request has
  /// a turn of its own, because the outer one is held by the call that waits for it.
  struct Turn {
    std::mutex mutex;
    Deadline deadline;
  };

  std::optional<NativePlugin> load(const std::filesystem::path& library, const std::string& lacks) {
    Frame hello{.kind = Frame::Kind::hello, .address = {}, .verb = {}, .body = {}};
    std::optional<NativePlugin> plugin;
    try {
      if (!lacks.empty()) throw without_sandbox(library.stem(), lacks);
      const bool sealed = ::fcntl(k_helper_library, F_GETFD) >= 0;
      plugin.emplace(load_library(library, sealed ? SealedLibrary::path_of(k_helper_library) : ""));
      hello.body = plugin->manifest();
    } catch (const Failure& failure) {
      Reply reply = problem_reply(failure.problem());
      hello.code = reply.code;
      hello.body = std::move(reply.text);
    }
    m_peer.send(hello);
    return plugin;
  }

  void answer(const Frame& request, NativePlugin& plugin) {
    Turn turn{{}, from_unix_millis(request.deadline)};
    const HostCalls host{
        [&](std::string_view service, std::string_view verb, std::string_view document) {
          return call(turn, plugin, service, verb, document);
        },
        [&] { return cancelled(turn); }, turn.deadline};
    Reply reply = request.kind == Frame::Kind::start
                      ? plugin.start(host)
                      : plugin.invoke(request.address, request.verb, request.body, host);
    m_peer.send({.kind = Frame::Kind::reply,
                 .id = request.id,
                 .code = reply.code,
                 .address = {},
                 .verb = {},
                 .body = std::move(reply.text)});
  }

  Reply call(Turn& turn, NativePlugin& plugin, std::string_view service, std::string_view verb,
             std::string_view document) {
    if (service.size() > k_name_max || verb.size() > k_name_max) return {MESH_UNSUPPORTED, {}};
    if (document.size() > MESH_DOCUMENT_MAX) return {MESH_TOO_LARGE, {}};
    const std::scoped_lock lock(turn.mutex);
    const std::uint64_t id = ++m_last_id;
    m_peer.send({.kind = Frame::Kind::call,
                 .id = id,
                 .address = std::string(service),
                 .verb = std::string(verb),
                 .body = std::string(document)});
    for (;;) {
      std::optional<Frame> frame = m_peer.receive();
      if (!frame) ::_exit(1);
      if (frame->kind == Frame::Kind::reply && frame->id == id) {
        return {frame->code, std::move(frame->body)};
      }
      if (frame->kind == Frame::Kind::cancel) m_cancelled = true;
      if (frame->kind == Frame::Kind::invoke) answer(*frame, plugin);
    }
  }

  bool cancelled(Turn& turn) {
    const std::unique_lock lock(turn.mutex, std::try_to_lock);
    pollfd ready{m_peer.descriptor(), POLLIN, 0};
    // While nobody waits for a reply, all that can come is that the work is not wanted any more.
    if (lock && ::poll(&ready, 1, 0) > 0) {
      const std::optional<Frame> frame = m_peer.receive();
      if (!frame) ::_exit(1);
      m_cancelled = m_cancelled || frame->kind == Frame::Kind::cancel;
    }
    return m_cancelled || turn.deadline.passed();
  }

  FramePeer m_peer;
  std::atomic<std::uint64_t> m_last_id = 0;
  std::atomic<bool> m_cancelled = false;
};

}  // namespace

int run_plugin_helper(const std::vector<std::string>& words) {
  if (!is_helper()) {
    std::cerr << "__plugin is how kubectl mesh starts itself; it is of no use by hand\n";
    return k_exit_usage;
  }
  try {
    // Before there is a second thread: what is taken away is taken from the calling thread.
    const std::string lacks = enter_sandbox(needs_from_json(parse_json(words.at(1), "the needs")));
    const bool unsandboxed = words.size() > 2 && words[2] == k_unsandboxed;
    end_with_host(k_helper_socket);
    return HelperServer().run(words.front(), unsandboxed ? "" : lacks);
  } catch (const Failure&) {
    return 1;  // the host broke off in the middle of a frame
  }
}

}  // namespace mesh
