#include "plan/selection.hpp"

#include <algorithm>

#include "mesh/lookup.hpp"
#include "plan/object.hpp"

namespace mesh {

std::vector<ObjectRef> select(const ObjectSelection& selection, const std::string& cluster,
                              Fleet& fleet) {
  std::vector<ObjectRef> selected;
  Read read{.cluster = cluster, .object = selection.kind, .labels = selection.labels, .next = {}};
  do {
    const ReadResult page = fleet.read({read}).front();
    if (page.problem && page.problem->code == "missing") return selected;
    if (page.problem) throw Failure(*page.problem);
    for (const Json& item : lookup::list(page.object, "/items")) {
      const std::string name = metadata_text(item, "name");
      const bool named =
          selection.names.empty() ||
          std::find(selection.names.begin(), selection.names.end(), name) != selection.names.end();
      if (!named) continue;
      selected.push_back({selection.kind.api_version, selection.kind.kind,
                          metadata_text(item, "namespace"), name});
    }
    read.next = page.next;
  } while (!read.next.empty());
  return selected;
}

std::string key_of(const ObjectRef& ref) {
  return ref.name_space.empty() ? ref.name : ref.name_space + "/" + ref.name;
}

std::string used_by(const ObjectRef& ref, const std::string& cluster, Fleet& fleet) {
  if (ref.kind != "CustomResourceDefinition") return "";
  const ReadResult definition = fleet.snapshot(cluster, ref);
  if (definition.problem) throw Failure(*definition.problem);
  if (!definition.found) return "";
  std::string version;
  for (const Json& served : lookup::list(definition.object, "/spec/versions")) {
    if (find_at(served, "/served") == true) version = text_at(served, "/name");
  }
  const std::string kind = text_at(definition.object, "/spec/names/kind");
  const Read read{
      .cluster = cluster,
      .object = {text_at(definition.object, "/spec/group") + "/" + version, kind, "", ""},
      .labels = {},
      .limit = 1,
      .next = {}};
  const ReadResult page = fleet.read({read}).front();
  if (page.problem) return "perhaps an object that cannot be listed";
  const Json& items = lookup::list(page.object, "/items");
  if (items.empty()) return "";
  return kind + " " +
         key_of({"", "", metadata_text(items.front(), "namespace"),
                 metadata_text(items.front(), "name")});
}

}  // namespace mesh
