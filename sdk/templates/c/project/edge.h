/* Between the contract in mesh/plugin.h and plugin.c, which sees JSON values only. */
#ifndef EDGE_H
#define EDGE_H

#include <jansson.h>

#include "mesh/plugin.h"

/* In plugin.c: the manifest, and the answer to a verb. The answer is a new value. Of a failure it
 * is a Problem, and *code is MESH_FAILED; NULL with another code has no document. */
extern const char* const manifest;
json_t* answer(const mesh_host* host, const char* verb, const json_t* request, int32_t* code);
extern const char* const address; /* POINT:NAME, the one extension */

/* Asks the host. As above: a new value, or a Problem, or NULL. Takes `request` over. */
json_t* ask(const mesh_host* host, const char* service, const char* verb, json_t* request,
            int32_t* code);

#endif
