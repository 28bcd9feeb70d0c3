#pragma once

#include "run/change.hpp"

namespace mesh {

/// What a verb of a concern is asked for `clusters`: options as given, its settings, the mesh.
Json request_for(Session& session, const std::string& concern,
                 const std::vector<std::string>& clusters, const MeshView& mesh);

/// What the overview of this name is asked of all clusters, with the settings of its section.
Json overview_request(Session& session, const std::string& name, const MeshView& mesh);

/// One changing verb of one concern as a stage; its plugin gets ready from now on. `request` is
/// what request_for makes.
Stage stage_of(Session& session, const std::string& concern, const std::string& verb, Json request);

enum class Direction { up, down };
/// The verbs over all concerns: those that take part, each after what its manifest names.
std::vector<Stage> stages_over(Session& session, Direction direction,
                               const std::vector<std::string>& clusters, const MeshView& mesh);

/// Prints a report and says what it means for the exit status.
int report_out(const Report& report, Session& session);

}  // namespace mesh
