#include "run/clocks.hpp"

#include <cstdlib>

namespace mesh {

namespace {

using std::chrono::seconds;

constexpr seconds k_tolerated{60};
constexpr seconds k_valid{300};  // what is signed is valid from some minutes before

constexpr const char* k_remedy =
    "`timedatectl` shows whether this machine's clock is set by NTP; `date -u` on a node shows the "
    "cluster's";

/// "2 h 5 min"
std::string span_text(seconds span) {
  const auto minutes = std::abs(span.count()) / 60;
  if (minutes == 0) return std::to_string(std::abs(span.count())) + " s";
  const std::string rest = std::to_string(minutes % 60) + " min";
  return minutes < 60 ? rest : std::to_string(minutes / 60) + " h " + rest;
}

std::string difference(const std::string& cluster, seconds ahead) {
  return cluster + ": its clock is " + span_text(ahead) +
         (ahead > seconds(0) ? " ahead of" : " behind") + " this machine's";
}

/// Clusters and how far they are ahead, where it is more than `most`.
std::vector<std::pair<std::string, seconds>> beyond(seconds most, Fleet& fleet) {
  std::vector<std::pair<std::string, seconds>> found;
  for (const std::string& cluster : fleet.names()) {
    const seconds ahead = fleet.client(cluster).clock_ahead().value_or(seconds(0));
    if (std::chrono::abs(ahead) > most) found.emplace_back(cluster, ahead);
  }
  return found;
}

}  // namespace

void warn_of_clocks(Session& session) {
  for (const auto& [cluster, ahead] : beyond(k_tolerated, session.fleet())) {
    session.quiet();
    tell("warning: " + difference(cluster, ahead) + "\n  " + k_remedy + "\n");
  }
}

void require_clocks(Fleet& fleet) {
  for (const auto& [cluster, ahead] : beyond(k_valid, fleet)) {
    Problem problem;
    problem.code = "refused";
    problem.message = difference(cluster, ahead) +
                      ": no certificate is issued, for it would be valid at other times than meant";
    problem.hint = k_remedy;
    problem.cluster = cluster;
    throw Failure(std::move(problem));
  }
}

}  // namespace mesh
