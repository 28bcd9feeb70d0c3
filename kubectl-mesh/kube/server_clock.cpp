#include "kube/server_clock.hpp"

#include <ctime>

namespace mesh {

namespace {

/// "Tue, 01 Dec 2026 00:42:57 GMT"
std::optional<ServerClock::Time> read_date(const std::string& date) {
  std::tm parts{};
  const char* end = ::strptime(date.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  if (end == nullptr || *end != '\0') return std::nullopt;
  return std::chrono::system_clock::from_time_t(::timegm(&parts));
}

}  // namespace

void ServerClock::note(const std::string& date, Time sent, Time received) {
  using std::chrono::milliseconds;
  const std::optional<Time> stamped = read_date(date);
  if (!stamped) return;
  // The server stamped it at some moment of the exchange, and left the part of a second away.
  const Bounds bounds{std::chrono::floor<milliseconds>(*stamped - received),
                      std::chrono::ceil<milliseconds>(*stamped + std::chrono::seconds(1) - sent)};
  const std::scoped_lock lock(m_mutex);
  if (!m_bounds || bounds.width() < m_bounds->width()) m_bounds = bounds;
}

std::optional<std::chrono::seconds> ServerClock::ahead() const {
  using std::chrono::seconds;
  const std::scoped_lock lock(m_mutex);
  if (!m_bounds) return std::nullopt;
  if (m_bounds->least > seconds(0)) return std::chrono::duration_cast<seconds>(m_bounds->least);
  if (m_bounds->most < seconds(0)) return std::chrono::duration_cast<seconds>(m_bounds->most);
  return seconds(0);
}

}  // namespace mesh
