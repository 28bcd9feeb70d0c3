#include <algorithm>
#include <map>
#include <utility>

#include "conformance/candidate.hpp"

#include "mesh/lookup.hpp"
#include "plugin/settings.hpp"

// overview/1: what `init` writes into mesh.yaml, and what `status` shows.

namespace mesh::conformance {

namespace {

/// A cluster that could not be asked has a problem instead of a row.
Verdict has_a_row_for_each_cluster(const Subject& subject) {
  return each_reply(
      subject, "overview/1", "status", [](const Ask& ask, const Json& reply) -> std::string {
        std::map<std::string, int> rows;
        for (const Json& row : lookup::list(reply, "/rows")) ++rows[lookup::text(row, "/cluster")];
        for (const Json& problem : lookup::list(reply, "/problems"))
          rows.emplace(lookup::text(problem, "/cluster"), 1);
        for (const std::string cluster : ask.request.at("clusters")) {
          const int count = std::exchange(rows[cluster], 1);
          if (count != 1) return std::to_string(count) + " rows for " + cluster;
        }
        const bool other = rows.size() != ask.request.at("clusters").size() + rows.count("");
        return other ? "a row is about a cluster that is not in the request" : "";
      });
}

Verdict fills_its_columns(const Subject& subject) {
  return each_reply(
      subject, "overview/1", "status", [](const Ask&, const Json& reply) -> std::string {
        const Json& rows = lookup::list(reply, "/rows");
        for (const Json& column : lookup::list(reply, "/columns")) {
          const Json::json_pointer pointer(lookup::text(column, "/pointer"));
          const bool filled = std::any_of(rows.begin(), rows.end(),
                                          [&](const Json& row) { return row.contains(pointer); });
          if (!filled && !rows.empty())
            return "no row has " + pointer.to_string() + ", to which column \"" +
                   lookup::text(column, "/title") + "\" points";
        }
        return {};
      });
}

/// The concern of the same name takes what is written into its section.
Verdict detects_settings_that_fit(const Subject& subject) {
  return each_reply(
      subject, "overview/1", "detect", [&](const Ask& ask, const Json& reply) -> std::string {
        for (const Extension& extension : subject.manifest->provides) {
          const bool same = "overview/1:" + extension.name == ask.address;
          if (extension.point != "command/1" || !same) continue;
          try {
            with_settings(extension, {{"settings", lookup::value(reply, "/settings")}});
          } catch (const Failure& failure) {
            // A schema that cannot be read has a rule of its own.
            if (failure.problem().code == "plugin-fault") return {};
            return failure.problem().message;
          }
        }
        return {};
      });
}

}  // namespace

const std::vector<Rule>& overview_rules() {
  static const std::vector<Rule> rules{
      {"overview/rows", "status has one row for each cluster of the request, or its problem",
       "a cluster without a row looks as if nothing were there",
       "take the clusters from the request, and put their names into `cluster`",
       has_a_row_for_each_cluster},
      {"overview/columns", "each column of status points to something in a row",
       "a column that is always empty says nothing", "correct the pointer, as /ca",
       fills_its_columns},
      {"overview/settings", "what detect says its concern takes",
       "`init` writes a mesh.yaml that `plan` must take",
       "say only keys and values that the concern's settings describe", detects_settings_that_fit},
  };
  return rules;
}

}  // namespace mesh::conformance
