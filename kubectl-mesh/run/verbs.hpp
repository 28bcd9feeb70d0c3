#pragma once

#include "cli/invocation.hpp"
#include "plugin/catalogue.hpp"

namespace mesh {

// One function per command of the host, and one for all verbs of all plugins. Each prints its
// document and returns the exit status; what it throws is printed by the engine.

int run_init(const Invocation& invocation, const Catalogue& catalogue);
int run_plan(const Invocation& invocation, const Catalogue& catalogue);
int run_up(const Invocation& invocation, const Catalogue& catalogue);
int run_status(const Invocation& invocation, const Catalogue& catalogue);
int run_down(const Invocation& invocation, const Catalogue& catalogue);
int run_concern(const Invocation& invocation, const Catalogue& catalogue);
int run_contexts(const Invocation& invocation, const Catalogue& catalogue);
int run_completion_install(const Invocation& invocation, const Catalogue& catalogue);
int run_doctor(const Invocation& invocation, const Catalogue& catalogue);
int run_undo(const Invocation& invocation, const Catalogue& catalogue);
int run_plugin_list(const Invocation& invocation, const Catalogue& catalogue);
int run_plugin_check(const Invocation& invocation, const Catalogue& catalogue);
int run_plugin_info(const Invocation& invocation, const Catalogue& catalogue);
int run_plugin_install(const Invocation& invocation, const Catalogue& catalogue);
int run_plugin_new(const Invocation& invocation, const Catalogue& catalogue);
int run_plugin_remove(const Invocation& invocation, const Catalogue& catalogue);
int run_plugin_trust(const Invocation& invocation, const Catalogue& catalogue);
int run_plugin_untrust(const Invocation& invocation, const Catalogue& catalogue);

}  // namespace mesh
