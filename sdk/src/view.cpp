#include "mesh/view.hpp"

#include <algorithm>

#include "mesh/problem.hpp"

namespace mesh {

const Member& MeshView::member(const std::string& context) const {
  const auto found = std::find_if(members.begin(), members.end(), [&](const Member& candidate) {
    return candidate.context == context;
  });
  if (found != members.end()) return *found;
  throw Failure("invalid-document", "cluster \"" + context + "\" is not one of the mesh");
}

Json to_json(const MeshView& view) {
  Json document{{"id", view.id},
                {"trustDomain", view.trust_domain},
                {"suffix", view.suffix},
                {"mode", view.mode == Mode::discovery ? "discovery" : "alias"},
                {"clusters", Json::array()}};
  for (const Member& member : view.members) {
    document["clusters"].push_back(
        {{"context", member.context}, {"name", member.name}, {"network", member.network}});
  }
  return document;
}

MeshView mesh_view_from_json(const Json& document) try {
  MeshView view;
  if (!document.is_object()) return view;
  view.id = document.value("id", view.id);
  view.trust_domain = document.value("trustDomain", view.trust_domain);
  view.suffix = document.value("suffix", view.suffix);
  const std::string mode = document.value("mode", std::string("alias"));
  if (mode != "alias" && mode != "discovery") {
    throw Failure("invalid-document", "mode \"" + mode + "\" is not known");
  }
  view.mode = mode == "discovery" ? Mode::discovery : Mode::alias;
  for (const Json& entry : document.value("clusters", Json::array())) {
    view.members.push_back({entry.at("context").get<std::string>(),
                            entry.at("name").get<std::string>(),
                            entry.at("network").get<std::string>()});
  }
  return view;
} catch (const Json::exception& error) {
  throw Failure("invalid-document", std::string("the mesh has another shape: ") + error.what());
}

}  // namespace mesh
