#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "mesh/host.hpp"

// What every plugin that reads Kubernetes objects needs: fields that may be absent, lists that have
// pages.

namespace mesh::lookup {

/// Whatever shape the document has: what is not there is null.
const Json& value(const Json& document, const std::string& pointer);
/// "" if it is absent or no text.
std::string text(const Json& document, const std::string& pointer);
/// An empty array if it is absent or no array.
const Json& list(const Json& document, const std::string& pointer);
std::int64_t number(const Json& document, const std::string& pointer, std::int64_t fallback = 0);

/// A key as one step of a JSON pointer: "istio.io/rev" is "istio.io~1rev".
std::string step(const std::string& key);

/// All pages of all lists, a page of each at a time and in parallel; `take` sees every page and
/// nothing else is kept. Answers with the problem of each read, in their order.
std::vector<std::optional<Problem>> each_page(
    const Host& host, const std::vector<Read>& reads,
    const std::function<void(std::size_t read, const Json& items)>& take);

/// A list over a cluster or a namespace.
Read list_of(const std::string& cluster, const std::string& api_version, const std::string& kind,
             const std::string& name_space = {}, const std::string& labels = {});
Read object_of(const std::string& cluster, const ObjectRef& ref);

}  // namespace mesh::lookup
