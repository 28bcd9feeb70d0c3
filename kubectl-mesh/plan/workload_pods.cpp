#include "plan/workload_pods.hpp"

#include <algorithm>
#include <array>

#include "plan/object.hpp"

namespace mesh {

namespace {

constexpr const char* k_revision = "/metadata/annotations/deployment.kubernetes.io~1revision";
constexpr const char* k_hash = "/metadata/labels/controller-revision-hash";

bool is_owned_by(const Json& object, const std::string& uid) {
  const Json owners = find_at(object, "/metadata/ownerReferences");
  return !uid.empty() && std::any_of(owners.begin(), owners.end(), [&](const Json& owner) {
    return text_at(owner, "/uid") == uid && find_at(owner, "/controller") == true;
  });
}

std::vector<Json> owned_by(std::vector<Json> objects, const Json& owner) {
  const std::string uid = metadata_text(owner, "uid");
  std::erase_if(objects, [&](const Json& object) { return !is_owned_by(object, uid); });
  return objects;
}

/// A selector of KEY=VALUE; what says more is left out: the owner decides in the end.
std::string labels_of(const Json& workload) {
  std::string labels;
  const Json wanted = find_at(workload, "/spec/selector/matchLabels");
  if (!wanted.is_object()) return labels;
  for (const auto& [key, value] : wanted.items()) {
    if (!value.is_string()) continue;
    labels += (labels.empty() ? "" : ",") + key + "=" + value.get<std::string>();
  }
  return labels;
}

std::int64_t number_of(const std::string& text) {
  const bool digits = !text.empty() && text.size() < 18 &&
                      text.find_first_not_of("0123456789") == std::string::npos;
  return digits ? std::stoll(text) : 0;
}

std::int64_t revision_of(const Json& revision) {
  const Json number = find_at(revision, "/revision");
  return number.is_number_integer() ? number.get<std::int64_t>() : 0;
}

using NewestPods = WorkloadPods (*)(const Json& workload, const Lister& list,
                                    std::vector<Json> pods);

WorkloadPods of_deployment(const Json& workload, const Lister& list, std::vector<Json> pods) {
  const ObjectRef kind{"apps/v1", "ReplicaSet", metadata_text(workload, "namespace"), ""};
  const std::vector<Json> sets = owned_by(list(kind, labels_of(workload)), workload);
  const auto newest = std::max_element(sets.begin(), sets.end(), [](const Json& a, const Json& b) {
    return number_of(text_at(a, k_revision)) < number_of(text_at(b, k_revision));
  });
  if (newest == sets.end()) return {};
  return {*newest, owned_by(std::move(pods), *newest)};
}

WorkloadPods with_hash(const Json& workload, std::vector<Json> pods, const std::string& hash) {
  pods = owned_by(std::move(pods), workload);
  std::erase_if(pods, [&](const Json& pod) { return text_at(pod, k_hash) != hash; });
  return {workload, std::move(pods)};
}

WorkloadPods of_stateful_set(const Json& workload, const Lister&, std::vector<Json> pods) {
  return with_hash(workload, std::move(pods), text_at(workload, "/status/updateRevision"));
}

WorkloadPods of_daemon_set(const Json& workload, const Lister& list, std::vector<Json> pods) {
  const ObjectRef kind{"apps/v1", "ControllerRevision", metadata_text(workload, "namespace"), ""};
  const std::vector<Json> revisions = owned_by(list(kind, labels_of(workload)), workload);
  const auto newest = std::max_element(
      revisions.begin(), revisions.end(),
      [](const Json& a, const Json& b) { return revision_of(a) < revision_of(b); });
  return with_hash(workload, std::move(pods),
                   newest == revisions.end() ? "" : text_at(*newest, k_hash));
}

WorkloadPods of_job(const Json& workload, const Lister&, std::vector<Json> pods) {
  return {workload, owned_by(std::move(pods), workload)};
}

struct KindRow {
  const char* kind;
  NewestPods newest;
};
constexpr std::array<KindRow, 4> k_kinds{{{"Deployment", of_deployment},
                                          {"StatefulSet", of_stateful_set},
                                          {"DaemonSet", of_daemon_set},
                                          {"Job", of_job}}};

const KindRow* row_of(const std::string& kind) {
  const auto* row = std::find_if(k_kinds.begin(), k_kinds.end(),
                                 [&](const KindRow& each) { return kind == each.kind; });
  return row == k_kinds.end() ? nullptr : row;
}

}  // namespace

bool has_pods(const std::string& kind) {
  return row_of(kind) != nullptr;
}

WorkloadPods pods_of(const Json& workload, const Lister& list) {
  const KindRow* row = row_of(text_at(workload, "/kind"));
  if (row == nullptr) return {};
  const ObjectRef kind{"v1", "Pod", metadata_text(workload, "namespace"), ""};
  return row->newest(workload, list, list(kind, labels_of(workload)));
}

}  // namespace mesh
