#include "plugin/isolation.hpp"

#include <algorithm>
#include <array>
#include <poll.h>
#include <utility>

#include "mesh/problem.hpp"
#include "plugin/exchange.hpp"
#include "plugin/helper_process.hpp"
#include "plugin/in_process.hpp"
#include "plugin/needs.hpp"
#include "plugin/sandbox.hpp"

namespace mesh {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds k_look{100};           // at the process, while its socket says nothing
constexpr milliseconds k_told_to_stop{2000};  // to end an invoke that is not wanted any more
constexpr milliseconds k_orderly{1000};       // for the plugin's stop()

constexpr std::size_t k_key_max = std::size_t{16} * 1024;

/// The helper broke its word; `did` follows the plugin's name in a message.
struct Breach {
  std::string did;
};

Frame frame_of(Frame::Kind kind) {
  Frame frame;
  frame.kind = kind;
  return frame;
}

/// Throws where the kernel cannot keep the plugin to its needs.
std::string needs_text(const PluginEntry& entry, const PluginStart& start) {
  Needs needs = start.needs.value_or(needs_of(entry.manifest));
  const std::string lacks = start.unsandboxed ? "" : sandbox_lacks(needs);
  if (!lacks.empty()) throw without_sandbox(entry.manifest.name, lacks);
  needs.files.insert(needs.files.end(), start.files.begin(), start.files.end());
  if (!start.sealed) needs.files.push_back(entry.library);
  return to_text(to_json(needs));
}

/// What it says before it is a plugin is the loader's refusal, in whole sentences.
void check_loaded(const Asked& asked, const Reply& hello) {
  if (hello.code != MESH_OK) read_answer(asked, hello, Deadline::never());
}

/// A helper and the one conversation with it; nested requests take turns on it like stack frames.
class Helper {
 public:
  Helper(const PluginEntry& entry, const PluginStart& start)
      : m_process({.program = start.program,
                   .library = entry.library,
                   .needs = needs_text(entry, start),
                   .unsandboxed = start.unsandboxed,
                   .sealed = start.sealed ? start.sealed->descriptor() : -1}),
        m_peer(m_process.socket(), [this](int, short events) { wait(events); }),
        m_errors(m_process.errors(), [this](const std::string& line) { log(line); }),
        m_silence(start.silence) {}
  Helper(const Helper&) = delete;
  Helper& operator=(const Helper&) = delete;

  /// The helper's first word: its code and manifest.
  Reply hello(const ServiceCall& services, Deadline deadline) {
    const Turn turn(*this, services, deadline);
    const Frame frame = receive();
    if (frame.kind != Frame::Kind::hello) throw Breach{"spoke out of turn"};
    return {frame.code, frame.body};
  }

  /// Sends a request and serves what the plugin calls until the reply comes. Throws Breach.
  Reply ask(Frame request, const ServiceCall& services, Deadline deadline) {
    const Turn turn(*this, services, deadline);
    request.id = ++m_last_id;
    request.deadline = to_unix_millis(deadline);
    send(request);
    for (;;) {
      Frame frame = receive();
      if (frame.kind == Frame::Kind::reply && frame.id == request.id) {
        return {frame.code, std::move(frame.body)};
      }
      if (frame.kind != Frame::Kind::call) throw Breach{"spoke out of turn"};
      serve(frame, services, deadline);
    }
  }

  /// At the end of the run: lets the plugin stop in order.
  void stop() {
    const ServiceCall none;
    const Turn turn(*this, none, Deadline::in(k_orderly));
    try {
      send(frame_of(Frame::Kind::stop));
      m_process.ended_by(Deadline::in(k_orderly));
    } catch (const Breach&) {
      // It is gone already, or takes no more: the destructor ends it.
    }
  }

  void end() { m_process.end(); }

 private:
  /// Whose request is waited for: the deadline and the log of the innermost one hold.
  struct Turn {
    Turn(Helper& owner, const ServiceCall& calls, Deadline until)
        : helper(owner), outer(owner.m_turn), services(calls), deadline(until) {
      helper.m_turn = this;
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn() {
      helper.m_errors.finish();
      helper.hand_on();
      helper.m_turn = outer;
    }

    Helper& helper;
    Turn* outer;
    const ServiceCall& services;
    Deadline deadline;
  };

  void serve(const Frame& call, const ServiceCall& services, Deadline deadline) {
    Reply answer = serve_call(services, deadline, call.address, call.verb, call.body);
    send({.kind = Frame::Kind::reply,
          .id = call.id,
          .code = answer.code,
          .address = {},
          .verb = {},
          .body = std::move(answer.text)});
  }

  void send(const Frame& frame) {
    m_heard = std::chrono::steady_clock::now();
    if (!m_peer.send(frame)) throw Breach{m_process.obituary()};
  }

  Frame receive() try {
    m_heard = std::chrono::steady_clock::now();
    std::optional<Frame> frame = m_peer.receive();
    if (!frame) throw Breach{m_process.obituary()};
    return std::move(*frame);
  } catch (const Failure& failure) {
    throw Breach{"sent what is no frame (" + failure.problem().message + ")"};
  }

  /// Until the socket is ready: reads what the plugin writes to stderr, passes on that the run is
  /// to end, and looks whether the helper still lives and may still think.
  void wait(short events) {
    while (!ready(events, k_look)) {
      // What it wrote before it ended is still there to be read.
      if (!m_process.running() && !ready(events, milliseconds(0))) {
        throw Breach{m_process.obituary()};
      }
      if (stop_requested() && !m_stopping) {
        m_stopping = true;
        m_give_up = Deadline::in(k_told_to_stop);
        // In the middle of a frame of ours there is no room for another.
        if (events == POLLIN) send(frame_of(Frame::Kind::cancel));
      }
      check_time();
    }
  }

