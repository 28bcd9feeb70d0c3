#pragma once

#include <string>
#include <vector>

#include "conformance/subject.hpp"
#include "conformance/world.hpp"

#include "plugin/replies.hpp"

namespace mesh::conformance {

/// One question to a plugin, and the shape that its answer must have.
struct Ask {
  std::string point;
  std::string address;  ///< "ca/1:corp-ca"
  std::string verb;
  Json request;
  SchemaRef reply;
};

/// "ca/1:corp-ca"
std::string address_of(const Extension& extension);
/// "ca/1:corp-ca issue"
std::string words_of(const Ask& ask);

/// Every verb of every extension of a point, as the host itself asks it; an empty point: of all
/// that the kit knows. Left out is what cannot be asked with the settings that were given.
std::vector<Ask> good_asks(const Subject& subject, const std::string& point = {});
/// The extensions that good_asks leaves out, and why.
std::vector<std::string> not_asked(const Subject& subject);

/// The same verb with the cluster's objects as they are in `world` now: dns/1.
Ask refreshed(const Ask& ask, const World& world);
Ask with_verb(const Ask& ask, const std::string& verb);

/// A reply without what must differ from one answer to the next: certificates, keys, and the
/// values of Secrets and of files of the operator's own.
Json comparable(const Json& reply);

}  // namespace mesh::conformance
