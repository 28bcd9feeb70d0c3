#pragma once

#include "facts.hpp"

// Webhooks of an istiod that is gone: revisions that were removed by hand, `istioctl uninstall`
// without `--purge`. The API server goes on calling them.

namespace mesh::helm {

/// Finds the webhooks whose Service is not there, one read for each Service. Who may not read it
/// has found nothing.
void read_orphans(const Host& host, std::vector<ClusterFacts>& all);

/// "MutatingWebhookConfiguration NAME calls Service NAMESPACE/NAME, which is not there: no pod ..."
std::string text_of(const Orphan& orphan);
/// The kubectl command that takes it away.
std::string deletion_of(const Orphan& orphan, const std::string& cluster);

}  // namespace mesh::helm
