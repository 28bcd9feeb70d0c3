#include "base/utc.hpp"

#include <array>
#include <ctime>

namespace mesh {

std::string utc_text(Moment moment, const char* format) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(moment);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 64> text{};
  std::strftime(text.data(), text.size(), format, &parts);
  return text.data();
}

std::optional<UtcText> read_utc(const std::string& text, const char* format) {
  std::tm parts{};
  const char* end = ::strptime(text.c_str(), format, &parts);
  if (end == nullptr) return std::nullopt;
  return UtcText{std::chrono::system_clock::from_time_t(::timegm(&parts)),
                 std::string_view(text).substr(static_cast<std::size_t>(end - text.c_str()))};
}

}  // namespace mesh
