#include "kube/retry.hpp"

#include <algorithm>
#include <charconv>
#include <random>

namespace mesh {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds k_first{200};
constexpr milliseconds k_longest{30'000};

bool transient(int status) {
  return status == 429 || status >= 500;
}

/// 501 and 505 will not change.
bool final_error(int status) {
  return status == 501 || status == 505;
}

}  // namespace

milliseconds pause_before(int tries) {
  thread_local std::minstd_rand random{std::random_device{}()};
  const auto ceiling =
      std::min<std::int64_t>(k_longest.count(), k_first.count() << std::min(tries - 1, 10));
  return milliseconds(std::uniform_int_distribution<std::int64_t>(ceiling / 4, ceiling)(random));
}

std::optional<milliseconds> next_try(const Ending& ending, Repeat repeat, int tries) {
  if (tries >= k_tries_max) return std::nullopt;
  if (ending.status == 0) {
    if (!ending.worth_it) return std::nullopt;
    // Nobody listening will not change within a run; a broken connection heals at once.
    if (!ending.maybe_sent && tries >= 3) return std::nullopt;
    if (ending.maybe_sent && repeat == Repeat::after_look) return std::nullopt;
    return pause_before(tries);
  }
  if (ending.webhook_down)
    return tries < k_webhook_tries ? std::optional(pause_before(tries)) : std::nullopt;
  if (!transient(ending.status) || final_error(ending.status)) return std::nullopt;
  // 429 is refused before it is done; a 5xx may have been done.
  if (ending.status != 429 && repeat == Repeat::after_look) return std::nullopt;
  if (ending.retry_after) return std::max<milliseconds>(*ending.retry_after, pause_before(1));
  return pause_before(tries);
}

std::optional<std::chrono::seconds> parse_retry_after(const std::string& header) {
  int seconds = 0;
  const char* end = header.data() + header.size();
  const auto [stop, error] = std::from_chars(header.data(), end, seconds);
  if (error != std::errc() || stop != end || seconds < 0) return std::nullopt;
  return std::chrono::seconds(seconds);
}

}  // namespace mesh