  bool ready(short events, milliseconds span) {
    std::array<pollfd, 4> looked{{{m_process.socket(), events, 0},
                                  {m_errors.descriptor(), POLLIN, 0},
                                  {m_process.exit(), POLLIN, 0},
                                  {m_stopping ? -1 : stop_descriptor(), POLLIN, 0}}};
    ::poll(looked.data(), looked.size(), static_cast<int>(span.count()));
    if (looked[1].revents != 0) m_errors.read();
    return looked[0].revents != 0;
  }

  void check_time() const {
    const auto now = std::chrono::steady_clock::now();
    if (m_give_up.passed()) throw Breach{"did not stop when it was told to"};
    if (now - m_heard > m_silence) {
      throw Breach{"gave no sign of life for " + std::to_string(m_silence.count()) + " ms"};
    }
    const Deadline deadline = m_turn->deadline;
    if (deadline.passed() && now - deadline.at() > k_late) {
      throw Breach{"did not answer by its deadline"};
    }
  }

  /// A private key is handed on whole: its lines alone would not be known as what they are.
  void log(const std::string& line) {
    m_written += (m_written.empty() ? "" : "\n") + line;
    const std::size_t key = m_written.rfind("-----BEGIN");
    const bool open =
        key != std::string::npos && m_written.find("-----END", key) == std::string::npos;
    if (!open || m_written.size() > k_key_max) hand_on();
  }

  void hand_on() {
    const std::string text = std::exchange(m_written, {});
    if (text.empty() || m_turn == nullptr || !m_turn->services) return;
    try {
      m_turn->services("log/1", "write", {{"level", "info"}, {"text", text}});
    } catch (const std::exception&) {
      // Talk must never fail the work that it is about.
    }
  }

  HelperProcess m_process;
  FramePeer m_peer;
  LineReader m_errors;
  std::string m_written;  ///< to stderr, not handed on yet
  milliseconds m_silence;
  std::chrono::steady_clock::time_point m_heard = std::chrono::steady_clock::now();
  Deadline m_give_up = Deadline::never();
  Turn* m_turn = nullptr;
  std::uint64_t m_last_id = 0;
  bool m_stopping = false;
};

class InHelper : public PluginInstance {
 public:
  InHelper(const PluginEntry& entry, const PluginStart& start) : m_entry(entry), m_start(start) {
    m_start.services = log_only(start.services);
    start_helper(m_start.deadline);
  }
  InHelper(const InHelper&) = delete;
  InHelper& operator=(const InHelper&) = delete;
  ~InHelper() override {
    if (m_helper) m_helper->stop();
  }

  Json invoke(std::string_view address, std::string_view verb, const Json& request,
              const ServiceCall& services, Deadline deadline) override {
    if (!m_helper) start_helper(deadline.sooner(Deadline::in(k_start)));
    const Asked asked = asked_of(m_entry.manifest, address, verb);
    // Kept alive here: a nested request that fails gives the helper up while we still hold it.
    const std::shared_ptr<Helper> helper = m_helper;
    const Reply reply = guarded(asked, [&] {
      return helper->ask({.kind = Frame::Kind::invoke,
                          .address = std::string(address),
                          .verb = std::string(verb),
                          .body = to_text(request)},
                         services, deadline);
    });
    return read_answer(asked, reply, deadline);
  }

 private:
  static constexpr std::chrono::seconds k_start{10};

  void start_helper(Deadline deadline) {
    const Asked asked{m_entry.manifest.name + " " + m_entry.manifest.version, "start"};
    m_helper = std::make_shared<Helper>(m_entry, m_start);
    const Reply hello = guarded(asked, [&] { return m_helper->hello(m_start.services, deadline); });
    try {
      check_loaded(asked, hello);
      check_manifest(m_entry, hello.text);
      check_started(m_entry, guarded(asked, [&] {
                      return m_helper->ask(frame_of(Frame::Kind::start), m_start.services,
                                           deadline);
                    }));
    } catch (const Failure&) {
      m_helper.reset();
      throw;
    }
  }

  /// A helper that broke its word is ended; what it did becomes the Failure.
  template <typename Work>
  Reply guarded(const Asked& asked, const Work& work) {
    try {
      return work();
    } catch (const Breach& breach) {
      if (m_helper) m_helper->end();
      m_helper.reset();
      throw plugin_fault(asked, breach.did);
    }
  }

  PluginEntry m_entry;
  PluginStart m_start;
  std::shared_ptr<Helper> m_helper;
};

}  // namespace

std::unique_ptr<PluginInstance> start_in_helper(const PluginEntry& entry,
                                                const PluginStart& start) {
  return std::make_unique<InHelper>(entry, start);
}

std::string ask_for_manifest(const std::filesystem::path& library, const PluginStart& start) {
  PluginEntry entry;
  entry.manifest.name = library.stem();
  entry.library = library;
  std::string said;  // the loader's own words, say, before it gave up
  const ServiceCall listen = [&](std::string_view, std::string_view, const Json& request) {
    if (said.empty()) said = ": " + request.value("text", std::string());
    return Json::object();
  };
  try {
    Helper helper(entry, start);
    const Reply hello = helper.hello(listen, start.deadline);
    check_loaded({entry.manifest.name, "load"}, hello);
    helper.stop();
    return hello.text;
  } catch (const Breach& breach) {
    throw plugin_fault({entry.manifest.name, "load"}, breach.did + said);
  }
}

}  // namespace mesh
