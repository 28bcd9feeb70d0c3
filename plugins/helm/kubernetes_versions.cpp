#include "kubernetes_versions.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace mesh::helm {

namespace {

/// Minor versions: of an Istio, and of the Kubernetes that its makers support it on.
struct Supported {
  int istio, oldest, newest;
};

// istio.io/latest/docs/releases/supported-releases, the table as of 2026-10-01; newest first.
constexpr std::array<Supported, 7> k_supported{{{31, 32, 37},
                                                {30, 32, 36},
                                                {29, 31, 35},
                                                {28, 30, 34},
                                                {27, 29, 33},
                                                {26, 29, 33},
                                                {25, 29, 32}}};
// "Tested, but not supported" in the same table: five versions before the oldest.
constexpr int k_tested_before = 5;
// A Kubernetes is weeks old before the table names it: 1.37 came into the row of Istio 1.31 so.
constexpr int k_soon_after = 1;

std::string one(int minor) {
  return "1." + std::to_string(minor);
}

/// The newest Istio for a Kubernetes; "" if the table has none.
std::string istio_for(int kubernetes) {
  const auto* row =
      std::find_if(k_supported.begin(), k_supported.end(), [&](const Supported& candidate) {
        return candidate.oldest <= kubernetes && kubernetes <= candidate.newest;
      });
  return row == k_supported.end() ? "" : one(row->istio);
}

std::string fix_for(int kubernetes, const Supported& row) {
  const std::string other = istio_for(kubernetes);
  const std::string upgrade = "bring the cluster to Kubernetes " + one(row.oldest) + " or later";
  if (other.empty()) return kubernetes < row.oldest ? upgrade : "wait for an Istio that knows it";
  const std::string take =
      "take Istio " + other + " (helm: {version: " + other + ".x} in mesh.yaml)";
  return kubernetes < row.oldest ? take + ", or " + upgrade : take;
}

}  // namespace

int minor_of(const std::string& version) {
  const std::size_t dot = version.find('.');
  int minor = -1;
  if (dot == std::string::npos) return minor;
  std::from_chars(version.data() + dot + 1, version.data() + version.size(), minor);
  return minor;
}

VersionFit version_fit(const std::string& istio, const std::string& kubernetes) {
  const int minor = minor_of(kubernetes);
  const auto* row =
      std::find_if(k_supported.begin(), k_supported.end(),
                   [&](const Supported& candidate) { return candidate.istio == minor_of(istio); });
  if (minor < 0 || row == k_supported.end())
    return {Severity::skipped,
            "what Istio " + istio + " supports is not known here (Kubernetes " + kubernetes + ")",
            {}};
  const std::string pair = "Istio " + one(row->istio) + " on Kubernetes " + one(minor);
  if (row->oldest <= minor && minor <= row->newest) return {Severity::pass, pair, {}};
  const bool tried = row->oldest - k_tested_before <= minor && minor <= row->newest + k_soon_after;
  return {tried ? Severity::warning : Severity::failure,
          pair + ": it is supported on " + one(row->oldest) + " to " + one(row->newest),
          fix_for(minor, *row)};
}

std::string version_for(const std::vector<std::string>& kubernetes) {
  const auto* row =
      std::find_if(k_supported.begin(), k_supported.end(), [&](const Supported& candidate) {
        return std::none_of(kubernetes.begin(), kubernetes.end(), [&](const std::string& one_of) {
          return version_fit(one(candidate.istio), one_of).severity == Severity::failure;
        });
      });
  return row == k_supported.end() ? "" : one(row->istio) + ".0";
}

}  // namespace mesh::helm
