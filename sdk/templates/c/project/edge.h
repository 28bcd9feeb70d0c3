/* Between the contract in mesh/plugin.h and plugin.c, which sees JSON values only. */
#ifndef EDGE_H
#define EDGE_H

#include <jansson.h>

#include "mesh/plugin.h"

/* Who answers a verb. The answer is a new value. Of a failure it is a Problem, and *code is
 * MESH_FAILED; NULL with another code has no document. */
typedef struct verb {
  const char* name;
  json_t* (*answer)(const mesh_host* host, const json_t* request, int32_t* code);
} verb;

/* In plugin.c. */
extern const char* const manifest;
extern const char* const address; /* POINT:NAME, the one extension */
extern const verb verbs[];        /* a row without a name is the last */

/* The Problem of an input that cannot be used, with what to do about it. Takes `message` over. */
json_t* refuse(json_t* message, const char* hint, int32_t* code);

/* Asks the host. As above: a new value, or a Problem, or NULL. Takes `request` over. */
json_t* ask(const mesh_host* host, const char* service, const char* verb, json_t* request,
            int32_t* code);

#endif
