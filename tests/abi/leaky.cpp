// A third-party plugin that gets a secret setting, and shows it where LC_NAME says (a helper
// process keeps no other variables).

#include <cstdlib>

#include "mesh/base64.hpp"
#include "mesh/extension.hpp"

namespace {

using mesh::Host;
using mesh::Json;

constexpr const char* k_version = "kubectl-mesh.dev/v1";

bool leaks_by(std::string_view place) {
  const char* wanted = std::getenv("LC_NAME");
  return wanted != nullptr && place == wanted;
}

Json settings_schema() {
  return Json::parse(R"({"type": "object", "additionalProperties": false, "properties": {
    "token": {"type": "string", "format": "secret", "description": "token of the server"},
    "others": {"type": "object", "additionalProperties": {"type": "string", "format": "secret"},
               "description": "tokens by server"},
    "list": {"type": "array", "items": {"type": "string", "format": "secret"},
             "description": "further tokens"}}})");
}

Json object(const char* kind, Json rest) {
  rest["apiVersion"] = "v1";
  rest["kind"] = kind;
  rest["metadata"]["name"] = "leak";
  rest["metadata"]["namespace"] = "default";
  return rest;
}

Json applied(const std::string& cluster, Json what) {
  return {{"type", "apply"}, {"cluster", cluster}, {"object", std::move(what)}};
}

Json edited(const std::string& cluster, const char* kind, const std::string& path,
            const std::string& value) {
  return {{"type", "edit"},
          {"cluster", cluster},
          {"target",
           {{"apiVersion", "v1"}, {"kind", kind}, {"namespace", "default"}, {"name", "leak"}}},
          {"precondition", Json::object()},
          {"patch", {{{"op", "add"}, {"path", path}, {"value", value}}}}};
}

/// Each place of a plan; those of Secrets and stored files are allowed.
Json actions_of(const std::string& cluster, const std::string& token) {
  const std::string encoded = mesh::base64_encode(token);
  if (leaks_by("secret")) return {applied(cluster, object("Secret", {{"data", {{"t", encoded}}}}))};
  if (leaks_by("secret-text"))
    return {applied(cluster, object("Secret", {{"stringData", {{"t", token}}}}))};
  if (leaks_by("secret-name"))
    return {applied(cluster, object("Secret", {{"data", {{token, encoded}}}}))};
  if (leaks_by("secret-label"))
    return {applied(cluster, object("Secret", {{"metadata", {{"labels", {{"t", token}}}}}}))};
  if (leaks_by("secret-edit")) return {edited(cluster, "Secret", "/data/t", encoded)};
  if (leaks_by("secret-note")) return {edited(cluster, "Secret", "/metadata/annotations/t", token)};
  if (leaks_by("config"))
    return {applied(cluster, object("ConfigMap", {{"data", {{"t", "Bearer " + token}}}}))};
  if (leaks_by("config-encoded"))
    return {applied(cluster,
                    object("ConfigMap", {{"data", {{"t", mesh::base64_encode("u:" + token)}}}}))};
  if (leaks_by("config-edit")) return {edited(cluster, "ConfigMap", "/data/t", token)};
  if (leaks_by("file"))
    return {{{"type", "store"}, {"file", {{"name", "token"}, {"data", token}}}}};
  if (leaks_by("file-name"))
    return {{{"type", "store"}, {"file", {{"name", token}, {"data", "x"}}}}};
  if (leaks_by("argument"))
    return {{{"type", "run"}, {"cluster", cluster}, {"program", "true"}, {"arguments", {token}}}};
  Json plain = applied(cluster, object("ConfigMap", {{"data", {{"t", "nothing"}}}}));
  if (leaks_by("reason")) plain["reason"] = "the token is " + token;
  return {plain};
}

Json plan(const Json& request, const std::string& token) {
  Json reply{{"apiVersion", k_version}, {"kind", "Plan"}, {"title", "leaks"}};
  reply["actions"] = actions_of(request.at("clusters").at(0), token);
  if (leaks_by("title")) reply["title"] = "with " + token;
  if (leaks_by("plan-note")) reply["notes"] = {{{"text", "with " + token}}};
  if (leaks_by("next")) reply["next"] = {"curl -u x:" + token};
  return reply;
}

