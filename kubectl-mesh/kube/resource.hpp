#pragma once

#include <string>
#include <string_view>

#include "kube/client.hpp"

namespace mesh {

/// "/api/v1/namespaces/istio-system/secrets/cacerts"; without name the collection. Kind to plural
/// goes by a table of exceptions and the rule of apimachinery's UnsafeGuessKindToResource: no
/// discovery. Throws Failure("invalid-document") for names that would lead elsewhere.
std::string resource_path(const ObjectRef& ref);
/// "secrets"
std::string resource_of(const std::string& kind);
/// For a query string.
std::string url_encoded(std::string_view text);
/// The right that `verb` on this object needs.
Right right_for(const std::string& verb, const ObjectRef& ref);

}  // namespace mesh
