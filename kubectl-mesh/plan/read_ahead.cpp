#include "plan/read_ahead.hpp"

#include <map>
#include <set>

#include "plan/object.hpp"

namespace mesh {

namespace {

// A server tells ten objects in a list in the time of one that is asked for by name.
constexpr std::size_t k_worth_a_list = 20;
constexpr std::size_t k_names_per_page = 50;

/// Objects of one kind in one place, wanted by name.
struct Group {
  Read list;
  std::set<std::string> names;  ///< not told yet
  std::size_t pages = 0;        ///< of the list that may be worth asking for
};

std::vector<Group> groups_of(const std::vector<Read>& objects) {
  std::map<std::vector<std::string>, Group> places;
  for (const Read& read : objects) {
    const ObjectRef& ref = read.object;
    Group& group = places[{read.cluster, ref.api_version, ref.kind, ref.name_space}];
    group.list = read;
    group.list.object.name.clear();
    group.names.insert(ref.name);
  }
  std::vector<Group> groups;
  for (auto& [place, group] : places) {
    const std::size_t count = group.names.size();
    if (count >= k_worth_a_list) group.pages = 1 + count / k_names_per_page;
    groups.push_back(std::move(group));
  }
  return groups;
}

ObjectRef named(const Group& group, const std::string& name) {
  ObjectRef ref = group.list.object;
  ref.name = name;
  return ref;
}

void take(Group& group, Json& page, Fleet& fleet) {
  for (Json& item : page["items"]) {
    const std::string name = metadata_text(item, "name");
    if (group.names.erase(name) == 0) continue;
    // In a list of a built-in kind an object does not say what it is.
    item["apiVersion"] = group.list.object.api_version;
    item["kind"] = group.list.object.kind;
    fleet.remember(group.list.cluster, named(group, name), std::move(item));
  }
}

/// A page of each that is worth it. false: none was.
bool next_pages(std::vector<Group>& groups, Fleet& fleet) {
  std::vector<Read> reads;
  std::vector<Group*> whose;
  for (Group& group : groups) {
    if (group.pages == 0) continue;
    --group.pages;
    reads.push_back(group.list);
    whose.push_back(&group);
  }
  std::vector<ReadResult> pages = fleet.read(reads);
  for (std::size_t at = 0; at < pages.size(); ++at) {
    Group& group = *whose[at];
    // Who may not list may still get.
    const bool forbidden = pages[at].problem && pages[at].problem->code == "forbidden";
    if (pages[at].problem && !forbidden) throw Failure(*pages[at].problem);
    take(group, pages[at].object, fleet);
    group.list.next = pages[at].next;
    if (!group.list.next.empty()) continue;
    group.pages = 0;
    if (forbidden) continue;
    for (const std::string& name : group.names)
      fleet.remember(group.list.cluster, named(group, name), nullptr);
    group.names.clear();
  }
  return !reads.empty();
}

}  // namespace

void read_ahead(const std::vector<Read>& objects, Fleet& fleet) {
  std::vector<Group> groups = groups_of(objects);
  while (next_pages(groups, fleet)) {
  }
  std::vector<Read> untold;
  for (const Group& group : groups) {
    for (const std::string& name : group.names) {
      untold.push_back(group.list);
      untold.back().object = named(group, name);
    }
  }
  for (const ReadResult& result : fleet.read(untold)) {
    if (result.problem) throw Failure(*result.problem);
  }
}

}  // namespace mesh
