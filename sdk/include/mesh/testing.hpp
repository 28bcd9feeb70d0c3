#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "mesh/documents.hpp"
#include "mesh/plugin.h"

// For the unit tests of a plugin, without host and cluster: link mesh::testing, link the plugin's
// own sources, and ask kubectl_mesh_plugin_v1().

namespace mesh::testing {

/// A host that answers from a table; what has no row is "unsupported".
class FakeHost {
 public:
  using Answer = std::function<Json(const Json& request)>;  ///< may throw a Failure

  FakeHost();
  FakeHost(const FakeHost&) = delete;
  FakeHost& operator=(const FakeHost&) = delete;

  FakeHost& answer(const std::string& service, const std::string& verb, Json reply);
  FakeHost& answer(const std::string& service, const std::string& verb, Answer answer);
  void cancel() { m_cancelled = true; }

  const std::vector<std::string>& asked() const { return m_asked; }  ///< "kube.read/1 read", ...
  const mesh_host* get() const { return &m_host; }

 private:
  static std::int32_t call(void* ctx, mesh_text service, mesh_text verb, mesh_text request,
                           const mesh_sink* reply);

  std::map<std::string, Answer> m_rows;
  std::vector<std::string> m_asked;
  bool m_cancelled = false;
  mesh_host m_host{};
};

/// Starts the plugin and asks it, as the host would. Throws the Failure that it answers with.
Json ask(const mesh_plugin* plugin, const FakeHost& host, std::string_view address,
         std::string_view verb, const Json& request);

Manifest manifest_of(const mesh_plugin* plugin);

/// Throws, and so ends the test, if the claim is false.
void require(bool claim, const std::string& what);

}  // namespace mesh::testing
