#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mesh/selector.hpp"

namespace mesh::inject {

inline constexpr const char* k_injection = "istio-injection";
inline constexpr const char* k_revision = "istio.io/rev";
inline constexpr const char* k_pod_inject = "sidecar.istio.io/inject";
inline constexpr const char* k_dataplane_mode = "istio.io/dataplane-mode";
/// Our annotation of a namespace: what its labels were before, for `disable`.
inline constexpr const char* k_before = "kubectl-mesh.dev/injection";
inline constexpr const char* k_proxy = "istio-proxy";

/// "a=1,b=2", "none"
std::string text_of(const Labels& labels);

/// What the labels of a namespace say. `istio-injection` beats `istio.io/rev`.
struct Saying {
  enum class Kind { nothing, enabled, disabled, revision } kind = Kind::nothing;
  std::string revision;      ///< kind revision
  bool conflicting = false;  ///< both labels: the revision has no effect
};
Saying saying_of(const Labels& labels);

/// A change of labels, with what they were: "istio-injection" (absent before),
/// "istio.io/rev=1-30" (another value before).
struct Change {
  Labels set;
  std::vector<std::string> drop;
};
/// To have `revision` inject, the default one if it is empty. Empty: nothing to change.
Change wanted_change(const Labels& labels, const std::string& revision);
/// Labels that `earlier` names already were changed by an earlier one: they keep what it says.
std::string before_text(const Labels& labels, const Change& change,
                        const std::string& earlier = {});
/// The change that takes another one back.
Change change_back(const Labels& labels, const std::string& before);
bool is_empty(const Change& change);
Labels changed(Labels labels, const Change& change);

}  // namespace mesh::inject
