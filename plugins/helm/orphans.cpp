#include "orphans.hpp"

#include <algorithm>

#include "objects.hpp"

#include "mesh/lookup.hpp"

namespace mesh::helm {

namespace {

constexpr const char* k_injects = "MutatingWebhookConfiguration";

std::vector<Orphan> called_by(const Json& configuration, const char* kind) {
  std::vector<Orphan> called;
  for (const Json& hook : list_at(configuration, "/webhooks")) {
    const std::string name = text_at(hook, "/clientConfig/service/name");
    if (name.empty()) continue;  // a URL
    Orphan one{.kind = kind,
               .name = text_at(configuration, "/metadata/name"),
               .service = {"v1", "Service", text_at(hook, "/clientConfig/service/namespace"), name},
               // v1's default is Fail.
               .fails_closed = text_at(hook, "/failurePolicy") != "Ignore"};
    const auto same = std::find_if(called.begin(), called.end(), [&](const Orphan& other) {
      return other.service == one.service;
    });
    if (same == called.end()) {
      called.push_back(std::move(one));
    } else {
      same->fails_closed = same->fails_closed || one.fails_closed;
    }
  }
  return called;
}

std::vector<Orphan> called_in(const ClusterFacts& facts) {
  std::vector<Orphan> all;
  const auto take = [&](const std::vector<Json>& configurations, const char* kind) {
    for (const Json& configuration : configurations) {
      const std::vector<Orphan> called = called_by(configuration, kind);
      all.insert(all.end(), called.begin(), called.end());
    }
  };
  take(facts.injectors, k_injects);
  take(facts.validators, "ValidatingWebhookConfiguration");
  return all;
}

}  // namespace

void read_orphans(const Host& host, std::vector<ClusterFacts>& all) {
  std::vector<Read> reads;
  std::vector<std::pair<ClusterFacts*, Orphan>> whose;
  for (ClusterFacts& facts : all) {
    if (facts.problem) continue;
    for (Orphan& one : called_in(facts)) {
      reads.push_back(lookup::object_of(facts.cluster, one.service));
      whose.emplace_back(&facts, std::move(one));
    }
  }
  if (reads.empty()) return;
  const std::vector<ReadResult> services = host.read(reads);
  for (std::size_t at = 0; at < services.size(); ++at) {
    if (services[at].found || services[at].problem) continue;
    whose[at].first->orphans.push_back(std::move(whose[at].second));
  }
}

std::string text_of(const Orphan& orphan) {
  const char* effect = orphan.kind == k_injects ? "no pod that it selects can be made"
                                                : "objects of Istio cannot be written";
  return orphan.kind + " " + orphan.name + " calls Service " + orphan.service.name_space + "/" +
         orphan.service.name + ", which is not there" +
         (orphan.fails_closed ? std::string(": ") + effect : "");
}

std::string deletion_of(const Orphan& orphan, const std::string& cluster) {
  return "kubectl --context " + cluster + " delete " +
         (orphan.kind == k_injects ? "mutatingwebhookconfiguration "
                                   : "validatingwebhookconfiguration ") +
         orphan.name;
}

}  // namespace mesh::helm
