/* What abi.go needs of C: calls through the host's function pointers, which Go cannot make. */
#ifndef MESH_ABI_H
#define MESH_ABI_H

#include "plugin.h"

int32_t mesh_call(const mesh_host* host, mesh_text service, mesh_text verb, mesh_text request,
                  uintptr_t reply);
int32_t mesh_cancelled(const mesh_host* host);
int32_t mesh_write(const mesh_sink* sink, const char* bytes, uint64_t len);

#endif
