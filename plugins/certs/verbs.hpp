#pragma once

#include "facts.hpp"

#include "mesh/extension.hpp"

namespace mesh::certs {

/// The request with what mesh.yaml says for options that were not given; what is left of the
/// settings is the strategy's. Every verb begins with it.
CommandRequest with_mesh_file(CommandRequest request);
/// The options that say which authority signs and how.
CaRequest ca_request(const CommandRequest& request);
std::string strategy_name(const CommandRequest& request);
std::string istio_namespace(const CommandRequest& request);
/// What to read of the request's clusters.
Look look_of(const CommandRequest& request, Depth depth);
/// A line for Plan::next that can be pasted: the verb on the same clusters, and behind it what for.
std::string next_command(const CommandRequest& request, const std::string& verb,
                         const std::string& what_for);

Plan install(const CommandRequest&, const Host&);
Plan rotate(const CommandRequest&, const Host&);
Plan remove(const CommandRequest&, const Host&);
Report status(const CommandRequest&, const Host&);
Report show(const CommandRequest&, const Host&);
Report trust(const CommandRequest&, const Host&);
Report verify(const CommandRequest&, const Host&);

ExtensionPtr make_command();
ExtensionPtr make_check();
ExtensionPtr make_overview();
ExtensionPtr make_self_signed();
ExtensionPtr make_pem();

}  // namespace mesh::certs
