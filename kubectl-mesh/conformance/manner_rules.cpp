#include <atomic>
#include <cstdio>
#include <optional>
#include <thread>

#include "conformance/candidate.hpp"
#include "conformance/trial.hpp"
#include "text.hpp"

#include "mesh/problem.hpp"
#include "plugin/isolation.hpp"
#include "plugin/loader.hpp"
#include "plugin/sandbox.hpp"

// How a plugin behaves towards the host that runs it.

namespace mesh::conformance {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds k_soon{1000};      // to end what is not wanted any more
constexpr milliseconds k_short{100};      // a deadline that comes while it waits for an answer
constexpr milliseconds k_afterwards{20};  // for a thread that was left behind to show itself
constexpr int k_repeats = 3;

/// An answer as it can be compared with another of its kind.
std::string text_of(const Reply& reply) {
  const std::string code = "code " + std::to_string(reply.code);
  if (reply.code != MESH_OK) return code;
  return code + " " + to_text(comparable(parse_json(reply.text, "its reply")));
}

std::string fresh_answer(Candidate& candidate, const Ask& ask) {
  candidate.renew_world();
  return text_of(candidate.answer(ask));
}

Verdict starts_alone(const Subject& subject) {
  const Candidate candidate(subject);
  for (const std::string& service : candidate.calls_of_start()) {
    if (service != "log/1") return broken("while it started it asked " + service);
  }
  return {};
}

Verdict prints_nothing(const Subject& subject) {
  return each_ask(subject, {}, [](Candidate& candidate, const Ask& ask) {
    candidate.answer(ask);
    std::fflush(nullptr);
    const std::string text = printed_so_far();
    return text.empty() ? "" : "it printed \"" + text.substr(0, text.find('\n')) + "\"";
  });
}

Verdict starts_again(const Subject& subject) {
  const std::vector<Ask> asks = good_asks(subject);
  if (asks.empty()) return skipped("there is nothing to ask it");
  Candidate candidate(subject);
  std::vector<std::string> first;
  for (const Ask& ask : asks) first.push_back(fresh_answer(candidate, ask));
  for (int round = 0; round < k_repeats; ++round) {
    candidate.stop();
    candidate.start();
  }
  for (std::size_t at = 0; at < asks.size(); ++at) {
    if (fresh_answer(candidate, asks[at]) != first[at])
      return broken(words_of(asks[at]) + ": after stop and start it answers otherwise");
  }
  return {};
}

Verdict repeats_itself(const Subject& subject) {
  return each_ask(subject, {}, [](Candidate& candidate, const Ask& ask) -> std::string {
    const std::string first = fresh_answer(candidate, ask);
    return fresh_answer(candidate, ask) == first ? "" : "asked twice it answers otherwise";
  });
}

Verdict moves_between_threads(const Subject& subject) {
  return each_ask(subject, {}, [](Candidate& candidate, const Ask& ask) -> std::string {
    const std::string here = fresh_answer(candidate, ask);
    std::string there;
    std::thread([&] { there = fresh_answer(candidate, ask); }).join();
    return here == there ? "" : "on another thread it answers otherwise";
  });
}

/// While it waits for a service, the host enters it again on that thread.
Verdict bears_being_entered(const Subject& subject) {
  return each_ask(subject, {}, [](Candidate& candidate, const Ask& ask) -> std::string {
    std::optional<std::string> inner;
    Circumstances how;
    how.before_call = [&] {
      if (inner) return;
      inner = std::string();
      const World outside = candidate.world();
      inner = fresh_answer(candidate, ask);
      candidate.world() = outside;
    };
    const std::string outer = text_of(candidate.answer(ask, how));
    return inner.value_or(outer) == outer ? ""
                                          : "entered again while it waits it answers otherwise";
  });
}

std::string slowness(milliseconds took) {
  return took <= k_soon ? "" : "it went on for " + seconds_text(took);
}

template <typename Work>
milliseconds time_of(const Work& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - begin);
}

Verdict stops_when_told(const Subject& subject) {
  return each_ask(subject, {}, [](Candidate& candidate, const Ask& ask) {
    Circumstances how;
    how.cancelled = true;
    return slowness(time_of([&] { candidate.answer(ask, how); }));
  });
}

/// A service that takes longer than there is time.
Verdict keeps_deadlines(const Subject& subject) {
  return each_ask(subject, {}, [](Candidate& candidate, const Ask& ask) {
    Circumstances how;
    how.deadline = Deadline::in(k_short);
    how.before_call = [&how] { std::this_thread::sleep_for(how.deadline.left()); };
    return slowness(time_of([&] { candidate.answer(ask, how); }));
  });
}

// ---- the C functions themselves, with a host that must not be used any more

std::atomic<bool> g_returned = false;
std::atomic<bool> g_used_late = false;

std::int32_t note_use() {
  if (g_returned) g_used_late = true;
  return MESH_OK;
}

const mesh_host& bare_host() {
  static const mesh_host host{sizeof(mesh_host),
                              MESH_ABI_MINOR,
                              nullptr,
                              [](void*, mesh_text, mesh_text, mesh_text, const mesh_sink*) {
                                note_use();
                                return MESH_UNSUPPORTED;
                              },
                              [](void*) { return note_use(); },
                              [](void*) -> std::uint64_t { return note_use(); }};
  return host;
}

struct CountedSink {
  int writes = 0;
  std::int32_t answer = MESH_OK;
  mesh_sink c_sink() {
    return {this, [](void* ctx, const char*, std::uint64_t) {
              auto& sink = *static_cast<CountedSink*>(ctx);
              ++sink.writes;
              return sink.answer;
            }};
  }
};

