#pragma once

// The directories and programs that tests open. They are constants of one generated source and not
// macros: a path on the compiler's command line would make the cache of another checkout useless.

namespace mesh::test {

extern const char* const k_schemas;        ///< sdk/schemas
extern const char* const k_cli_golden;     ///< tests/unit/golden/cli
extern const char* const k_frozen;         ///< tests/abi/frozen
extern const char* const k_program;        ///< kubectl-mesh, as built
extern const char* const k_plugin_helper;  ///< the program of tests/abi/helper.cpp
extern const char* const k_abi_plugins;    ///< the plugins of tests/abi, as built
extern const char* const k_examples;       ///< the plugins of sdk/examples, as built

}  // namespace mesh::test
