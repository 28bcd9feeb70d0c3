#include "plan/inhabitants.hpp"

#include <algorithm>
#include <array>

#include "mesh/lookup.hpp"
#include "plan/object.hpp"

namespace mesh {

namespace {

// What a namespace may hold and still count as empty: what Kubernetes and istiod put into every
// one.
constexpr std::array<const char*, 4> k_always_there{"kube-root-ca.crt", "istio-ca-root-cert",
                                                    "istio-ca-crl", "default"};
constexpr std::array<std::pair<const char*, const char*>, 6> k_inhabitants{
    {{"v1", "Pod"},
     {"v1", "Service"},
     {"v1", "Secret"},
     {"v1", "ConfigMap"},
     {"v1", "ServiceAccount"},
     {"apps/v1", "Deployment"}}};

}  // namespace

std::vector<std::string> inhabitants(const std::string& cluster, const std::string& name_space,
                                     const std::vector<Action>& leaving, Fleet& fleet) {
  std::vector<Read> reads;
  for (const auto& [version, kind] : k_inhabitants) {
    reads.push_back(
        {.cluster = cluster, .object = {version, kind, name_space, ""}, .labels = {}, .next = {}});
  }
  std::vector<std::string> found;
  const std::vector<ReadResult> results = fleet.read(reads);
  for (std::size_t index = 0; index < reads.size(); ++index) {
    if (results[index].problem) throw Failure(*results[index].problem);
    for (const Json& item : lookup::list(results[index].object, "/items")) {
      const ObjectRef ref{reads[index].object.api_version, reads[index].object.kind, name_space,
                          metadata_text(item, "name")};
      const bool usual =
          std::find(k_always_there.begin(), k_always_there.end(), ref.name) != k_always_there.end();
      const bool ends = is_ending(item);
      const bool goes_too = std::any_of(leaving.begin(), leaving.end(), [&](const Action& action) {
        return action.type == ActionType::remove && action.cluster == cluster &&
               action.target == ref;
      });
      if (!usual && !ends && !goes_too) found.push_back(to_string(ref));
    }
  }
  return found;
}

}  // namespace mesh
