#pragma once

#include "requests.hpp"
#include "strategies.hpp"

namespace mesh::serviceentry {

Plan export_services(const CommandRequest&, const Host&);
Plan sync(const CommandRequest&, const Host&);
Plan remove(const CommandRequest&, const Host&);
Report list(const CommandRequest&, const Host&);
Report verify(const CommandRequest&, const Host&);

ExtensionPtr make_command();
ExtensionPtr make_check();
ExtensionPtr make_overview();

/// The annotations that say `export` for good, so that `sync` needs no other memory.
Action annotate(const NamedExport& wish, const SeenService& service);
/// Takes them back.
Action unannotate(const std::string& cluster, const SeenService& service);
/// Says that a strategy which was not chosen could not say what it left.
void note_unknown(Plan& plan, const std::string& strategy, const Problem& problem);

}  // namespace mesh::serviceentry
