#include "kube/server_clock.hpp"

#include "base/utc.hpp"

namespace mesh {

void ServerClock::note(const std::string& date, Time sent, Time received) {
  using std::chrono::milliseconds;
  // "Tue, 01 Dec 2026 00:42:57 GMT"
  const std::optional<UtcText> stamped = read_utc(date, "%a, %d %b %Y %H:%M:%S GMT");
  if (!stamped || !stamped->rest.empty()) return;
  // The server stamped it at some moment of the exchange, and left the part of a second away.
  const Bounds bounds{
      std::chrono::floor<milliseconds>(stamped->moment - received),
      std::chrono::ceil<milliseconds>(stamped->moment + std::chrono::seconds(1) - sent)};
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
