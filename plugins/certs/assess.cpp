#include <algorithm>
#include <array>

#include "facts.hpp"
#include "rules.hpp"

namespace mesh::certs {

namespace {

using State = Assessment::State;

/// The rest of a Secret is read even if one file of it is damaged: its root still says whose it is.
template <typename Read>
void attempt(Assessment& result, const std::string& text, const Read& read) {
  if (text.empty()) return;
  try {
    read();
  } catch (const Failure& failure) {
    if (result.why.empty()) result.why = failure.problem().message;
  }
}

void read_files(Assessment& result, const SigningSet& set) {
  const auto certificates = [&](const std::string& text, const char* name,
                                std::vector<Certificate>& list) {
    attempt(result, text, [&] { list = read_certificates(text, name); });
  };
  certificates(set.ca_cert, "ca-cert.pem", result.signing);
  certificates(set.cert_chain, "cert-chain.pem", result.chain);
  certificates(set.root_cert, "root-cert.pem", result.roots);
  attempt(result, set.ca_key.reveal(),
          [&] { result.key = read_key(set.ca_key.reveal(), {}, "ca-key.pem"); });
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
  read_files(result, facts.set);
  if (!facts.missing.empty()) {
    result.state = State::incomplete;
    result.why = lacking(facts);
  } else if (!result.why.empty()) {
    result.state = State::unreadable;
  } else {
    const std::optional<Fault> fault =
        set_fault({result.signing.front(), *result.key, result.chain, result.roots}, now);
    result.state = fault ? state_of(fault->kind) : State::valid;
    result.why = fault ? fault->why : "";
  }
  return result;
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
