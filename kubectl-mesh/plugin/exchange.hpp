#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/cancel.hpp"
#include "mesh/plugin.h"
#include "plugin/bridge.hpp"

// What an invoke or a call is, whichever process it is answered in: texts, a return code, and how
// these become documents and Failures. Both isolations share it, so that they judge alike.

namespace mesh {

/// One of MESH_OK ... and the bytes that came with it.
struct Reply {
  std::int32_t code = MESH_FAILED;
  std::string text;
};

/// A plugin's call before anybody has looked into it.
using RawCall =
    std::function<Reply(std::string_view service, std::string_view verb, std::string_view request)>;

/// Who was asked what, for messages.
struct Asked {
  std::string plugin;  ///< "corp-ca 1.0.0"
  std::string what;    ///< "ca/1:corp-ca issue"
};
Asked asked_of(const Manifest& manifest, std::string_view address, std::string_view verb);

/// "plugin corp-ca 1.0.0 DID in ca/1:corp-ca issue; its step was not applied"
Failure plugin_fault(const Asked& asked, const std::string& did);

Reply problem_reply(const Problem& problem);

/// Answers a plugin's call out of `services`; never throws what a service threw.
Reply serve_call(const ServiceCall& services, Deadline deadline, std::string_view service,
                 std::string_view verb, std::string_view request);

/// The document of a reply. Throws the Failure that it holds, or a plugin-fault.
Json read_answer(const Asked& asked, const Reply& reply, Deadline deadline);

/// How long after its deadline an answer still counts: what a deadline cut short takes a moment to
/// be told.
inline constexpr std::chrono::milliseconds k_late{250};
/// A deadline crosses in whole milliseconds of another clock: a plugin may see it pass first.
inline constexpr std::chrono::milliseconds k_rounding{20};

/// Deadlines as the C ABI has them: milliseconds since 1970, 0 for none.
std::uint64_t to_unix_millis(Deadline deadline);
Deadline from_unix_millis(std::uint64_t millis);

}  // namespace mesh
