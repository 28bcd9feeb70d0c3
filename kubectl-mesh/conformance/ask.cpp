#include "conformance/ask.hpp"

#include <algorithm>

#include "conformance/certificates.hpp"
#include "conformance/resources.hpp"

#include "mesh/lookup.hpp"
#include "plugin/settings.hpp"

namespace mesh::conformance {

namespace {

bool has_ability(const Extension& extension, const std::string& ability) {
  const auto& all = extension.abilities;
  return ability.empty() || std::find(all.begin(), all.end(), ability) != all.end();
}

/// dns/1 gets what the concern has read, by role: the first of the role's objects that is there.
Json dns_request(Json request, const World& world, const std::string& cluster) {
  const Json& fixture = resource("fixtures/requests.json").at("dns/1");
  request["cluster"] = cluster;
  request["platform"] = fixture.at("platforms").at(cluster);
  request.erase("platforms");
  request["objects"] = Json::object();
  for (const auto& [role, keys] : fixture.at("objects").items()) {
    for (const Json& key : keys) {
      Json found = world.object(cluster, key);
      if (!found.is_null()) request["objects"].emplace(role, std::move(found));
    }
  }
  return request;
}

std::vector<Json> requests_of(const Subject& subject, const World& world,
                              const Extension& extension) {
  Json request = resource("fixtures/requests.json").at(extension.point);
  request["settings"] = settings_for(subject, extension);
  request = with_settings(extension, request);
  if (extension.point == "ca/1") {
    for (const Json& cluster : request["clusters"]) {
      request["requests"].push_back({{"cluster", cluster}, {"csr", intermediate_request(cluster)}});
    }
  }
  if (extension.point != "dns/1") return {request};
  std::vector<Json> each;
  for (const auto& [cluster, objects] : world.clusters()) {
    each.push_back(dns_request(request, world, cluster));
  }
  return each;
}

void add_asks(std::vector<Ask>& asks, const Extension& extension, const Json& request) {
  const std::string address = address_of(extension);
  for (const PointVerb& row : point_verbs()) {
    if (extension.point != row.point || !has_ability(extension, row.ability)) continue;
    asks.push_back({extension.point, address, row.verb, request, reply_of(row)});
  }
  // Of another point a manifest has verbs only to give them a timeout.
  if (extension.point != "command/1") return;
  for (const Verb& verb : extension.verbs) {
    asks.push_back({extension.point, address, verb.name, request, reply_of(verb)});
  }
}

bool is_known(const std::string& point) {
  return resource("fixtures/requests.json").contains(point);
}

void mask(Json& value, bool secret) {
  if (value.is_string()) {
    const bool pem = value.get_ref<const std::string&>().starts_with("-----BEGIN ");
    if (pem || secret) value = "...";
    return;
  }
  const bool is_secret = lookup::text(value, "/kind") == "Secret";
  if (value.is_array()) {
    for (Json& entry : value) mask(entry, secret);
  }
  if (!value.is_object()) return;
  for (const auto& entry : value.items()) {
    const bool hides = is_secret ? entry.key() == "data" || entry.key() == "stringData"
                                 : entry.key() == "file" || entry.key() == "keep";
    mask(entry.value(), secret || hides);
  }
}

}  // namespace

std::string address_of(const Extension& extension) {
  return extension.point + ":" + extension.name;
}

std::string words_of(const Ask& ask) {
  const std::string cluster =
      ask.point == "dns/1" ? " of " + lookup::text(ask.request, "/cluster") : std::string();
  return ask.address + " " + ask.verb + cluster;
}

std::vector<Ask> good_asks(const Subject& subject, const std::string& point) {
  std::vector<Ask> asks;
  if (!subject.manifest) return asks;
  const World world(subject.objects);
  for (const Extension& extension : subject.manifest->provides) {
    const bool wanted = point.empty() ? is_known(extension.point) : extension.point == point;
    if (!wanted || !unfit_settings(subject, extension).empty()) continue;
    for (const Json& request : requests_of(subject, world, extension)) {
      add_asks(asks, extension, request);
    }
  }
  return asks;
}

std::vector<std::string> not_asked(const Subject& subject) {
  std::vector<std::string> left_out;
  if (!subject.manifest) return left_out;
  for (const Extension& extension : subject.manifest->provides) {
    const std::string why = is_known(extension.point) ? unfit_settings(subject, extension)
                                                      : "this kubectl mesh does not know the point";
    if (!why.empty()) left_out.push_back(address_of(extension) + " is not asked: " + why);
  }
  return left_out;
}

Ask refreshed(const Ask& ask, const World& world) {
  Ask again = ask;
  if (ask.point == "dns/1") {
    again.request = dns_request(ask.request, world, lookup::text(ask.request, "/cluster"));
  }
  return again;
}

Ask with_verb(const Ask& ask, const std::string& verb) {
  Ask other = ask;
  other.verb = verb;
  for (const PointVerb& row : point_verbs()) {
    if (ask.point == row.point && verb == row.verb) other.reply = reply_of(row);
  }
  return other;
}

Json comparable(const Json& reply) {
  Json masked = reply;
  mask(masked, false);
  return masked;
}

}  // namespace mesh::conformance
