#include "plugin/granted.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "mesh/lookup.hpp"
#include "plugin/needs.hpp"

namespace mesh {

namespace {

struct ListRow {
  std::vector<std::string> Needs::*list;
  const char* words;
};
const std::vector<ListRow>& list_rows() {
  static const std::vector<ListRow> rows{{&Needs::reads, "read"},
                                         {&Needs::writes, "plan changes of"},
                                         {&Needs::programs, "start programs:"},
                                         {&Needs::files, "read files:"},
                                         {&Needs::asks, "ask other plugins:"}};
  return rows;
}

struct FlagRow {
  bool Needs::*flag;
  const char* words;
};
const std::vector<FlagRow>& flag_rows() {
  static const std::vector<FlagRow> rows{{&Needs::network, "open connections"},
                                         {&Needs::pods, "ask pods"}};
  return rows;
}

bool covers(const Needs& needs, const ListRow& row, const std::string& entry) {
  if (row.list == &Needs::asks) return names_extension(needs, entry);
  return names(needs.*row.list, needed_program(entry).name);
}

/// What `needs` name that `other` do not cover.
Needs beyond(const Needs& needs, const Needs& other) {
  Needs more;
  for (const ListRow& row : list_rows()) {
    std::copy_if((needs.*row.list).begin(), (needs.*row.list).end(),
                 std::back_inserter(more.*row.list),
                 [&](const std::string& entry) { return !covers(other, row, entry); });
  }
  for (const FlagRow& row : flag_rows()) more.*row.flag = needs.*row.flag && !(other.*row.flag);
  return more;
}

std::vector<std::string> provided_by(const Json& granted) {
  return lookup::value(granted, "/provides").is_array()
             ? granted.at("provides").get<std::vector<std::string>>()
             : std::vector<std::string>();
}

std::vector<std::string> changes(const Json& now, const Json& before) {
  const auto needs = [](const Json& granted) {
    return granted.contains("needs") ? needs_from_json(granted.at("needs")) : Needs{};
  };
  std::vector<std::string> words = rights_in_words(beyond(needs(now), needs(before)));
  const std::vector<std::string> known = provided_by(before);
  for (const std::string& address : provided_by(now)) {
    if (std::find(known.begin(), known.end(), address) == known.end())
      words.push_back("be asked as " + address);
  }
  return words;
}

}  // namespace

std::vector<std::string> rights_in_words(const Needs& needs) {
  std::vector<std::string> may;
  for (const ListRow& row : list_rows()) {
    const std::vector<std::string>& list = needs.*row.list;
    if (!list.empty()) may.push_back(std::string(row.words) + " " + join(list, " "));
  }
  for (const FlagRow& row : flag_rows()) {
    if (needs.*row.flag) may.emplace_back(row.words);
  }
  return may;
}

Json granted_by(const Manifest& manifest) {
  Json granted{{"needs", to_json(needs_of(manifest))}, {"provides", Json::array()}};
  for (const Extension& extension : manifest.provides) {
    granted["provides"].push_back(extension.point + ":" + extension.name);
  }
  return granted;
}

RightChanges changes_since_trusted(const Manifest& manifest, const Json& pins) {
  const Json& found = lookup::value(pins, "/" + manifest.name);
  const Json before = found.is_object() ? found : Json::object();
  const Json now = granted_by(manifest);
  return {.version = lookup::text(before, "/version"),
          .gained = changes(now, before),
          .lost = changes(before, now)};
}

}  // namespace mesh
