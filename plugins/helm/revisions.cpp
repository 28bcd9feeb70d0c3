#include "revisions.hpp"

#include <algorithm>

#include "objects.hpp"

namespace mesh::helm {

namespace {

const Json k_nothing;

std::string with_revision(std::string name, const std::string& revision) {
  return revision.empty() ? name : name + "-" + revision;
}

/// What follows a revision whose istiod is gone has to follow another; nothing moves to one whose
/// istiod is not there yet, while that of the present one is.
std::string kept(const ClusterFacts& facts, const Wanted& wanted, const Json& shared,
                 const Json& labels) {
  const std::string next = wanted.default_revision.value_or(wanted.revision);
  const std::string now = revision_in(labels);
  if (shared.is_null() || istiod_of(facts, now).is_null()) return next;
  return wanted.default_revision && !istiod_of(facts, next).is_null() ? next : now;
}

}  // namespace

std::string revision_in(const Json& labels) {
  const std::string revision = text_at(labels, "/istio.io~1rev");
  return revision == k_default_revision ? "" : revision;
}

std::string shown_revision(const std::string& revision) {
  return revision.empty() ? k_default_revision : revision;
}

std::string istiod_name(const std::string& revision) {
  return with_revision("istiod", revision);
}

std::string mesh_config_name(const std::string& revision) {
  return with_revision("istio", revision);
}

std::string injector_name(const std::string& revision, const std::string& name_space) {
  const std::string name = with_revision("istio-sidecar-injector", revision);
  return name_space == "istio-system" ? name : name + "-" + name_space;
}

const Json& istiod_of(const ClusterFacts& facts, const std::string& revision) {
  const auto found =
      std::find_if(facts.istiods.begin(), facts.istiods.end(), [&](const Json& istiod) {
        return revision_in(value_at(istiod, "/metadata/labels")) == revision;
      });
  return found == facts.istiods.end() ? k_nothing : *found;
}

const Json& selected_istiod(const ClusterFacts& facts) {
  return istiod_of(facts, facts.revision);
}

std::string missing_istiod(const ClusterFacts& facts) {
  std::string others;
  for (const std::string& revision : other_revisions(facts, facts.revision))
    others += (others.empty() ? "" : ", ") + shown_revision(revision);
  if (others.empty()) return "there is no istiod";
  return "there is no istiod of revision " + shown_revision(facts.revision) + ", only of " + others;
}

std::vector<std::string> revisions_in(const ClusterFacts& facts) {
  std::vector<std::string> all;
  for (const Json& istiod : facts.istiods)
    all.push_back(revision_in(value_at(istiod, "/metadata/labels")));
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

std::vector<std::string> other_revisions(const ClusterFacts& facts, const std::string& except) {
  std::vector<std::string> others = revisions_in(facts);
  std::erase(others, except);
  return others;
}

std::string tagged_default(const ClusterFacts& facts) {
  for (const Json& injector : facts.injectors) {
    if (text_at(injector, "/metadata/labels/istio.io~1tag") == k_default_revision)
      return revision_in(value_at(injector, "/metadata/labels"));
  }
  return "";
}

Followed followed_in(const ClusterFacts& facts, const Wanted& wanted) {
  const Json gateway = facts.gateways.empty() ? Json() : facts.gateways.front();
  return {
      .base = kept(facts, wanted, facts.validator, value_at(facts.validator, "/metadata/labels")),
      .gateway = kept(facts, wanted, gateway, value_at(gateway, "/spec/template/metadata/labels"))};
}

}  // namespace mesh::helm
