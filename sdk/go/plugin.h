/* The contract between `kubectl mesh` and a plugin. This header is the whole of it, and its manual.
 *
 * A plugin is a shared library that exports ONE symbol, `kubectl_mesh_plugin_v1`. The host calls
 * it, gets a mesh_plugin, and from then on documents go in and out:
 *
 *     host   -> plugin:  invoke(extension, verb, request) -> reply
 *     plugin -> host:    call(service, verb, request)     -> reply      (only during an invoke)
 *
 * Documents   Requests and replies are JSON (RFC 8259), UTF-8, one value each, at most 64 MiB
 *             and 4 Mi values. Their shapes are the schemas in sdk/schemas. Readers ignore fields
 * that they do not know. Memory      Nothing is ever freed across the boundary. Every mesh_text is
 * borrowed: a text passed to you is yours to read until you return; a text you pass to a call must
 * live until that call returns. Replies are written into a sink of the receiver. The mesh_plugin
 *             and everything it points to must stay valid until the process ends: a library is
 *             never unloaded.
 * Threads     The host calls a plugin from one thread at a time, not always the same one. While a
 *             call of yours is in progress the host may enter your invoke again on that thread
 *             (a concern that asks a strategy in the same library). All functions of mesh_host may
 *             be called from any thread, but only until the invoke that got the mesh_host returns;
 *             join your threads before that.
 * Life sign   A plugin in a process of its own must send something to the host at least every 60
 *             seconds while an invoke runs: a call (log/1 or progress/1 will do) or the reply. In a
 *             longer wait of your own call progress/1. While the host answers a call of yours, it
 *             does not count. cancelled() and deadline() are answered beside you: they are no sign.
 * Deadlines   An invoke may take until deadline(): at most what is left of the run (--timeout), and
 *             at most the timeoutSeconds that the manifest has for the verb. The time of calls and
 *             of extensions that you ask counts, and they inherit the deadline.
 *             start() has 10 seconds, stop() one. After the deadline cancelled() is not 0, calls
 *             return MESH_CANCELLED, and so should you. A later reply is refused.
 *             The host ends a process that has not answered 250 milliseconds after its deadline,
 *             that gave no sign of life, or that runs on for 2 seconds after the operator ended the
 *             run: TERM, and KILL 2 seconds later, for all of its process group. A plugin in the
 *             host's own process cannot be ended: only its reply is refused.
 * Exceptions  None may cross, in either direction; nor may longjmp. Catch everything at the edge.
 * Manners     No signal handlers, no setenv, chdir, umask, setlocale, fork without exec, exit or
 *             abort, nothing written to stdout or stderr, no work in static constructors.
 * Growth      A released field never moves or changes its meaning; new fields go to the end, and
 *             struct_size tells how much of a struct its maker knew. A reader takes what lies
 *             within struct_size and treats the rest as absent. New abilities are new extension
 *             points, services, verbs and document fields; this header should not have to change.
 *             A change that old code could not bear gets a new symbol, kubectl_mesh_plugin_v2. */
#ifndef MESH_PLUGIN_H
#define MESH_PLUGIN_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MESH_PLUGIN_MAGIC UINT32_C(0x4d455348) /* "MESH": tells garbage from a plugin */
#define MESH_ABI_MAJOR UINT32_C(1)             /* other major: not loaded */
#define MESH_ABI_MINOR UINT32_C(0)           /* raised when a field is appended; any minor loads */
#define MESH_DOCUMENT_MAX UINT64_C(67108864) /* bytes; a longer document is refused */

/* What every function here returns. Receivers treat a value that they do not know as MESH_FAILED.
 */
#define MESH_OK INT32_C(0)          /* the reply is the answer */
#define MESH_FAILED INT32_C(1)      /* the reply is a Problem document (sdk/schemas/problem.json) */
#define MESH_UNSUPPORTED INT32_C(2) /* unknown extension, service or verb; the reply is empty */
#define MESH_TOO_LARGE INT32_C(3)   /* a sink took more than MESH_DOCUMENT_MAX; stop writing */
#define MESH_CANCELLED INT32_C(4)   /* cancelled or past the deadline; the reply is empty */

/* UTF-8 bytes, not terminated by NUL; ptr may be NULL if len is 0. Borrowed, see Memory. */
typedef struct mesh_text {
  const char* ptr;
  uint64_t len;
} mesh_text;

/* Where a reply is written, in as many pieces as the writer likes. Owned by who made it, valid
 * until the call that it was passed to returns, used from the thread of that call. */
typedef struct mesh_sink {
  void* ctx;
  /* MESH_OK, or MESH_TOO_LARGE: then what was written so far is thrown away. */
  int32_t (*write)(void* ctx, const char* bytes, uint64_t len);
} mesh_sink;

/* What the host offers, made anew for every call into the plugin. Pass host->ctx to each function.
 */
typedef struct mesh_host {
  uint32_t struct_size; /* sizeof(mesh_host) in the host; at least 40 */
  uint32_t abi_minor;   /* MESH_ABI_MINOR of the host */
  void* ctx;
  /* Asks a service ("kube.read/1") or another extension ("ca/1:NAME"). Blocks. */
  int32_t (*call)(void* ctx, mesh_text service, mesh_text verb, mesh_text request,
                  const mesh_sink* reply);
  /* Not 0 once the work is not wanted any more, or its time is up: return MESH_CANCELLED soon.
   * Look every 100 ms. */
  int32_t (*cancelled)(void* ctx);
  /* When the answer must be there, in milliseconds since 1970-01-01 UTC; 0: no deadline. Times in
   * documents are texts: sdk/schemas/time.json. */
  uint64_t (*deadline)(void* ctx);
} mesh_host;

/* What the plugin is. Returned by the one symbol, constant. */
typedef struct mesh_plugin {
  uint32_t magic;       /* MESH_PLUGIN_MAGIC */
  uint32_t struct_size; /* sizeof(mesh_plugin) in the plugin; at least 56 */
  uint32_t abi_major;   /* MESH_ABI_MAJOR */
  uint32_t abi_minor;   /* MESH_ABI_MINOR */
  /* What it offers, as JSON: sdk/schemas/manifest.json. The copy beside the library must equal it.
   */
  mesh_text manifest;
  /* Before the first invoke, once. *self is passed to the others and may stay NULL. Only the log
   * service may be called. On MESH_FAILED the reply says why, and nothing else is called. */
  int32_t (*start)(const mesh_host* host, void** self, const mesh_sink* reply);
  /* Does `verb` of `extension`, an address "POINT:NAME" out of the manifest ("ca/1:self-signed").
   */
  int32_t (*invoke)(void* self, const mesh_host* host, mesh_text extension, mesh_text verb,
                    mesh_text request, const mesh_sink* reply);
  /* At the end of an orderly run; not called after a crash. May be NULL. */
  void (*stop)(void* self);
} mesh_plugin;

#if defined(_WIN32)
#define MESH_EXPORT __declspec(dllexport)
#else
#define MESH_EXPORT __attribute__((visibility("default")))
#endif

/* Cheap and without side effects; may be called more than once. Never NULL. */
MESH_EXPORT const mesh_plugin* kubectl_mesh_plugin_v1(void);

#ifdef __cplusplus
}
#endif

#endif
