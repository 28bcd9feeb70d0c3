#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "mesh/json.hpp"

namespace mesh {

// How Kubernetes merges and stores what is applied. `fields` is what managedFields know of a list.

using Keys = std::vector<std::string>;

/// The keys by which a list is merged: as managedFields show them, or as the table has it. None: it
/// is replaced whole.
Keys keys_of(const Json& fields, const std::string& name, const Json& desired);
/// A list of which each writer owns single values.
bool is_set(const Json& fields);
/// The item of a list that has these keys, or its end.
Json::const_iterator item_like(const Json& list, const Json& wanted, const Keys& keys);

/// The same for who looks for many items: a list may have as many as an object has room for.
class ItemIndex {
 public:
  /// `list` must outlive it; anything but an array is an empty one.
  explicit ItemIndex(const Json& list) : m_list(list) {}
  const Json& list() const { return m_list; }
  /// The place of the first item that has these keys.
  std::optional<std::size_t> find(const Json& wanted, const Keys& keys) const;
  /// The place of the first item that is equal.
  std::optional<std::size_t> find(const Json& value) const;

 private:
  std::size_t size() const { return m_list.is_array() ? m_list.size() : 0; }

  const Json& m_list;
  mutable std::map<Keys, std::map<std::vector<Json>, std::size_t>> m_by_keys;
  mutable std::map<Json, std::size_t> m_by_value;
};

/// Equal, but for what the server fills in: of what is replaced whole.
bool same(const Json& desired, const Json& live);
/// What the server does not keep when it is empty.
bool may_vanish(const std::string& name, const Json& value);
/// Two spellings of one resource quantity, at a place where one is.
bool same_quantity(const Json& desired, const Json& live, const std::string& pointer);

}  // namespace mesh
