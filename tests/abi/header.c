/* Compiled as C and as C++ of every standard (test_header.py): the header alone, and the layout
 * that no later version may change. A negative array size is the one static assertion they all
 * have. */
#include <stddef.h>

#include "mesh/plugin.h"

#define HOLDS(name, condition) typedef char name[(condition) ? 1 : -1]

HOLDS(text_size, sizeof(mesh_text) == 16);
HOLDS(text_ptr, offsetof(mesh_text, ptr) == 0);
HOLDS(text_len, offsetof(mesh_text, len) == 8);

HOLDS(sink_size, sizeof(mesh_sink) == 16);
HOLDS(sink_ctx, offsetof(mesh_sink, ctx) == 0);
HOLDS(sink_write, offsetof(mesh_sink, write) == 8);

HOLDS(host_size, sizeof(mesh_host) == 40);
HOLDS(host_struct_size, offsetof(mesh_host, struct_size) == 0);
HOLDS(host_abi_minor, offsetof(mesh_host, abi_minor) == 4);
HOLDS(host_ctx, offsetof(mesh_host, ctx) == 8);
HOLDS(host_call, offsetof(mesh_host, call) == 16);
HOLDS(host_cancelled, offsetof(mesh_host, cancelled) == 24);
HOLDS(host_deadline, offsetof(mesh_host, deadline) == 32);

HOLDS(plugin_size, sizeof(mesh_plugin) == 56);
HOLDS(plugin_magic, offsetof(mesh_plugin, magic) == 0);
HOLDS(plugin_struct_size, offsetof(mesh_plugin, struct_size) == 4);
HOLDS(plugin_abi_major, offsetof(mesh_plugin, abi_major) == 8);
HOLDS(plugin_abi_minor, offsetof(mesh_plugin, abi_minor) == 12);
HOLDS(plugin_manifest, offsetof(mesh_plugin, manifest) == 16);
HOLDS(plugin_start, offsetof(mesh_plugin, start) == 32);
HOLDS(plugin_invoke, offsetof(mesh_plugin, invoke) == 40);
HOLDS(plugin_stop, offsetof(mesh_plugin, stop) == 48);

HOLDS(magic, MESH_PLUGIN_MAGIC == 0x4d455348);
HOLDS(major, MESH_ABI_MAJOR == 1);
HOLDS(document_max, MESH_DOCUMENT_MAX == 67108864);
HOLDS(codes, MESH_OK == 0 && MESH_FAILED == 1 && MESH_UNSUPPORTED == 2 && MESH_TOO_LARGE == 3 &&
                 MESH_CANCELLED == 4);