/// Asks the C function with `sink`; the first objection of `judge`.
Verdict each_bare(const Subject& subject, std::int32_t sink_answer,
                  const std::function<std::string(std::int32_t code, int writes)>& judge) {
  const std::vector<Ask> asks = good_asks(subject);
  if (asks.empty()) return skipped("there is nothing to ask it");
  enter_sandbox(granted_to(subject));
  const mesh_plugin plugin =
      load_library(subject.library, SealedLibrary::path_of(subject.sealed->descriptor())).plugin;
  CountedSink started;
  const mesh_sink start_sink = started.c_sink();
  void* self = nullptr;
  if (plugin.start(&bare_host(), &self, &start_sink) != MESH_OK)
    return skipped("it does not start");
  for (const Ask& ask : asks) {
    CountedSink counted{.answer = sink_answer};
    const mesh_sink sink = counted.c_sink();
    const std::string request = to_text(ask.request);
    g_returned = false;
    const std::int32_t code =
        plugin.invoke(self, &bare_host(), detail::text_of(ask.address), detail::text_of(ask.verb),
                      detail::text_of(request), &sink);
    g_returned = true;
    const std::string objection = judge(code, counted.writes);
    if (!objection.empty()) return broken(words_of(ask) + ": " + objection);
  }
  return {};
}

Verdict leaves_the_host_alone(const Subject& subject) {
  return each_bare(subject, MESH_OK, [](std::int32_t, int) -> std::string {
    std::this_thread::sleep_for(k_afterwards);
    return g_used_late ? "it used the host after it had answered" : "";
  });
}

Verdict minds_a_full_sink(const Subject& subject) {
  return each_bare(subject, MESH_TOO_LARGE, [](std::int32_t code, int writes) -> std::string {
    if (writes > 1) return "it wrote on after the sink had said that it is full";
    return writes == 1 && code == MESH_OK ? "it says that all is well although nothing was taken"
                                          : "";
  });
}

// ---- the same elsewhere

/// In the helper process that operators get; empty: it failed.
std::vector<Json> answers_in_helper(const Subject& subject, const std::vector<Ask>& asks) {
  ScriptedHost host(subject);
  std::unique_ptr<PluginInstance> plugin;
  const Deadline deadline = Circumstances().deadline;
  const ServiceCall services = [&](std::string_view service, std::string_view verb,
                                   const Json& request) {
    return host.offers(service) ? plugin->invoke(service, verb, request, services, deadline)
                                : host.answer(service, verb, request);
  };
  plugin = start_in_helper(
      host.entry(),
      {.services = services, .sealed = subject.sealed, .files = granted_to(subject).files});
  std::vector<Json> answers;
  for (const Ask& ask : asks) {
    host.renew_world();
    try {
      answers.push_back(plugin->invoke(ask.address, ask.verb, ask.request, services, deadline));
    } catch (const Failure&) {
      answers.emplace_back();
    }
  }
  return answers;
}

Verdict answers_alike_in_helper(const Subject& subject) {
  const std::vector<Ask> asks = good_asks(subject);
  if (asks.empty()) return skipped("there is nothing to ask it");
  const std::vector<Json> elsewhere = answers_in_helper(subject, asks);
  Candidate candidate(subject);
  for (std::size_t at = 0; at < asks.size(); ++at) {
    candidate.renew_world();
    const Reply reply = candidate.answer(asks[at]);
    const Json here = reply.code == MESH_OK ? parse_json(reply.text, "its reply") : Json();
    if (comparable(here) == comparable(elsewhere[at])) continue;
    return broken(words_of(asks[at]) + ": in a helper process it answers otherwise");
  }
  return {};
}

}  // namespace

const std::vector<Rule>& manner_rules() {
  static const std::vector<Rule> rules{
      {"manners/start", "it starts without asking for anything but the log",
       "plugins are started before there is a run that could answer",
       "move it to the first invoke that needs it", starts_alone},
      {"manners/silent", "it prints nothing",
       "standard output is the one document that a script reads",
       "use the services log/1 and progress/1", prints_nothing},
      {"manners/restart", "after stop and start it answers as before",
       "a host may keep a library loaded over several runs",
       "free in stop what start made, and keep nothing else", starts_again},
      {"manners/repeatable", "the same question about the same clusters has the same answer",
       "what an operator was shown must be what is done, and `plan` must come to rest",
       "sort what you list; take time and chance from clock/1 and random/1", repeats_itself},
      {"manners/threads", "it may be entered from any thread",
       "the host calls from one thread at a time, not always the same one",
       "keep nothing in thread-local variables", moves_between_threads},
      {"manners/entered-again", "it may be entered again while it waits for an answer",
       "a concern asks a strategy in the same library", "hold no lock while you call the host",
       bears_being_entered},
      {"manners/cancelled", "it ends soon when the work is not wanted any more",
       "an operator who presses Ctrl-C must not wait",
       "look at cancelled() every 100 ms, and return MESH_CANCELLED when a call returns it",
       stops_when_told},
      {"manners/deadline", "it ends soon after its deadline",
       "one slow plugin must not hold up a run", "look at deadline() or cancelled() every 100 ms",
       keeps_deadlines},
      {"manners/host-afterwards", "it uses the host only until it has answered",
       "what a mesh_host points to is gone by then", "join your threads before you return",
       leaves_the_host_alone},
      {"manners/full-sink", "it stops when a sink is full",
       "a reply that is too long must become an error and not a part of a document",
       "return what the sink's write returned if that is not MESH_OK", minds_a_full_sink},
      {"manners/helper", "in a helper process it answers as in the host",
       "plugins of others always run there, without what their manifest does not name",
       "name in the manifest's needs what it reads, starts and connects to",
       answers_alike_in_helper},
  };
  return rules;
}

}  // namespace mesh::conformance
