#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "run/mesh_file.hpp"

#include "cli/invocation.hpp"
#include "cli/output.hpp"
#include "cluster/kubeconfig.hpp"
#include "kube/fleet.hpp"
#include "plan/preflight.hpp"
#include "plugin/registry.hpp"

namespace mesh {

/// The kubeconfig of this run; what is odd in it is told on stderr.
Kubeconfig read_kubeconfig(const Invocation& invocation);

/// Everything that one command stands on: the clusters it addresses, the plugins it may ask, where
/// it talks. Made once per run, in the order kubeconfig, contexts, clients (not yet connected),
/// plugins.
class Session {
 public:
  Session(const Invocation& invocation, const Catalogue& catalogue);
  Session(const Invocation& invocation, const Catalogue& catalogue, const Kubeconfig& config);
  ~Session();

  const Invocation& invocation() const { return m_invocation; }
  const Catalogue& catalogue() const { return m_catalogue; }
  const Style& style() const { return m_style; }
  Fleet& fleet() { return *m_fleet; }
  Deadline deadline() const { return m_deadline; }
  /// What all concerns agree on: of mesh.yaml, or the defaults; its members are the fleet's.
  const MeshView& mesh() const { return m_mesh; }
  /// Whether the verbs over all concerns include this one.
  bool takes_part(const std::string& concern) const;
  /// Whether mesh.yaml says which clusters its contexts mean.
  bool knows_uids() const { return !m_file.uids.empty(); }
  /// "refused" for contexts that lead to other clusters than mesh.yaml means.
  std::vector<Problem> other_clusters(const Identities& identities) const;
  /// A section of mesh.yaml, with --set on top if the command is its concern's. Files are absolute:
  /// those of --set count from the working folder on.
  Json settings(const std::string& section) const;
  /// Has what will be asked get ready while the clusters are asked who they are.
  void prepare(const std::string& address, const Json& request);
  /// One call of an extension; its own calls are answered by this session.
  Json ask(const std::string& address, const std::string& verb, const Json& request);
  /// What a step `prove` asks for, which the extension `by` has planned.
  Json prove(const std::string& by, const std::string& address, const std::string& verb,
             const Json& request);

  /// Neither a cluster nor the operator is asked anything from now on: it fails with `why`.
  void hang_up(const Problem& why);

  void progress(const std::string& cluster, const std::string& text);
  /// Ends the progress display, so that what follows stands on clean lines.
  void quiet();

 private:
  struct Talk;
  const Invocation& m_invocation;
  const Catalogue& m_catalogue;
  Style m_style;
  Deadline m_deadline;
  std::map<std::string, Section> m_sections;
  MeshFile m_file;
  MeshView m_mesh;
  std::unique_ptr<Talk> m_talk;
  std::unique_ptr<Fleet> m_fleet;
  std::optional<Problem> m_hung_up;
  std::unique_ptr<Registry> m_registry;
};

/// Writes to stdout at once and whole. A reader who left (EPIPE) is no error; a full disk is:
/// throws Failure("output").
void print(const std::string& text);
/// Writes to stderr.
void tell(const std::string& text);

}  // namespace mesh
