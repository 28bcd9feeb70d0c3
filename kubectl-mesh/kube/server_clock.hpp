#pragma once

#include <chrono>
#include <mutex>
#include <optional>
#include <string>

namespace mesh {

/// How far a server's clock is from this machine's, by the Date of its answers (RFC 9110 5.6.7,
/// whole seconds). Thread-safe.
class ServerClock {
 public:
  using Time = std::chrono::system_clock::time_point;

  /// `date`: the header; anything else than a date in its usual form is passed over.
  void note(const std::string& date, Time sent, Time received);
  /// How far the server is ahead at least; negative: behind; zero: no difference can be seen.
  /// nullopt: no answer had a date.
  std::optional<std::chrono::seconds> ahead() const;

 private:
  /// The difference lies between the two.
  struct Bounds {
    std::chrono::milliseconds least, most;
    std::chrono::milliseconds width() const { return most - least; }
  };
  mutable std::mutex m_mutex;
  std::optional<Bounds> m_bounds;  ///< of the answer that tells most
};

}  // namespace mesh
