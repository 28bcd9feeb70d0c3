#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mesh/documents.hpp"
#include "mesh/plugin.h"
#include "mesh/problem.hpp"

// For the unit tests of a plugin, without host and cluster: link mesh::testing, link the plugin's
// own sources, and ask kubectl_mesh_plugin_v1().

namespace mesh::testing {

/// One line of what a run wrote with KUBECTL_MESH_RECORD=FILE: who asked, what, and the answer.
struct Exchange {
  std::string by;  ///< the plugin that asked; empty: the host
  std::string to;  ///< a service, or an extension's address
  std::string verb;
  Json request;
  Json reply;  ///< without anything secret, which is "<masked>"
  std::optional<Problem> problem;
};
std::vector<Exchange> read_recording(const std::string& file);

/// A host that answers from a table, then from a recording; what is in neither is "unsupported".
class FakeHost {
 public:
  using Answer = std::function<Json(const Json& request)>;  ///< may throw a Failure

  FakeHost();
  FakeHost(const FakeHost&) = delete;
  FakeHost& operator=(const FakeHost&) = delete;

  FakeHost& answer(const std::string& service, const std::string& verb, Json reply);
  FakeHost& answer(const std::string& service, const std::string& verb, Answer answer);
  /// What was recorded answers the same request again: in turn, and the last one from then on.
  FakeHost& replay(const std::vector<Exchange>& recording);
  void cancel() { m_cancelled = true; }

  const std::vector<std::string>& asked() const { return m_asked; }  ///< "kube.read/1 read", ...
  const mesh_host* get() const { return &m_host; }

 private:
  static std::int32_t call(void* ctx, mesh_text service, mesh_text verb, mesh_text request,
                           const mesh_sink* reply);

  std::map<std::string, Answer> m_rows;
  std::map<std::string, std::deque<Exchange>> m_recorded;
  std::vector<std::string> m_asked;
  bool m_cancelled = false;
  mesh_host m_host{};
};

/// Starts the plugin and asks it, as the host would. Throws the Failure that it answers with.
Json ask(const mesh_plugin* plugin, const FakeHost& host, std::string_view address,
         std::string_view verb, const Json& request);

/// Asks the plugin all that it was asked in a recording, with what it was told then, and requires
/// the same answers. Returns how many those were.
std::size_t replay(const mesh_plugin* plugin, const std::string& file);

Manifest manifest_of(const mesh_plugin* plugin);

/// Throws, and so ends the test, if the claim is false.
void require(bool claim, const std::string& what);

}  // namespace mesh::testing
