#pragma once

#include "mesh/extension.hpp"

// overview/1: what a concern sees, for `init` and `status`. Documents: sdk/schemas/overview.json.

namespace mesh {

struct OverviewRequest {
  std::vector<std::string> clusters;
  Json settings = Json::object();
  MeshView mesh;
};

/// What mesh.yaml should say about the concern, found by looking.
struct Detected {
  Json settings = Json::object();
  std::map<std::string, std::string> comments;  ///< by key of settings; "": about the section
  Json mesh = Json::object();  ///< what the clusters say already: see overview.json
  std::vector<Note> notes;     ///< what is there already: versions, leftovers
  std::vector<Problem> problems;
  bool skip = false;  ///< mesh.yaml should leave the concern out: what is there is somebody else's
};

/// Columns of `status`, one row per cluster.
struct StatusTable {
  std::vector<Column> columns;  ///< pointers into a row
  Json rows = Json::array();    ///< objects, each with "cluster"
  std::vector<Problem> problems;
  std::vector<Note> notes{};
};

class Overview : public ExtensionPoint {
 public:
  virtual Detected detect(const OverviewRequest& request, const Host& host) = 0;
  virtual StatusTable status(const OverviewRequest& request, const Host& host) = 0;
  Json invoke(std::string_view verb, const Json& request, const Host& host) final;
};

Detected detected_from_json(const Json&);
StatusTable status_table_from_json(const Json&);

}  // namespace mesh
