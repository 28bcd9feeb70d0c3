#include "mesh/dns.hpp"

#include "fields.hpp"

// dns/1 on the wire: sdk/schemas/dns.json. The same file holds both ends, so that they cannot
// differ.

namespace mesh {

namespace {

Json to_json(const DnsRequest& request) {
  Json names = Json::array();
  for (const DnsName& name : request.names)
    names.push_back({{"host", name.host}, {"addresses", name.addresses}});
  return {{"cluster", request.cluster},
          {"suffix", request.suffix},
          {"clusterDomain", request.cluster_domain},
          {"namespace", request.name_space},
          {"platform", request.platform},
          {"nodeLocal", request.node_local},
          {"objects", request.objects},
          {"server", request.server},
          {"names", names},
          {"settings", request.settings}};
}

DnsRequest read_dns_request(const Json& document) {
  DnsRequest request;
  request.cluster = document.at("cluster").get<std::string>();
  request.suffix = document.at("suffix").get<std::string>();
  request.cluster_domain = text_at(document, "clusterDomain", request.cluster_domain);
  request.name_space = text_at(document, "namespace", request.name_space);
  request.platform = text_at(document, "platform");
  request.node_local = document.value("nodeLocal", false);
  request.objects = document.value("objects", Json::object());
  request.server = text_at(document, "server");
  for (const Json& name : document.value("names", Json::array()))
    request.names.push_back({text_at(name, "host"), texts_at(name, "addresses")});
  request.settings = document.value("settings", Json::object());
  return request;
}

Json to_json(const DnsFit& fit) {
  return {{"score", fit.score}, {"why", fit.why}, {"hint", fit.hint}};
}

DnsFit read_fit(const Json& document) {
  return {.score = document.at("score").get<int>(),
          .why = text_at(document, "why"),
          .hint = text_at(document, "hint")};
}

Json to_json(const DnsLook& look) {
  Json document{{"present", look.present}, {"targets", look.targets}, {"where", look.where}};
  for (const DnsResolver& one : look.resolvers) {
    document["resolvers"].push_back(
        {{"namespace", one.name_space}, {"labels", one.labels}, {"port", one.port}});
  }
  if (!look.unprovable.empty()) document["unprovable"] = look.unprovable;
  return document;
}

DnsLook read_look(const Json& document) {
  DnsLook look{.present = document.at("present").get<bool>(),
               .targets = texts_at(document, "targets"),
               .where = text_at(document, "where"),
               .resolvers = {},
               .unprovable = text_at(document, "unprovable")};
  for (const Json& one : document.value("resolvers", Json::array()))
    look.resolvers.push_back({.name_space = text_at(one, "namespace"),
                              .labels = text_at(one, "labels"),
                              .port = one.value("port", std::int64_t{53})});
  return look;
}

/// A stranger's answer of the wrong shape is his fault, said in his name.
template <typename Reader>
auto ask(const Host& host, const std::string& address, const char* verb, const DnsRequest& request,
         Reader reader) {
  const Json document = host.call(address, verb, to_json(request));
  try {
    return reader(document);
  } catch (const Json::exception& error) {
    throw Failure("plugin-fault",
                  address + " " + verb + " answered a document of another shape: " + error.what());
  }
}

}  // namespace

Json DnsStrategy::invoke(std::string_view verb, const Json& request, const Host& host) {
  if (verb == "fit") return to_json(fit(read_dns_request(request), host));
  if (verb == "look") return to_json(look(read_dns_request(request), host));
  if (verb == "plan") return mesh::to_json(plan(read_dns_request(request), host));
  if (verb == "remove") return mesh::to_json(remove(read_dns_request(request), host));
  throw Failure("unsupported", "dns/1 has no verb \"" + std::string(verb) + "\"");
}

DnsClient::DnsClient(std::string name, const Host& host)
    : m_address("dns/1:" + std::move(name)), m_host(host) {}

DnsFit DnsClient::fit(const DnsRequest& request) const {
  return ask(m_host, m_address, "fit", request, read_fit);
}

DnsLook DnsClient::look(const DnsRequest& request) const {
  return ask(m_host, m_address, "look", request, read_look);
}

Plan DnsClient::plan(const DnsRequest& request) const {
  return ask(m_host, m_address, "plan", request, plan_from_json);
}

Plan DnsClient::remove(const DnsRequest& request) const {
  return ask(m_host, m_address, "remove", request, plan_from_json);
}

}  // namespace mesh
