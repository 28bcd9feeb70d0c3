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
  std::set<std::string> names;
  std::size_t pages = 1;  ///< what is not on these is cheaper by name
};

std::vector<Group> worth_a_list(const std::vector<Read>& objects) {
  std::map<std::vector<std::string>, Group> groups;
  for (const Read& read : objects) {
    const ObjectRef& ref = read.object;
    Group& group = groups[{read.cluster, ref.api_version, ref.kind, ref.name_space}];
    group.list = read;
    group.list.object.name.clear();
    group.names.insert(ref.name);
  }
  std::vector<Group> found;
  for (auto& [place, group] : groups) {
    if (group.names.size() < k_worth_a_list) continue;
    group.pages += group.names.size() / k_names_per_page;
    found.push_back(std::move(group));
  }
  return found;
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
    fleet.remember(group.list.cluster, named(group, name), item);
  }
}

/// A page of each; those that have more.
std::vector<Group> next_pages(std::vector<Group> groups, Fleet& fleet) {
  std::vector<Read> reads;
  for (const Group& group : groups) reads.push_back(group.list);
  std::vector<ReadResult> pages = fleet.read(reads);
  std::vector<Group> further;
  for (std::size_t at = 0; at < pages.size(); ++at) {
    Group& group = groups[at];
    // Who may not list may still get.
    if (pages[at].problem && pages[at].problem->code == "forbidden") continue;
    if (pages[at].problem) throw Failure(*pages[at].problem);
    take(group, pages[at].object, fleet);
    group.list.next = pages[at].next;
    if (group.list.next.empty()) {
      for (const std::string& name : group.names)
        fleet.remember(group.list.cluster, named(group, name), nullptr);
    } else if (--group.pages > 0) {
      further.push_back(std::move(group));
    }
  }
  return further;
}

}  // namespace

void read_ahead(const std::vector<Read>& objects, Fleet& fleet) {
  std::vector<Group> open = worth_a_list(objects);
  while (!open.empty()) open = next_pages(std::move(open), fleet);
  for (const ReadResult& result : fleet.read(objects)) {
    if (result.problem) throw Failure(*result.problem);
  }
}

}  // namespace mesh
