#include <fstream>
#include <malloc.h>
#include <string>
#include <sys/resource.h>

#include "conformance/candidate.hpp"

// With less than it would like to have.

namespace mesh::conformance {

namespace {

constexpr std::uint64_t k_room = std::uint64_t{64} << 20U;
constexpr std::size_t k_given = std::size_t{1} << 18U;
constexpr int k_leak_rounds = 10;

/// What the process has of its own now, in bytes.
std::uint64_t data_size() {
  std::ifstream status("/proc/self/status");
  std::string word;
  std::uint64_t kibibytes = 0;
  while (status >> word) {
    if (word == "VmData:" && status >> kibibytes) break;
  }
  return kibibytes * 1024;
}

/// What is wrong with a document, other rules say; here it counts that there is one.
std::string silence(const Reply& reply) {
  const bool answers = reply.code == MESH_OK || reply.code == MESH_FAILED;
  return answers ? "" : "it answers with code " + std::to_string(reply.code);
}

Verdict works_in_little_memory(const Subject& subject) {
  return each_ask(subject, {}, [](Candidate& candidate, const Ask& ask) {
    rlimit limit{};
    ::getrlimit(RLIMIT_DATA, &limit);
    limit.rlim_cur = data_size() + k_room;
    ::setrlimit(RLIMIT_DATA, &limit);
    return silence(candidate.answer(ask));
  });
}

Verdict works_without_network(const Subject& subject) {
  const std::vector<Ask> asks = good_asks(subject);
  if (asks.empty()) return skipped("there is nothing to ask it");
  Needs granted = granted_to(subject);
  granted.network = false;
  Candidate candidate(subject, granted);
  for (const Ask& ask : asks) {
    candidate.renew_world();
    const std::string objection = silence(candidate.answer(ask));
    if (!objection.empty()) return broken(words_of(ask) + ": " + objection);
  }
  return {};
}

std::size_t allocated() {
  return ::mallinfo2().uordblks;
}

/// A cache may grow by some of its own; a plugin that keeps requests shows itself by their size.
Verdict keeps_nothing(const Subject& subject) {
  std::string last;
  return each_ask(subject, {}, [&last](Candidate& candidate, const Ask& ask) -> std::string {
    // One verb of each extension: they read their requests alike.
    if (ask.address == std::exchange(last, ask.address)) return {};
    Ask large = ask;
    large.request["xPadding"] = std::string(k_given, 'x');
    const auto allocated_after = [&](int rounds) {
      for (int round = 0; round < rounds; ++round) candidate.answer(large);
      candidate.renew_world();
      return allocated();
    };
    const std::size_t before = allocated_after(1);
    const std::size_t after = allocated_after(k_leak_rounds);
    const std::size_t kept = after > before ? (after - before) / k_leak_rounds : 0;
    return kept < k_given / 2 ? "" : "each answer leaves " + std::to_string(kept) + " bytes behind";
  });
}

}  // namespace

const std::vector<Rule>& limit_rules() {
  static const std::vector<Rule> rules{
      {"limits/memory", "in little memory it answers, or says that it cannot",
       "a helper process has a limit, and a crash says nothing to an operator",
       "do not hold all of a cluster at once; catch the failure of an allocation at the edge",
       works_in_little_memory},
      {"limits/network", "without a network it answers, or says that it cannot",
       "operators work behind proxies and on planes",
       "treat every connection that fails as a Problem", works_without_network},
      {"limits/leak", "it keeps nothing of what it was given", "a run asks hundreds of times",
       "free all that was made for an invoke before it returns", keeps_nothing},
  };
  return rules;
}

}  // namespace mesh::conformance
