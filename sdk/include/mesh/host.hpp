#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mesh/documents.hpp"
#include "mesh/plugin.h"

namespace mesh {

/// One read of an object or a list. `labels` is a Kubernetes label selector.
struct Read {
  std::string cluster;
  ObjectRef object;  ///< `name` empty: list (all namespaces if `name_space` is empty too)
  std::string labels;
  std::int64_t limit = 500;    ///< page size of a list, in objects
  std::string next;            ///< continue token of the page before; empty: first page
  bool metadata_only = false;  ///< list: items with nothing but their metadata, where it is offered
};

/// What came of a Read: the object, or the page, or why not. A missing object is no problem:
/// `found` is false. For a list `found` is true, `object` is the List and `next` its continue
/// token.
struct ReadResult {
  bool found = false;
  Json object;
  std::string next;
  std::optional<Problem> problem;
};

/// One exchange with a pod over the API server's port-forward (pod/1): an HTTP GET of `path`, or
/// `frame` sent as one frame with its length in two bytes before it, as DNS over TCP has it.
struct PodAsk {
  std::string cluster, name_space, pod;
  int port = 0;
  std::string path;   ///< empty: `frame` is sent
  std::string frame;  ///< bytes
  std::int64_t seconds = 5;
};

struct PodAnswer {
  int status = 0;     ///< of HTTP
  std::string bytes;  ///< the body, or the frame that came back
  std::optional<Problem> problem;
};

/// A TLS handshake from the operator's machine, without a client certificate (tls/1).
struct TlsProbe {
  std::string address;
  int port = 0;
  std::string server_name;  ///< SNI
  std::string alpn;         ///< one protocol to offer; empty: none
  std::int64_t seconds = 5;
};

struct TlsSight {
  std::vector<std::string> chain;  ///< PEM; empty: the server ended the connection before it
  std::optional<Problem> problem;  ///< no connection at all
};

/// A password to ask the operator for (operator/1).
struct SecretQuestion {
  std::string question;  ///< without a mark at its end
  bool confirm = false;  ///< a new one: asked for twice, the same both times
  std::string instead;   ///< what to do where there is no terminal: use --set password-file=FILE
};

struct ProgramEnd {
  int status = 0;
  std::string output, errors;
};

/// How the API server of a cluster is reached, as the kubeconfig has it (cluster/1).
struct ClusterEndpoint {
  std::string server;  ///< URL
  std::string ca;      ///< PEM of the CA in the kubeconfig; empty: none is named there
};

/// An extension as the catalogue knows it.
struct ExtensionEntry {
  std::string address, name, summary;
  std::vector<std::string> abilities;
};

/// The host, as a plugin sees it during one call. Not to be kept beyond that call.
/// Services and their documents: sdk/schemas/services.json.
class Host {
 public:
  explicit Host(const mesh_host* host) : m_host(host) {}

  /// Any service or extension. Throws the Failure that it answers with; Failure("unsupported") if
  /// this host does not have it, Failure("cancelled") if the run ended.
  Json call(std::string_view service, std::string_view verb, const Json& request) const;

  /// kube.read/1 "read": all reads at once, in parallel over clusters; answers in the same order.
  std::vector<ReadResult> read(const std::vector<Read>& reads) const;

  /// clock/1 "now": what the host takes for the present; tests can set it.
  std::chrono::system_clock::time_point now() const;
  /// random/1 "bytes": at most 1024.
  std::string random(std::size_t bytes) const;
  /// store/1 "get": a file that a `store` action wrote before. `folder` as in StoredFile.
  std::optional<std::string> stored(const std::string& folder, const std::string& name) const;
  /// operator/1 "secret": asked on the terminal with the echo off, one question at a time. Throws
  /// Failure("usage") if there is no terminal, Failure("cancelled") if nothing was answered.
  std::string secret(const SecretQuestion& question) const;

  /// cluster/1 "describe": for bundled plugins.
  ClusterEndpoint describe(const std::string& cluster) const;

  /// pod/1 "ask": all at once, in parallel; answers in the same order.
  std::vector<PodAnswer> ask_pods(const std::vector<PodAsk>& asks) const;
  /// tls/1 "probe".
  TlsSight probe(const TlsProbe& probe) const;
  /// program/1 "run": for bundled plugins, a program that only reads. Throws Failure("missing") if
  /// it is not there, Failure("deadline") if it does not end in time.
  ProgramEnd run_program(const std::string& program, const std::vector<std::string>& arguments,
                         const std::string& input = {}, std::int64_t seconds = 30) const;
  /// yaml/1 "parse": the documents of a YAML text, as kubectl reads them. Throws
  /// Failure("invalid-input") that names `what` and the place.
  std::vector<Json> parse_yaml(const std::string& text, const std::string& what) const;
  /// catalogue/1 "list": the extensions of a point, sorted by name.
  std::vector<ExtensionEntry> extensions(std::string_view point) const;

  void log(std::string_view level, std::string_view text) const;  ///< "debug", "info", "warning"
  void progress(std::string_view cluster, std::string_view text) const;
  bool cancelled() const;

 private:
  const mesh_host* m_host;
};

}  // namespace mesh