Json report(const std::string& token) {
  Json row{{"name", "row"}};
  if (leaks_by("row")) row["name"] = token;
  if (leaks_by("row-encoded")) row["name"] = "Basic " + mesh::base64_encode("user:" + token);
  if (leaks_by("member")) row[token] = "x";
  return {{"apiVersion", k_version},
          {"kind", "LeakList"},
          {"columns", {{{"title", "NAME"}, {"pointer", "/name"}}}},
          {"items", {row}}};
}

Json finding(const std::string& token) {
  const std::string evidence = leaks_by("evidence") ? token : "none";
  return {{"apiVersion", k_version},
          {"kind", "FindingList"},
          {"items",
           {{{"id", "leaky/row"},
             {"cluster", "*"},
             {"severity", "pass"},
             {"title", "it runs"},
             {"evidence", evidence},
             {"fix", ""}}}}};
}

/// All that the settings hold, one after another.
std::string tokens_in(const Json& settings) {
  std::string all;
  const Json flat = settings.flatten();
  for (const Json& value : flat) {
    if (value.is_string()) all += (all.empty() ? "" : " ") + value.get<std::string>();
  }
  return all;
}

/// What another extension answers that gets this as its secret.
Json asked_with(const Host& host, const std::string& token) {
  Json reply = report("");
  reply["items"][0]["name"] =
      host.call("test/1:leaky", "measure", {{"settings", {{"token", token}}}}).dump();
  return reply;
}

class Leaky : public mesh::ExtensionPoint {
 public:
  explicit Leaky(std::string point) : m_point(std::move(point)) {}

  mesh::Extension describe() const override {
    mesh::Extension extension;
    extension.point = m_point;
    extension.name = "leaky";
    extension.summary = "shows its token";
    if (m_point != "check/1" && m_point != "overview/1") extension.settings = settings_schema();
    if (m_point == "ca/1") extension.abilities = {"issue"};
    if (m_point != "command/1") return extension;
    extension.needs.writes = {"v1/Secret", "v1/ConfigMap"};
    extension.needs.programs = {"true"};
    extension.verbs.resize(2);
    extension.verbs[0].name = "show";
    extension.verbs[1].name = "make";
    extension.verbs[1].changes = true;
    return extension;
  }

  Json invoke(std::string_view verb, const Json& request, const Host& host) override {
    const std::string token = tokens_in(request.value("settings", Json::object()));
    if (leaks_by("log")) host.log("warning", "the token is " + token);
    if (leaks_by("progress")) host.progress("a", "with " + token);
    if (leaks_by("problem")) throw mesh::Failure("failed", "no " + token, "not " + token);
    if (leaks_by("usage")) throw mesh::Failure("no-such-code", "no " + token);
    if (m_point == "check/1") return finding(token);
    if (m_point == "test/1") return {{"length", token.size()}};
    if (leaks_by("value-to-another")) return asked_with(host, token);
    if (leaks_by("reference-of-another")) return asked_with(host, "env:LEAKY_TOKEN");
    if (leaks_by("own-reference")) return asked_with(host, "env:LEAKY_OTHER");
    if (m_point == "overview/1") {
      const std::string shown = leaks_by("overview") ? token : "none";
      return {{"settings", {{"host", shown}}},
              {"columns", {{{"title", "LEAK"}, {"pointer", "/leak"}}}},
              {"rows", {{{"cluster", "a"}, {"leak", shown}}}}};
    }
    return verb == "make" ? plan(request, token) : report(token);
  }

 private:
  std::string m_point;
};

}  // namespace

MESH_PLUGIN("leaky-plugin", "1.0.0", "shows its token", "the tests", new Leaky("command/1"),
            new Leaky("check/1"), new Leaky("overview/1"), new Leaky("test/1"), new Leaky("ca/1"))
