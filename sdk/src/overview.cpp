#include "mesh/overview.hpp"

#include <initializer_list>

namespace mesh {

namespace {

OverviewRequest read_overview_request(const Json& document) {
  return {.clusters = document.value("clusters", std::vector<std::string>()),
          .settings = document.value("settings", Json::object()),
          .mesh = mesh_view_from_json(document.value("mesh", Json()))};
}

// Columns, notes and problems look as they do in a report: its reader and writer serve here too.

/// Of a report's document the fields that the reply has, too.
Json carried(const Report& carrier, std::initializer_list<const char*> fields) {
  const Json whole = to_json(carrier);
  Json document = Json::object();
  for (const char* field : fields) {
    if (whole.contains(field)) document[field] = whole[field];
  }
  return document;
}

Json to_json(const Detected& detected) {
  Report carrier;
  carrier.kind = "Detected";
  carrier.notes = detected.notes;
  carrier.problems = detected.problems;
  Json document = carried(carrier, {"notes", "problems"});
  document["settings"] = detected.settings;
  document["comments"] = detected.comments;
  document["mesh"] = detected.mesh;
  if (detected.skip) document["skip"] = true;
  return document;
}

Json to_json(const StatusTable& table) {
  Report carrier;
  carrier.kind = "Status";
  carrier.columns = table.columns;
  carrier.notes = table.notes;
  carrier.problems = table.problems;
  Json document = carried(carrier, {"columns", "notes", "problems"});
  document["rows"] = table.rows;
  return document;
}

/// A carrier needs a kind, which these documents do not have.
Report carrier_of(Json document, const char* kind) {
  document["kind"] = kind;
  return report_from_json(document);
}

}  // namespace

Json Overview::invoke(std::string_view verb, const Json& request, const Host& host) {
  if (verb == "detect") return to_json(detect(read_overview_request(request), host));
  if (verb == "status") return to_json(status(read_overview_request(request), host));
  throw Failure("unsupported", "no verb \"" + std::string(verb) + "\"");
}

Detected detected_from_json(const Json& document) {
  const Report carrier = carrier_of(document, "Detected");
  return {.settings = document.value("settings", Json::object()),
          .comments = document.value("comments", std::map<std::string, std::string>()),
          .mesh = document.value("mesh", Json::object()),
          .notes = carrier.notes,
          .problems = carrier.problems,
          .skip = document.value("skip", false)};
}

StatusTable status_table_from_json(const Json& document) {
  const Report carrier = carrier_of(document, "Status");
  return {.columns = carrier.columns,
          .rows = document.value("rows", Json::array()),
          .problems = carrier.problems,
          .notes = carrier.notes};
}

}  // namespace mesh
