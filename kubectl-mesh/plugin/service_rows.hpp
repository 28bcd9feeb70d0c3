#pragma once

#include "mesh/problem.hpp"
#include "plugin/services.hpp"

// Between the files that answer services: whose call it is, and the answers that fill a file of
// their own.

namespace mesh {

/// Whose call it is and what it is answered from.
struct Caller {
  const ServiceContext& context;
  const Rights& rights;  ///< of the call that is under way, and whose it is
};

[[noreturn]] inline void refuse_request(const std::string& what) {
  throw Failure("invalid-document", what);
}

/// The clusters of the run. Throws Failure("invalid-input") if none is addressed.
Fleet& fleet_of(const Caller& caller);
/// What stands against asking `cluster`: it is not part of this run, or not the plugin's to ask.
std::optional<Problem> no_such_cluster(const Caller& caller, const std::string& cluster);
/// Throws Failure("invalid-document") for a word that could lead a URL elsewhere.
void require_name_space(const std::string& service, const std::string& text);
void require_object_name(const std::string& service, const std::string& text);

Json kube_read(const Caller& caller, const Json& request);
Json kube_try(const Caller& caller, const Json& request);
Json kube_forget(const Caller& caller, const Json& request);
Json cluster_describe(const Caller& caller, const Json& request);
Json cluster_versions(const Caller& caller, const Json& request);
Json pod_ask(const Caller& caller, const Json& request);
Json tls_probe(const Caller& caller, const Json& request);
Json program_run(const Caller& caller, const Json& request);

}  // namespace mesh
