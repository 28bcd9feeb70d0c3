#include <algorithm>
#include <array>

#include "facts.hpp"
#include "rules.hpp"

namespace mesh::certs {

namespace {

using State = Assessment::State;

/// A file with its name for messages.
struct File {
  std::string name;
  const std::string& text;
};

/// The rest of a Secret is read even if one file of it is damaged: its root still says whose it is.
template <typename Read>
void attempt(Assessment& result, const File& file, const Read& read) {
  if (file.text.empty()) return;
  const auto note = [&](const std::string& why, const std::string& fix) {
    if (why.empty() || !result.why.empty()) return;
    result.why = why;
    result.fix = fix;
  };
  try {
    const std::optional<Objection> objection = read();
    if (objection) note(file.name + " " + objection->why, objection->fix);
  } catch (const Failure& failure) {
    note(failure.problem().message, "");
  }
}

void read_files(Assessment& result, const ClusterFacts& facts) {
  const FileNames& names = facts.files;
  const auto certificates = [&](const File& file, std::vector<Certificate>& list) {
    attempt(result, file, [&] {
      list = read_certificates(file.text, file.name);
      return certificate_objection(file.text, &list == &result.signing);
    });
  };
  const SigningSet& set = facts.set;
  certificates({std::string(names.ca_cert), set.ca_cert}, result.signing);
  certificates({std::string(names.cert_chain), set.cert_chain}, result.chain);
  certificates({std::string(names.root_cert), set.root_cert}, result.roots);
  const File key{std::string(names.ca_key), set.ca_key.reveal()};
  attempt(result, key, [&] {
    result.key = read_key(key.text, {}, key.name);
    return key_objection(key.text);
  });
}

std::string lacking(const ClusterFacts& facts) {
  std::string names;
  for (const std::string& name : facts.missing) names += (names.empty() ? "" : ", ") + name;
  return "it lacks " + names;
}

State state_of(Fault::Kind kind) {
  switch (kind) {
    case Fault::Kind::unsafe:
      return State::unsafe;
    case Fault::Kind::early:
      return State::early;
    case Fault::Kind::expired:
      return State::expired;
    case Fault::Kind::unfit:
      break;
  }
  return State::mismatched;
}

}  // namespace

Assessment assess(const ClusterFacts& facts, Time now) {
  Assessment result;
  if (!facts.found) return result;
  read_files(result, facts);
  if (!facts.missing.empty()) {
    result.state = State::incomplete;
    result.why = lacking(facts);
  } else if (!result.why.empty()) {
    result.state = State::unreadable;
  } else {
    const std::optional<Fault> fault = set_fault(
        {result.signing.front(), *result.key, result.chain, result.roots, facts.files}, now);
    result.state = fault ? state_of(fault->kind) : State::valid;
    result.why = fault ? fault->why : "";
  }
  return result;
}

bool is_sound(const Assessment& found) {
  return !found.signing.empty() && !found.roots.empty() &&
         chain_problem(found.signing.front(), found.chain, found.roots, std::nullopt).empty();
}

std::string in_words(const Assessment& assessment) {
  constexpr std::array<const char*, 8> k_words{"absent",       "half-written", "unreadable",
                                               "inconsistent", "unsafe",       "not valid yet",
                                               "expired",      "valid"};
  return k_words[static_cast<std::size_t>(assessment.state)] +
         (assessment.why.empty() ? "" : ": " + assessment.why);
}

std::string in_words(const std::vector<Certificate>& roots) {
  std::string text;
  for (const Certificate& root : roots)
    text +=
        (text.empty() ? "" : " and ") + short_fingerprint(root.sha256) + " (" + root.subject + ")";
  return text;
}

}  // namespace mesh::certs
